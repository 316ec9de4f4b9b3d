package io.github.lpakit.system

import android.content.ComponentName
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.PackageManager
import android.service.euicc.EuiccService
import android.telephony.TelephonyManager
import io.github.lpakit.ActivationCode
import io.github.lpakit.Eid
import io.github.lpakit.android.install.CarrierProvisioningService
import io.github.lpakit.system.internal.CarrierCodes
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.future
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowTelephonyManager

/** An operator's app, as lpakit-android lets one be written. */
class OperatorsApp : CarrierProvisioningService() {
    override fun onCodeRequested(eid: Eid?, answer: CodeAnswer) {
        askedFor = eid?.value
        code?.let { answer.give(ActivationCode.parse(it)) } ?: answer.refuse()
    }

    override fun isTrusted(callerUid: Int): Boolean = true

    companion object {
        var code: String? = null
        var askedFor: String? = null
    }
}

/** Which apps a SIM in the phone lists. */
@Implements(TelephonyManager::class)
class PrivilegedTelephony : ShadowTelephonyManager() {
    @Implementation
    fun checkCarrierPrivilegesForPackageAnyPhone(packageName: String): Int =
        if (packageName in privileged) TelephonyManager.CARRIER_PRIVILEGE_STATUS_HAS_ACCESS else 0

    companion object {
        val privileged = mutableSetOf<String>()
    }
}

@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class, shadows = [PrivilegedTelephony::class])
class CarrierCodesTest {
    private fun ServiceScene.ask(): String? {
        val app = ComponentName("com.example.operator", OperatorsApp::class.java.name)
        val action = EuiccService.ACTION_BIND_CARRIER_PROVISIONING_SERVICE
        val packages = shadowOf(application.packageManager)
        packages.addServiceIfNotPresent(app)
        packages.addIntentFilterForService(app, IntentFilter(action))
        check(application.packageManager.queryIntentServices(Intent(action), PackageManager.MATCH_ALL).size == 1)
        val service = Robolectric.buildService(OperatorsApp::class.java).create().get()
        shadowOf(application).setComponentNameAndServiceForBindService(app, service.onBind(Intent(action)))
        val answer = CoroutineScope(Dispatchers.Default).future { CarrierCodes(house).ask(ServiceScene.SLOT) }
        live { answer.isDone }
        assertEquals("nothing stays bound", emptyList<Any>(), shadowOf(application).boundServiceConnections)
        return answer.get()
    }

    @Test
    fun anAppThatTheSimListsIsAskedForTheCodeOfThisEuicc() = scene {
        PrivilegedTelephony.privileged += "com.example.operator"
        OperatorsApp.code = "1\$smdp.example.com\$TOKEN"
        try {
            assertEquals(ActivationCode.parse(checkNotNull(OperatorsApp.code)), ActivationCode.parse(checkNotNull(ask())))
            assertEquals(platform.ask("getEid", ServiceScene.SLOT), OperatorsApp.askedFor)
        } finally {
            PrivilegedTelephony.privileged.clear()
        }
    }

    @Test
    fun anAppThatHasNoneIsNoFailure() = scene {
        PrivilegedTelephony.privileged += "com.example.operator"
        OperatorsApp.code = null
        try {
            assertNull(ask())
        } finally {
            PrivilegedTelephony.privileged.clear()
        }
    }

    @Test
    fun anAppThatNoSimListsIsNotAsked() = scene {
        OperatorsApp.askedFor = null
        OperatorsApp.code = "1\$smdp.example.com\$TOKEN"
        assertNull(ask())
        assertNull(OperatorsApp.askedFor)
    }
}
