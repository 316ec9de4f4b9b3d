package io.github.lpakit.android.install

import android.content.Intent
import android.net.Uri
import io.github.lpakit.ActivationCode
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** Codes that come from anywhere. */
@RunWith(RobolectricTestRunner::class)
class RequestTest {
    private val phone = TestPhone().apply { system.callerManagesCard = true }

    @After
    fun close() = phone.close()

    private fun opened(link: String?) = Intent(Intent.ACTION_VIEW, link?.let(Uri::parse))

    @Test
    fun aLinkInstallsNothingWithoutAYes() {
        val request = InstallRequest.of(opened("LPA:1\$smdp.example.com\$TOKEN-1"))
        assertEquals(CodeSource.LINK, request.source)
        phone.assertFails("os.link_not_agreed") { phone.installer().install(request) }
        assertTrue(phone.system.calls.isEmpty())
        phone.run { phone.installer().install(request.agreed()) }
        assertEquals(1, phone.lpa.orders.size)
    }

    @Test
    fun whatOtherAppsPutIntoAnIntentIsNoYes() {
        val hostile = opened("lpa:1\$smdp.example.com\$TOKEN-1")
            .putExtra("isAgreed", true)
            .putExtra("source", CodeSource.APP)
        assertFalse(InstallRequest.of(hostile).isAgreed)
        val link = opened("https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1\$smdp.example.com\$T")
        assertEquals(CodeSource.LINK, InstallRequest.of(link).source)
    }

    @Test
    fun junkIsNoCode() {
        val junk = listOf(
            null, "", "lpa:", "lpa:%00", "https://example.com/", "tel:112", "lpa:1\$", "content://a/b",
            "lpa:1\$smdp.example.com\$" + "A".repeat(100_000), "lpa:1\$smdp.example.com:8443\$T", "lpa:%ff%fe%zz", "\u202e",
        )
        for (link in junk) {
            val failure = assertThrows(link, LpaException::class.java) { InstallRequest.of(opened(link)) }
            assertEquals(ErrorKind.INPUT, failure.kind)
        }
    }

    @Test
    fun eachRequestHasANameAndKeepsIt() {
        val code = ActivationCode.parse("1\$smdp.example.com\$TOKEN-1")
        val request = InstallRequest(code, CodeSource.TYPED)
        assertNotEquals(request.id, InstallRequest(code, CodeSource.TYPED).id)
        val changed = request.with(confirmationCode = ConfirmationCode("12"), switchesAfterwards = true).agreed()
        assertEquals(request.id, changed.id)
        assertTrue(changed.isAgreed && changed.switchesAfterwards)
        assertFalse(changed.toString().contains("TOKEN") || changed.toString().contains("12$"))
    }
}
