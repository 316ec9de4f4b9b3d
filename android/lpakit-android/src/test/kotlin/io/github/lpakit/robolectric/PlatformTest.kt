package io.github.lpakit.robolectric

import android.app.Activity
import android.os.Build
import android.telephony.euicc.EuiccManager
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

@RunWith(RobolectricTestRunner::class)
class PlatformTest {
    @Test
    fun eachMachineHasItsOwnRelease() {
        assertEquals(System.getProperty("robolectric.enabledSdks"), Build.VERSION.SDK_INT.toString())
        val portsAreKnown = EuiccManager::class.java.methods.any { it.name == "isSimPortAvailable" }
        assertEquals(Build.VERSION.SDK_INT >= 33, portsAreKnown)
    }

    @Test
    fun thePlatformHasESimsAndSecureElements() {
        assertNotNull(RuntimeEnvironment.getApplication().getSystemService(EuiccManager::class.java))
        assertNotNull(Class.forName("android.se.omapi.SEService").getDeclaredMethod("getReaders"))
    }

    @Test
    fun anActivityStartsWithTheStandInsOfAndroidX() {
        assertNotNull(Robolectric.buildActivity(Activity::class.java).setup().get().window)
    }
}
