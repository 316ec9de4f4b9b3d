package io.github.lpakit.android

import android.content.pm.PackageManager
import android.content.pm.Signature
import android.content.pm.SigningInfo
import android.telephony.TelephonyManager
import android.telephony.euicc.EuiccManager
import io.github.lpakit.AppStanding
import io.github.lpakit.CardAccess
import io.github.lpakit.InstallRoute
import io.github.lpakit.Lpa
import io.github.lpakit.LpaOptions
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** What an app is to the phone, to cards and to operators. */
@RunWith(RobolectricTestRunner::class)
class IdentityTest {
    private val app = RuntimeEnvironment.getApplication()

    private fun signedWith(vararg current: String, before: List<String> = emptyList()) {
        val signing = SigningInfo()
        shadowOf(signing).setSignatures(current.map { Signature(it.toByteArray()) }.toTypedArray())
        val history = (before + current).map { Signature(it.toByteArray()) }
        if (current.size == 1) shadowOf(signing).setPastSigningCertificates(history.toTypedArray())
        val known = shadowOf(app.packageManager).getInternalMutablePackageInfo(app.packageName)
        known.signingInfo = signing
    }

    @Test
    fun theHashesAreThoseOfTheCertificate() {
        // FIPS 180-2, appendices A.1 and B.1: the hashes of "abc".
        signedWith("abc")
        val sha256 = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
        val certificate = AppCertificate("A9993E364706816ABA3E25717850C26C9CD0D89D", sha256)
        assertEquals(AppIdentity(app.packageName, listOf(certificate)), AppIdentity.of(app))
    }

    @Test
    fun aCertificateInUseComesBeforeThoseBeforeIt() {
        signedWith("new", before = listOf("oldest", "older"))
        val rotated = AppIdentity.of(app).certificates
        val each = listOf("new", "older", "oldest").map { name ->
            signedWith(name)
            AppIdentity.of(app).certificates.single()
        }
        assertEquals(each, rotated)
    }

    @Test
    fun severalSignersAreSeveralCertificates() {
        signedWith("one", "two")
        assertEquals(2, AppIdentity.of(app).certificates.toSet().size)
    }

    @Test
    fun anOperatorsAppIsOne(): Unit = phone {
        shadowOf(app.getSystemService(TelephonyManager::class.java)).setHasCarrierPrivileges(true)
        assertEquals(AppStanding.OPERATOR, finder.capabilities().facts.standing)
    }

    @Test
    fun aPartOfTheSystemIsOne(): Unit = phone {
        shadowOf(app).grantPermissions("android.permission.WRITE_EMBEDDED_SUBSCRIPTIONS")
        assertEquals(AppStanding.SYSTEM, finder.capabilities().facts.standing)
    }

    @Test
    fun thePhonesESimIsThereWhenTheSystemHasOneThatIsSwitchedOn(): Unit = phone {
        val features = shadowOf(app.packageManager)
        val eSim = shadowOf(app.getSystemService(EuiccManager::class.java))
        val seen = mutableListOf<Boolean?>()
        for ((feature, on) in listOf(false to false, true to false, true to true)) {
            features.setSystemFeature(PackageManager.FEATURE_TELEPHONY_EUICC, feature)
            eSim.setIsEnabled(on)
            seen += finder.capabilities().facts.esim
        }
        assertEquals(listOf(false, false, true), seen)
    }

    @Test
    fun readersAreOnlyAskedForOnPhonesThatTakeThem(): Unit = phone {
        assertEquals(null, finder.capabilities().facts.readers)
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_USB_HOST, true)
        assertEquals(listOf<CardAccess>(), finder.capabilities().facts.readers)
    }

    @Test
    fun otherWaysToCardsAreLookedThroughToo(): Unit = phone {
        val readers = Places(InstallRoute.READER)
        val both = CardFinder(omapi.context, listOf(OmapiSource(omapi.context), readers))
        val capabilities = both.capabilities()
        assertEquals(listOf("omapi:SIM1", "usb:empty"), capabilities.cards.map { it.id })
        assertEquals(listOf(CardAccess.OPEN), capabilities.facts.sims)
        assertEquals(listOf(CardAccess.NO_CARD), capabilities.facts.readers)
    }

    /** A way to one reader without a card. */
    private class Places(override val route: InstallRoute) : CardSource {
        override fun places(): List<CardPlace> = listOf(Empty)

        override fun watch(changed: Runnable) = AutoCloseable {}
    }

    private object Empty : CardPlace {
        override val id = "usb:empty"
        override val name = "empty"
        override val slot: Int? = null
        override val isRemovable = true
        override val isInUse = false

        override fun isPresent() = false

        override fun open(options: LpaOptions): Lpa = throw AssertionError("there is no card")
    }
}
