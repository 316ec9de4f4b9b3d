package androidx.test.internal.runner.lifecycle

import android.app.Activity
import android.app.Application
import androidx.test.runner.lifecycle.ActivityLifecycleCallback
import androidx.test.runner.lifecycle.ActivityLifecycleMonitor
import androidx.test.runner.lifecycle.ApplicationLifecycleMonitor
import androidx.test.runner.lifecycle.ApplicationStage
import androidx.test.runner.lifecycle.Stage
import java.util.WeakHashMap

/** Stand-in of AndroidX's class of this name. */
public class ActivityLifecycleMonitorImpl : ActivityLifecycleMonitor {
    private val stages = WeakHashMap<Activity, Stage>()
    private val listeners = mutableListOf<ActivityLifecycleCallback>()

    /** Told by Robolectric. */
    public fun signalLifecycleChange(stage: Stage, activity: Activity) {
        stages[activity] = stage
        listeners.toList().forEach { it.onActivityLifecycleChanged(activity, stage) }
    }

    override fun getActivitiesInStage(stage: Stage): Collection<Activity> = stages.filterValues { it == stage }.keys

    override fun getLifecycleStageOf(activity: Activity): Stage = stages[activity] ?: Stage.PRE_ON_CREATE

    override fun addLifecycleCallback(callback: ActivityLifecycleCallback) {
        listeners += callback
    }

    override fun removeLifecycleCallback(callback: ActivityLifecycleCallback) {
        listeners -= callback
    }
}

/** Stand-in of AndroidX's class of this name. */
public class ApplicationLifecycleMonitorImpl : ApplicationLifecycleMonitor {
    /** Told by Robolectric; nobody listens. */
    @Suppress("UNUSED_PARAMETER")
    public fun signalLifecycleChange(application: Application, stage: ApplicationStage) {
    }
}
