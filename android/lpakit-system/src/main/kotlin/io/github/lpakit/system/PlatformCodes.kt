package io.github.lpakit.system

import android.telephony.euicc.EuiccManager
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException

/**
 * What Android is told of an error: the number that an app reads as `EXTRA_EMBEDDED_SUBSCRIPTION_DETAILED_CODE`, the
 * operation in its first octet and the error in the others. `docs/platform-codes.md` shows all of them.
 */
public object PlatformCodes {
    /** The code of an error. It is never one of `EuiccService.RESULT_OK` and the negative results that mean a question. */
    @JvmStatic
    public fun of(error: LpaException): Int {
        val row = ROWS.first { it.fits(error) }
        return row.detail.code(row.operation, error)
    }

    /**
     * The code of a server's refusal, as `EuiccService.encodeSmdxSubjectAndReasonCode` makes it from Android 11 on. There
     * is none for more than three numbers or for numbers above 15.
     */
    @JvmStatic
    public fun ofRefusal(subject: String, reason: String): Int? {
        val digits = listOf(subject, reason).flatMap { code ->
            val numbers = code.split('.').map { it.toIntOrNull() ?: return null }
            if (numbers.size > LEVELS || numbers.any { it !in 0..LARGEST }) return null
            List(LEVELS - numbers.size) { 0 } + numbers
        }
        return digits.fold(EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE) { code, digit -> code shl DIGIT_BITS or digit }
    }

    /** Where the three lower octets come from. */
    private sealed interface Detail {
        /** How it stands in the document. */
        val words: String

        fun code(operation: Int, error: LpaException): Int
    }

    /** One of the platform's errors. */
    private class Named(override val words: String, private val error: Int) : Detail {
        override fun code(operation: Int, error: LpaException): Int = operation shl OPERATION_SHIFT or this.error
    }

    /** A number that the error brings along, in this radix; without it the error of another row. */
    private class Brought(private val name: String, private val radix: Int, private val otherwise: Named) : Detail {
        override val words get() = "the $name of the error, else ${otherwise.words}"

        override fun code(operation: Int, error: LpaException): Int {
            val number = error.arguments[name]?.toIntOrNull(radix)?.takeIf { it in 1..LARGEST_ERROR }
            return number?.let { operation shl OPERATION_SHIFT or it } ?: otherwise.code(operation, error)
        }
    }

    /** Subject and reason of a server, six digits. */
    private class SubjectAndReason(private val otherwise: Named) : Detail {
        override val words get() = "subject and reason; where they have no such code, SMDX ${otherwise.words}"

        override fun code(operation: Int, error: LpaException): Int {
            val (subject, reason) = (error.key.removePrefix(REFUSED) + "/").split('/')
            return ofRefusal(subject, reason) ?: otherwise.code(EuiccManager.OPERATION_SMDX, error)
        }
    }

    private class Row(
        /** Keys: one, all of a beginning (`…*`), or those of a kind that no row before has. */
        val pattern: String,
        val operation: Int,
        val operationName: String,
        val detail: Detail,
        private val kind: ErrorKind? = null,
    ) {
        fun fits(error: LpaException): Boolean = when {
            kind != null -> error.kind == kind
            pattern.endsWith('*') -> error.key.startsWith(pattern.dropLast(1))
            else -> error.key == pattern
        }
    }

    /** The row of an error as the document shows it: operation, detail. */
    internal fun inWords(error: LpaException): Pair<String, String> =
        ROWS.first { it.fits(error) }.let { it.operationName to it.detail.words }

    private const val REFUSED = "server.refused."
    private const val LEVELS = 3
    private const val LARGEST = 15
    private const val DIGIT_BITS = 4
    private const val OPERATION_SHIFT = 24
    private const val LARGEST_ERROR = 0xFFFFFF
    private const val DECIMAL = 10
    private const val HEXADECIMAL = 16

