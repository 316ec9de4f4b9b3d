package io.github.lpakit.android.install

import android.os.Build
import android.telephony.euicc.EuiccManager
import io.github.lpakit.ActivationCode
import io.github.lpakit.LpaKit
import io.github.lpakit.PlanState
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** What the LPA's result codes are in lpakit's words, as an app meets them. */
@RunWith(RobolectricTestRunner::class)
class DiagnosisTest {
    private val phone = TestPhone().apply { system.callerManagesCard = true }
    private val hasExtras = Build.VERSION.SDK_INT >= 30

    @After
    fun close() = phone.close()

    private fun failureOf(result: Int) = run {
        phone.lpa.downloads += { result }
        phone.failure {
            val code = ActivationCode.parse("1\$smdp.example.com\$TOKEN-1")
            phone.installer().install(InstallRequest(code, CodeSource.APP))
        }
    }

    private fun code(operation: Int, error: Int) = operation shl 24 or error

    @Test
    fun everyErrorOfThePlatformHasAWordForIt() {
        val named = EuiccManager::class.java.fields
            .filter { it.name.startsWith("ERROR_") }
            .map { it.getInt(null) }
        assertTrue(if (hasExtras) named.size >= 17 else named.isEmpty())
        for (error in 10000..10017) {
            val failure = failureOf(code(EuiccManager.OPERATION_DOWNLOAD, error))
            assertEquals("$error", EXPECTED.getValue(error), failure.key)
            assertTrue(failure.key in LpaKit.errorKeys())
        }
        assertTrue(EXPECTED.keys.containsAll(named))
    }

    @Test
    fun theOperationTellsWhatWasLate() {
        val net = listOf(EuiccManager.OPERATION_HTTP, EuiccManager.OPERATION_SMDX, EuiccManager.OPERATION_METADATA)
        for (operation in 1..11) {
            if (operation == EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE) continue
            val expected = if (operation in net || operation == EuiccManager.OPERATION_DOWNLOAD) "network.timeout" else "card.timeout"
            assertEquals(expected, failureOf(code(operation, EuiccManager.ERROR_TIME_OUT)).key)
        }
        val policy = failureOf(code(EuiccManager.OPERATION_SWITCH, EuiccManager.ERROR_DISALLOWED_BY_PPR))
        assertEquals("card.switch.policy", policy.key)
    }

    @Test
    fun codesOfOthers() {
        val http = failureOf(code(EuiccManager.OPERATION_HTTP, 503))
        assertEquals("server.http_status" to mapOf("status" to "503"), http.key to http.arguments)
        val card = failureOf(code(EuiccManager.OPERATION_APDU, 0x6A88))
        assertEquals("card.status" to mapOf("status" to "6A88"), card.key to card.arguments)
        val euicc = failureOf(code(EuiccManager.OPERATION_EUICC_GSMA, 10))
        assertEquals("card.refused" to mapOf("code" to "10"), euicc.key to euicc.arguments)
    }

    @Test
    fun whatTheOperatorsServerRefused() {
        for ((subject, reason) in listOf(
            "8.2.6" to "3.8", "8.1.1" to "3.8", "8.8.5" to "4.10", "8.2.7" to "6.4", "8.2" to "3.7", "8.11.1" to "5.1",
        )) {
            val failure = failureOf(encoded(subject, reason))
            val expected = LpaKit.serverRefusal(subject, reason)
            assertEquals(expected.key, failure.key)
            assertEquals(expected.plan, failure.plan)
            assertEquals(expected.advice, failure.advice)
        }
        assertEquals(0xA8B1051, encoded("8.11.1", "5.1"))
        assertEquals(PlanState.NO_LONGER_VALID, failureOf(encoded("8.2.6", "3.8")).plan)
    }

    @Test
    fun codesThatNobodyKnows() {
        for (result in listOf(1, 17, 1000, 0x7FFFFFFF, -3, 0xA000000, code(EuiccManager.OPERATION_HTTP, 42))) {
            val failure = failureOf(result)
            assertEquals("os.failed", failure.key)
            assertEquals("0x%X".format(result), failure.arguments["code"])
            assertEquals(PlanState.UNKNOWN, failure.plan)
        }
    }

    @Test
    fun noSecretIsTold() {
        val failure = failureOf(code(EuiccManager.OPERATION_SYSTEM, 1))
        assertFalse(failure.toString().contains("TOKEN"))
        assertFalse(failure.message.contains("TOKEN"))
    }

    private companion object {
        val EXPECTED = mapOf(
            10000 to "os.carrier_locked",
            10001 to "activation_code.not_an_activation_code",
            10002 to "input.confirmation_code_refused",
            10003 to "os.incompatible_carrier",
            10004 to "card.install.memory",
            10005 to "network.timeout",
            10006 to "os.no_esim",
            10007 to "os.incompatible_card",
            10008 to "os.no_such_slot",
            10009 to "card.install.undefined",
            10010 to "policy.not_allowed",
            10011 to "activation_code.missing_address",
            10012 to "trust.bad_certificate",
            10013 to "discovery.nothing",
            10014 to "network.unreachable",
            10015 to "server.malformed",
            10016 to "os.busy",
            10017 to "os.no_such_port",
        )

        /** As an LPA packs subject and reason: three digits each, four bits a digit, after operation 10. */
        fun encoded(subject: String, reason: String): Int {
            fun digits(number: String) = number.split('.').map { it.toInt() }.let { List(3 - it.size) { 0 } + it }
            return (digits(subject) + digits(reason)).fold(10) { packed, digit -> packed shl 4 or digit }
        }
    }
}
