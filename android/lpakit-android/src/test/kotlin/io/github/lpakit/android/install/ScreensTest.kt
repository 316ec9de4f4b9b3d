package io.github.lpakit.android.install

import android.app.Activity
import android.content.ComponentName
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.ActivityInfo
import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import android.net.Uri
import android.os.Build
import android.telephony.euicc.EuiccManager
import io.github.lpakit.ActivationCode
import io.github.lpakit.LpaException
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** Screens of the system, and links to them. */
@RunWith(RobolectricTestRunner::class)
class ScreensTest {
    private val phone = TestPhone()
    private val code = ActivationCode.parse("1\$smdp.example.com\$TOKEN-1")
    private val request = InstallRequest(code, CodeSource.APP)

    @After
    fun close() = phone.close()

    /** An app that opens https links, of these hosts or, as a browser does, of all. */
    private fun app(name: String, isOfSystem: Boolean, vararg hosts: String) {
        val packages = shadowOf(phone.app.packageManager)
        val app = ApplicationInfo().apply {
            packageName = name
            flags = if (isOfSystem) ApplicationInfo.FLAG_SYSTEM else 0
        }
        val opener = ActivityInfo().apply {
            packageName = name
            this.name = "$name.Open"
            applicationInfo = app
            exported = true
        }
        packages.installPackage(PackageInfo().apply {
            packageName = name
            applicationInfo = app
        })
        packages.addOrUpdateActivity(opener)
        packages.addIntentFilterForActivity(ComponentName(name, "$name.Open"), IntentFilter(Intent.ACTION_VIEW).apply {
            addCategory(Intent.CATEGORY_BROWSABLE)
            addCategory(Intent.CATEGORY_DEFAULT)
            addDataScheme("https")
            hosts.forEach { addDataAuthority(it, null) }
        })
    }

    @Test
    fun theLinkHoldsTheCode() {
        val link = EsimScreens.setupLink(code)
        assertEquals("esimsetup.android.com", link.host)
        assertEquals("LPA:1\$smdp.example.com\$TOKEN-1", link.getQueryParameter("carddata"))
        assertEquals(code, ActivationCode.parse(link.toString()))
    }

    @Test
    fun aPartOfTheSystemGetsTheLink() {
        app("com.phone.browser", isOfSystem = true)
        app("com.phone.esim", isOfSystem = true, "esimsetup.android.com")
        assertTrue(EsimScreens.opensSetupLink(phone.app))
        EsimScreens.openSetupLink(phone.app, request)
        val opened = shadowOf(phone.app).nextStartedActivity
        assertEquals(ComponentName("com.phone.esim", "com.phone.esim.Open"), opened.component)
        assertEquals(EsimScreens.setupLink(code), opened.data)
    }

    @Test
    fun neitherBrowsersNorOthersDo() {
        app("com.phone.browser", isOfSystem = true)
        app("com.example.thief", isOfSystem = false, "esimsetup.android.com")
        assertFalse(EsimScreens.opensSetupLink(phone.app))
        val failure = assertThrows(LpaException::class.java) { EsimScreens.openSetupLink(phone.app, request) }
        assertEquals("os.link_not_opened", failure.key)
        assertNull(shadowOf(phone.app).nextStartedActivity)
    }

    @Test
    fun aLinkFromALinkNeedsAYes() {
        app("com.phone.esim", isOfSystem = true, "esimsetup.android.com")
        val linked = InstallRequest.of(Intent(Intent.ACTION_VIEW, Uri.parse("lpa:1\$smdp.example.com\$TOKEN-1")))
        val failure = assertThrows(LpaException::class.java) { EsimScreens.openSetupLink(phone.app, linked) }
        assertEquals("os.link_not_agreed", failure.key)
        EsimScreens.openSetupLink(phone.app, linked.agreed())
    }

    @Test
    fun theSystemsOwnWayToAnEsim() {
        val activity = Robolectric.buildActivity(Activity::class.java).setup().get()
        if (Build.VERSION.SDK_INT < 30) {
            val failure = assertThrows(LpaException::class.java) { EsimScreens.startActivation(activity, 5) }
            assertEquals("os.too_old", failure.key)
            return
        }
        EsimScreens.startActivation(activity, 5, usesQrScanner = true)
        val started = shadowOf(activity).nextStartedActivityForResult
        assertEquals(EuiccManager.ACTION_START_EUICC_ACTIVATION, started.intent.action)
        assertTrue(started.intent.getBooleanExtra(EuiccManager.EXTRA_USE_QR_SCANNER, false))
        assertEquals(5, started.requestCode)
    }

    @Test
    fun phonesWithoutSuchScreens() {
        shadowOf(phone.app).checkActivities(true)
        val activity = Robolectric.buildActivity(Activity::class.java).setup().get()
        if (Build.VERSION.SDK_INT >= 30) {
            val failure = assertThrows(LpaException::class.java) { EsimScreens.startActivation(activity, 5) }
            assertEquals("os.no_esim", failure.key)
        }
        assertEquals("android.telephony.euicc.action.MANAGE_EMBEDDED_SUBSCRIPTIONS", EsimScreens.manage().action)
    }
}