    private val CARRIER_LOCKED = Named("CARRIER_LOCKED", EuiccManager.ERROR_CARRIER_LOCKED)
    private val INVALID_CODE = Named("INVALID_ACTIVATION_CODE", EuiccManager.ERROR_INVALID_ACTIVATION_CODE)
    private val INVALID_CONFIRMATION = Named("INVALID_CONFIRMATION_CODE", EuiccManager.ERROR_INVALID_CONFIRMATION_CODE)
    private val INCOMPATIBLE = Named("INCOMPATIBLE_CARRIER", EuiccManager.ERROR_INCOMPATIBLE_CARRIER)
    private val MEMORY = Named("EUICC_INSUFFICIENT_MEMORY", EuiccManager.ERROR_EUICC_INSUFFICIENT_MEMORY)
    private val TIME_OUT = Named("TIME_OUT", EuiccManager.ERROR_TIME_OUT)
    private val NO_EUICC = Named("EUICC_MISSING", EuiccManager.ERROR_EUICC_MISSING)
    private val VERSION = Named("UNSUPPORTED_VERSION", EuiccManager.ERROR_UNSUPPORTED_VERSION)
    private val NO_SIM = Named("SIM_MISSING", EuiccManager.ERROR_SIM_MISSING)
    private val INSTALL = Named("INSTALL_PROFILE", EuiccManager.ERROR_INSTALL_PROFILE)
    private val POLICY = Named("DISALLOWED_BY_PPR", EuiccManager.ERROR_DISALLOWED_BY_PPR)
    private val ADDRESS = Named("ADDRESS_MISSING", EuiccManager.ERROR_ADDRESS_MISSING)
    private val CERTIFICATE = Named("CERTIFICATE_ERROR", EuiccManager.ERROR_CERTIFICATE_ERROR)
    private val NO_PROFILES = Named("NO_PROFILES_AVAILABLE", EuiccManager.ERROR_NO_PROFILES_AVAILABLE)
    private val CONNECTION = Named("CONNECTION_ERROR", EuiccManager.ERROR_CONNECTION_ERROR)
    private val RESPONSE = Named("INVALID_RESPONSE", EuiccManager.ERROR_INVALID_RESPONSE)
    private val BUSY = Named("OPERATION_BUSY", EuiccManager.ERROR_OPERATION_BUSY)
    private val PORT = Named("INVALID_PORT", EuiccManager.ERROR_INVALID_PORT)

    private fun system(pattern: String, detail: Detail, kind: ErrorKind? = null) =
        Row(pattern, EuiccManager.OPERATION_SYSTEM, "SYSTEM", detail, kind)

    private fun slot(pattern: String, detail: Detail) =
        Row(pattern, EuiccManager.OPERATION_SIM_SLOT, "SIM_SLOT", detail)

    private fun card(pattern: String, detail: Detail, kind: ErrorKind? = null) =
        Row(pattern, EuiccManager.OPERATION_EUICC_CARD, "EUICC_CARD", detail, kind)

    private fun switch(pattern: String, detail: Detail) =
        Row(pattern, EuiccManager.OPERATION_SWITCH, "SWITCH", detail)

    private fun download(pattern: String, detail: Detail, kind: ErrorKind? = null) =
        Row(pattern, EuiccManager.OPERATION_DOWNLOAD, "DOWNLOAD", detail, kind)

    private fun metadata(pattern: String, detail: Detail) =
        Row(pattern, EuiccManager.OPERATION_METADATA, "METADATA", detail)

    private fun gsma(pattern: String, detail: Detail) =
        Row(pattern, EuiccManager.OPERATION_EUICC_GSMA, "EUICC_GSMA", detail)

    private fun apdu(pattern: String, detail: Detail) =
        Row(pattern, EuiccManager.OPERATION_APDU, "APDU", detail)

    private fun smdx(pattern: String, detail: Detail, kind: ErrorKind? = null) =
        Row(pattern, EuiccManager.OPERATION_SMDX, "SMDX", detail, kind)

    private fun http(pattern: String, detail: Detail, kind: ErrorKind? = null) =
        Row(pattern, EuiccManager.OPERATION_HTTP, "HTTP", detail, kind)

