package androidx.test.runner.intent

import android.app.Instrumentation.ActivityResult
import android.content.Intent

/*
 * Stand-ins of AndroidX's classes of these names, as far as Robolectric needs them; AndroidX is on Google's Maven only.
 */

/** Sees the intents. */
public interface IntentMonitor

/** Holds nothing: nobody asks. */
public object IntentMonitorRegistry {
    /** Asked by Robolectric. */
    @JvmStatic
    public fun registerInstance(@Suppress("UNUSED_PARAMETER") monitor: IntentMonitor?) {
    }
}

/** Answers intents in place of activities. */
public interface IntentStubber {
    /** The answer to one. */
    public fun getActivityResultForIntent(intent: Intent): ActivityResult?
}

/** Has none. */
public object IntentStubberRegistry {
    /** Whether there is one. */
    @JvmStatic
    public fun isLoaded(): Boolean = false

    /** The one there is. */
    @JvmStatic
    public fun getInstance(): IntentStubber = error("there is none")
}
