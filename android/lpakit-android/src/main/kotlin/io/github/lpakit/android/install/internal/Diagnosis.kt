package io.github.lpakit.android.install.internal

import android.telephony.euicc.EuiccManager
import io.github.lpakit.LpaException

/** What a failure that the system reports is in lpakit's words. */
internal object Diagnosis {
    /** [declined]: the last thing that the system asked was closed without a yes. */
    fun of(verdict: Verdict, declined: Boolean): LpaException {
        // So it does when its LPA could not be reached, too; nothing tells that apart.
        if (verdict.saysNothing) return Faults.of(if (declined) "cancelled.by_user" else "os.no_privilege")
        val code = Code.of(verdict)
        return refusal(verdict, code) ?: known(code) ?: byOperation(code) ?: Faults.of(
            "os.failed", "code" to hex(if (verdict.detail != 0) verdict.detail else code.whole),
        )
    }

    /** A code of the LPA, taken apart: the top octet is the operation, the others say what failed in it. */
    private class Code(val operation: Int, val error: Int) {
        val whole get() = operation shl 24 or (error and 0xFFFFFF)

        companion object {
            fun of(verdict: Verdict): Code = when {
                verdict.operation != 0 && verdict.error != 0 -> Code(verdict.operation, verdict.error)
                verdict.detail != 0 -> Code(verdict.detail ushr 24, verdict.detail and 0xFFFFFF)
                else -> Code(verdict.operation, verdict.error)
            }
        }
    }

    /** Three digits of subject and three of reason, four bits each; those in front that are not used are 0. */
    private fun refusal(verdict: Verdict, code: Code): LpaException? {
        if (maxOf(verdict.operation, code.operation) != EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE) return null
        val subject = verdict.subject ?: number(code.error ushr 12)
        val reason = verdict.reason ?: number(code.error)
        return if (subject.isEmpty() || reason.isEmpty()) null else Faults.ofServer(subject, reason)
    }

    private fun number(nibbles: Int): String =
        listOf(8, 4, 0).map { nibbles ushr it and 0xF }.dropWhile { it == 0 }.joinToString(".")

    private fun known(code: Code): LpaException? {
        val key = when (code.error) {
            EuiccManager.ERROR_TIME_OUT -> if (code.operation in ON_THE_NET) "network.timeout" else "card.timeout"
            EuiccManager.ERROR_DISALLOWED_BY_PPR ->
                if (code.operation == EuiccManager.OPERATION_SWITCH) "card.switch.policy" else "policy.not_allowed"
            else -> KEYS[code.error]
        }
        return key?.let { Faults.of(it) }
    }

    /** Operations whose errors are numbers of others: HTTP's, the card's. */
    private fun byOperation(code: Code): LpaException? = when {
        code.operation == EuiccManager.OPERATION_HTTP && code.error in 100..599 ->
            Faults.of("server.http_status", "status" to code.error.toString())
        code.operation == EuiccManager.OPERATION_APDU && code.error in 0x6000..0x9FFF ->
            Faults.of("card.status", "status" to "%04X".format(code.error))
        code.operation == EuiccManager.OPERATION_EUICC_GSMA ->
            Faults.of("card.refused", "code" to code.error.toString())
        else -> null
    }

    private fun hex(code: Int): String = "0x%X".format(code)

    private val ON_THE_NET = setOf(
        EuiccManager.OPERATION_HTTP,
        EuiccManager.OPERATION_SMDX,
        EuiccManager.OPERATION_DOWNLOAD,
        EuiccManager.OPERATION_METADATA,
    )

    private val KEYS = mapOf(
        EuiccManager.ERROR_CARRIER_LOCKED to "os.carrier_locked",
        EuiccManager.ERROR_INVALID_ACTIVATION_CODE to "activation_code.not_an_activation_code",
        EuiccManager.ERROR_INVALID_CONFIRMATION_CODE to "input.confirmation_code_refused",
        EuiccManager.ERROR_INCOMPATIBLE_CARRIER to "os.incompatible_carrier",
        EuiccManager.ERROR_EUICC_INSUFFICIENT_MEMORY to "card.install.memory",
        EuiccManager.ERROR_EUICC_MISSING to "os.no_esim",
        EuiccManager.ERROR_UNSUPPORTED_VERSION to "os.incompatible_card",
        EuiccManager.ERROR_SIM_MISSING to "os.no_such_slot",
        EuiccManager.ERROR_INSTALL_PROFILE to "card.install.undefined",
        EuiccManager.ERROR_ADDRESS_MISSING to "activation_code.missing_address",
        EuiccManager.ERROR_CERTIFICATE_ERROR to "trust.bad_certificate",
        EuiccManager.ERROR_NO_PROFILES_AVAILABLE to "discovery.nothing",
        EuiccManager.ERROR_CONNECTION_ERROR to "network.unreachable",
        EuiccManager.ERROR_INVALID_RESPONSE to "server.malformed",
        EuiccManager.ERROR_OPERATION_BUSY to "os.busy",
        EuiccManager.ERROR_INVALID_PORT to "os.no_such_port",
    )
}