    /** The first that fits counts; the last ones take every kind, so that each error has one. */
    private val ROWS: List<Row> = listOf(
        download("activation_code.missing_address", ADDRESS),
        download("activation_code.*", INVALID_CODE),
        download("qr.*", INVALID_CODE),
        download("confirmation_code.*", INVALID_CONFIRMATION),
        download("input.confirmation_code_*", INVALID_CONFIRMATION),
        download("input.consent_missing", POLICY),
        download("input.address", ADDRESS),
        download("input.no_default_server", ADDRESS),
        card("input.memory", MEMORY),
        metadata("input.event_gone", NO_PROFILES),
        switch("input.no_such_profile", NO_PROFILES),
        switch("input.iccid", NO_PROFILES),

        Row(
            "$REFUSED*",
            EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE,
            "SMDX_SUBJECT_REASON_CODE",
            SubjectAndReason(RESPONSE),
        ),
        http("server.http_status", Brought("status", DECIMAL, RESPONSE)),
        http("notifications.refused", Brought("status", DECIMAL, RESPONSE)),
        metadata("discovery.nothing", NO_PROFILES),
        metadata("discovery.*", ADDRESS),
        http("network.timeout", TIME_OUT),

        apdu("card.status", Brought("status", HEXADECIMAL, RESPONSE)),
        apdu("card.empty_answer", RESPONSE),
        apdu("card.malformed", RESPONSE),
        apdu("card.command_too_long", RESPONSE),
        apdu("card.failed", CONNECTION),
        apdu("card.access_denied", CONNECTION),
        apdu("card.no_channel", BUSY),
        apdu("card.timeout", TIME_OUT),
        apdu("card.stuck", TIME_OUT),
        card("card.gone", NO_EUICC),
        card("card.none", NO_EUICC),
        card("card.no_isdr", NO_EUICC),
        card("card.install.memory", MEMORY),
        download("card.install.already_installed", INSTALL),
        download("card.lost_during_installation", INSTALL),
        download("card.no_installation_result", INSTALL),
        gsma("card.install.*", INSTALL),
        gsma("card.authenticate.*", CERTIFICATE),
        gsma("card.prepare.*", INSTALL),
        gsma("card.refused_download", INSTALL),
        gsma("card.cancel.*", RESPONSE),
        gsma("card.refused", Brought("code", DECIMAL, RESPONSE)),
        switch("card.switch.policy", POLICY),
        switch("card.switch.not_found", NO_PROFILES),
        switch("card.switch.*", Brought("code", DECIMAL, RESPONSE)),
        switch("card.enable.no_port", PORT),
        switch("card.enable.enterprise", POLICY),
        switch("card.enable.remote", POLICY),
        switch("card.enable.*", RESPONSE),
        switch("card.disable.remote", POLICY),
        switch("card.disable.*", RESPONSE),

        slot("os.no_such_slot", NO_SIM),
        slot("os.no_such_port", PORT),
        slot("os.deactivate_sim", NO_SIM),
        card("os.no_esim", NO_EUICC),
        switch("os.no_such_subscription", NO_PROFILES),
        system("os.too_old", VERSION),
        system("os.carrier_locked", CARRIER_LOCKED),
        system("os.incompatible_carrier", INCOMPATIBLE),
        system("os.busy", BUSY),
        system("os.no_answer", TIME_OUT),
        system("os.*", CONNECTION),
        system("closed*", CONNECTION),
        system("input.library_*", VERSION),

        system("every other error of kind input", RESPONSE, ErrorKind.INPUT),
        card("every other error of kind card", RESPONSE, ErrorKind.CARD),
        smdx("every other error of kind server", RESPONSE, ErrorKind.SERVER),
        http("every other error of kind network", CONNECTION, ErrorKind.NETWORK),
        smdx("every other error of kind trust", CERTIFICATE, ErrorKind.TRUST),
        download("every other error of kind policy", POLICY, ErrorKind.POLICY),
        download("every other error of kind cancelled", TIME_OUT, ErrorKind.CANCELLED),
        card("every other error of kind busy", BUSY, ErrorKind.BUSY),
        system("every other error of kind closed", CONNECTION, ErrorKind.CLOSED),
    )
}
