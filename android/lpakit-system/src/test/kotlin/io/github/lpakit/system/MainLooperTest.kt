package io.github.lpakit.system

import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService
import io.github.lpakit.robolectric.onMainLooper
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** The service lives in the process of its screens: whatever the platform asks of it, the main looper goes on turning. */
@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class MainLooperTest {
    @Test
    fun theMainLooperIsNeverHeldUp(): Unit = scene {
        onMainLooper {
            // The platform's calls come from threads of the binder.
            withContext(Dispatchers.IO) {
                val iccid = installed(switch = true)
                assertEquals(listOf(EuiccProfileInfo.PROFILE_STATE_ENABLED), profiles().map { it.state })
                assertEquals(EuiccService.RESULT_OK, switchTo(null, force = true))
                assertEquals(EuiccService.RESULT_OK, switchTo(iccid, force = true))
                assertEquals(1, profiles().size)
            }
        }
    }
}
