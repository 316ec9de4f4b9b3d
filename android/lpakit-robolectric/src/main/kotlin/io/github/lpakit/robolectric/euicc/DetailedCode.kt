package io.github.lpakit.robolectric.euicc

import android.content.Intent
import android.telephony.euicc.EuiccManager

/** The extras that the platform makes of an LPA's result code, from Android 11 on. */
internal class DetailedCode(private val code: Int) {
    fun addTo(extras: Intent) {
        val operation = code ushr 24
        extras.putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_OPERATION_CODE, operation)
        if (operation == EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE) {
            extras.putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_SMDX_SUBJECT_CODE, number(20))
            extras.putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_SMDX_REASON_CODE, number(8))
        } else {
            extras.putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_ERROR_CODE, code and 0xFFFFFF)
        }
    }

    private fun number(from: Int): String =
        listOf(from, from - 4, from - 8).map { code ushr it and 0xF }.dropWhile { it == 0 }.joinToString(".")
}
