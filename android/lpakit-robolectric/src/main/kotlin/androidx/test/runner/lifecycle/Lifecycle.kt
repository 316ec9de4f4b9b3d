package androidx.test.runner.lifecycle

import android.app.Activity

/*
 * Stand-ins of AndroidX's classes of these names, as far as Robolectric needs them; AndroidX is on Google's Maven only.
 */

/** How far an activity is. */
public enum class Stage { PRE_ON_CREATE, CREATED, STARTED, RESUMED, PAUSED, STOPPED, RESTARTED, DESTROYED }

/** How far an app is. */
public enum class ApplicationStage { PRE_ON_CREATE, CREATED }

/** Told of an activity's steps. */
public interface ActivityLifecycleCallback {
    /** One step. */
    public fun onActivityLifecycleChanged(activity: Activity, stage: Stage)
}

/** Knows the activities. */
public interface ActivityLifecycleMonitor {
    /** Those that are so far. */
    public fun getActivitiesInStage(stage: Stage): Collection<Activity>

    /** How far this one is. */
    public fun getLifecycleStageOf(activity: Activity): Stage

    /** Adds a listener. */
    public fun addLifecycleCallback(callback: ActivityLifecycleCallback)

    /** Removes a listener. */
    public fun removeLifecycleCallback(callback: ActivityLifecycleCallback)
}

/** Holds the one monitor. */
public object ActivityLifecycleMonitorRegistry {
    private var monitor: ActivityLifecycleMonitor? = null

    /** Sets it. */
    @JvmStatic
    public fun registerInstance(monitor: ActivityLifecycleMonitor?) {
        this.monitor = monitor
    }

    /** The one that was set. */
    @JvmStatic
    public fun getInstance(): ActivityLifecycleMonitor = checkNotNull(monitor)
}

/** Knows the app. */
public interface ApplicationLifecycleMonitor

/** Holds nothing: nobody asks. */
public object ApplicationLifecycleMonitorRegistry {
    /** Asked by Robolectric. */
    @JvmStatic
    public fun registerInstance(@Suppress("UNUSED_PARAMETER") monitor: ApplicationLifecycleMonitor?) {
    }
}
