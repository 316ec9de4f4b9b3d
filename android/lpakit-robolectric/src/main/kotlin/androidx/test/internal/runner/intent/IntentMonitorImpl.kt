package androidx.test.internal.runner.intent

import android.content.Intent
import androidx.test.runner.intent.IntentMonitor

/** Stand-in of AndroidX's class of this name. */
public class IntentMonitorImpl : IntentMonitor {
    /** Told by Robolectric; nobody listens. */
    public fun signalIntent(@Suppress("UNUSED_PARAMETER") intent: Intent) {
    }
}
