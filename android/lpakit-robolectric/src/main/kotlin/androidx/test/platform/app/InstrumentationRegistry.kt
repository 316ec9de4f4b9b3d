package androidx.test.platform.app

import android.app.Instrumentation
import android.os.Bundle

/** Stand-in of AndroidX's class of this name, as far as Robolectric needs it; AndroidX is on Google's Maven only. */
public object InstrumentationRegistry {
    private var instrumentation: Instrumentation? = null
    private var arguments: Bundle = Bundle()

    /** What a test's process is started by. */
    @JvmStatic
    public fun registerInstance(instrumentation: Instrumentation?, arguments: Bundle) {
        this.instrumentation = instrumentation
        this.arguments = arguments
    }

    /** What was registered. */
    @JvmStatic
    public fun getInstrumentation(): Instrumentation = checkNotNull(instrumentation)

    /** Its arguments. */
    @JvmStatic
    public fun getArguments(): Bundle = arguments
}
