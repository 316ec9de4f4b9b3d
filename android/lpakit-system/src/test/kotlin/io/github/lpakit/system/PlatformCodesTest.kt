package io.github.lpakit.system

import android.service.euicc.EuiccService
import android.telephony.euicc.EuiccManager
import io.github.lpakit.Advice
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.PlanState
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File

/** Holds `docs/platform-codes.md`. `mvn … -Dlpakit.docs=renew` writes it anew. */
@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class PlatformCodesTest {
    private val keys = LpaKit.errorKeys()

    @Test
    fun theDocumentShowsEveryError() {
        val file = File(System.getProperty("lpakit.android"), "../docs/platform-codes.md")
        val text = document()
        if (System.getProperty("lpakit.docs") == "renew") file.writeText(text)
        assertEquals("-Dlpakit.docs=renew writes it anew", file.readText(), text)
    }

    private fun document(): String = buildString {
        append(HEAD)
        for (key in keys) {
            val error = LpaKit.error(key)
            val (operation, detail) = PlatformCodes.inWords(error)
            append("| `$key` | $operation | $detail | `0x%08X` |\n".format(PlatformCodes.of(error)))
        }
    }

    @Test
    fun everyErrorHasACodeThatIsNoQuestion() {
        assertTrue(keys.size > 150)
        val results = keys.map { PlatformCodes.of(LpaKit.error(it)) }
        assertTrue(results.all { it >= EuiccService.RESULT_FIRST_USER && it ushr 24 in 1..11 })
        for (kind in ErrorKind.entries) {
            val unheardOf = LpaException(kind, "of.another.version")
            assertTrue(kind.name, PlatformCodes.of(unheardOf) >= EuiccService.RESULT_FIRST_USER)
        }
    }

    @Test
    fun allErrorsOfThePlatformAreUsed() {
        val used = keys.map { PlatformCodes.of(LpaKit.error(it)) and 0xFFFFFF }.toSet()
        val known = EuiccManager.ERROR_CARRIER_LOCKED..EuiccManager.ERROR_INVALID_PORT
        assertEquals(emptyList<Int>(), known.filter { it !in used })
        val operations = keys.map { PlatformCodes.of(LpaKit.error(it)) ushr 24 }.toSet()
        assertEquals((EuiccManager.OPERATION_SYSTEM..EuiccManager.OPERATION_HTTP).toSet(), operations)
    }

    @Test
    fun numbersThatErrorsBringAlongAreKept() {
        fun code(key: String, name: String, value: String) = PlatformCodes.of(LpaKit.error(key, mapOf(name to value)))
        assertEquals(EuiccManager.OPERATION_HTTP shl 24 or 503, code("server.http_status", "status", "503"))
        assertEquals(EuiccManager.OPERATION_APDU shl 24 or 0x6A82, code("card.status", "status", "6A82"))
        val without = EuiccManager.OPERATION_APDU shl 24 or EuiccManager.ERROR_INVALID_RESPONSE
        for (odd in listOf("", "zz", "-1", "0", "99999999")) assertEquals(odd, without, code("card.status", "status", odd))
    }

    @Test
    fun refusalsAreThoseOfTheStandardsOwnExample() {
        assertEquals(0xA8B1051, PlatformCodes.ofRefusal("8.11.1", "5.1"))
        assertEquals(0xA8B1051, PlatformCodes.of(LpaKit.serverRefusal("8.11.1", "5.1")))
        val odd = listOf("" to "", "8" to "", "8.1.2.3" to "1", "8.16" to "1", "8.-1" to "1", "x" to "y", "1" to "0.0.0.1")
        for ((subject, reason) in odd) assertNull("$subject/$reason", PlatformCodes.ofRefusal(subject, reason))
        val tooLarge = LpaException(
            ErrorKind.SERVER,
            "server.refused.8.2/99.1",
            emptyMap(),
            PlanState.UNKNOWN,
            Advice.ASK_OPERATOR,
        )
        val without = EuiccManager.OPERATION_SMDX shl 24 or EuiccManager.ERROR_INVALID_RESPONSE
        assertEquals(without, PlatformCodes.of(tooLarge))
    }

    @Test
    @Config(minSdk = 30)
    fun refusalsAreThoseOfThePlatform() {
        val service = Robolectric.setupService(LpaKitEuiccService::class.java)
        val pairs = keys.filter { it.startsWith("server.refused.") }
            .map { it.removePrefix("server.refused.").split('/') }
            .filter { pair -> pair.size == 2 && pair.all { code -> code.all { it.isDigit() || it == '.' } } }
        assertTrue(pairs.size > 40)
        for ((subject, reason) in pairs) {
            assertEquals(service.encodeSmdxSubjectAndReasonCode(subject, reason), PlatformCodes.ofRefusal(subject, reason))
        }
    }

    private companion object {
        val HEAD = """
            |# What Android is told of an error
            |<!-- Made by the test PlatformCodesTest of lpakit-system (-Dlpakit.docs=renew). Do not edit. -->
            |
            |An `EuiccService` answers with a number. `0` is done, `-1` and `-2` mean that the person must be asked
            |(`RESULT_MUST_DEACTIVATE_SIM`, `RESULT_RESOLVABLE_ERRORS`); every other one is an error: the operation in its
            |first octet (`EuiccManager.OPERATION_…`), the error in the others (`EuiccManager.ERROR_…`). Apps read it as
            |`EXTRA_EMBEDDED_SUBSCRIPTION_DETAILED_CODE`. Numbers that an error brings along are not in this table's codes.
            |
            |Three errors are questions where the platform can ask them: `os.deactivate_sim` while the person has not agreed
            |yet, a confirmation code that is missing or wrong, and rules of a profile that were not agreed to.
            |
            || error | operation | detail | code |
            ||---|---|---|---|
            |
        """.trimMargin()
    }
}
