package io.github.lpakit.android.install.internal

import android.app.PendingIntent
import android.content.Intent
import android.os.Build
import android.telephony.euicc.DownloadableSubscription
import android.telephony.euicc.EuiccManager
import org.json.JSONObject

/** What the system answered, without what is secret in it. */
internal data class Verdict(
    /** One of `EMBEDDED_SUBSCRIPTION_RESULT_*`. */
    val result: Int,
    /** The LPA's own code; 0 when it gave none. */
    val detail: Int = 0,
    /** The operation that failed, from Android 11 on; else 0. */
    val operation: Int = 0,
    /** What failed in it, from Android 11 on; else 0. */
    val error: Int = 0,
    /** The subject of a server's refusal, from Android 11 on. */
    val subject: String? = null,
    /** Its reason. */
    val reason: String? = null,
) {
    /** Whether it says nothing but that it failed: the app was refused, or the person was asked and did not agree. */
    val saysNothing: Boolean
        get() = result == EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_ERROR && detail == 0 && operation == 0 && error == 0

    fun writeTo(json: JSONObject) {
        json.put("result", result).put("detail", detail).put("operation", operation).put("error", error)
        json.putOpt("subject", subject).putOpt("reason", reason)
    }

    companion object {
        fun readFrom(json: JSONObject): Verdict = Verdict(
            result = json.optInt("result", EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_ERROR),
            detail = json.optInt("detail"),
            operation = json.optInt("operation"),
            error = json.optInt("error"),
            subject = json.optString("subject").ifEmpty { null },
            reason = json.optString("reason").ifEmpty { null },
        )

        fun of(result: Int, extras: Intent): Verdict = Verdict(
            result = result,
            detail = extras.getIntExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_DETAILED_CODE, 0),
            operation = extras.getIntExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_OPERATION_CODE, 0),
            error = extras.getIntExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_ERROR_CODE, 0),
            subject = number(extras, EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_SMDX_SUBJECT_CODE),
            reason = number(extras, EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_SMDX_REASON_CODE),
        )

        private fun number(extras: Intent, name: String): String? =
            extras.getStringExtra(name)?.takeIf { NUMBER.matches(it) }

        private val NUMBER = Regex("""\d{1,2}(\.\d{1,2}){0,2}""")
    }
}

/** What the system answered, with what only this process can use. */
internal class Reply(val verdict: Verdict, private val extras: Intent) {
    /** Whether a person has to answer something first. */
    val isQuestion: Boolean
        get() = verdict.result == EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_RESOLVABLE_ERROR

    /** What `startResolutionActivity` wants; null when the system left it out. */
    val question: Intent? get() = extras.takeIf { parcelable<PendingIntent>(RESOLUTION) != null }

    /** The code of what was installed, where the system tells it. */
    val installedCode: String? get() = parcelable<DownloadableSubscription>(SUBSCRIPTION)?.getEncodedActivationCode()

    private inline fun <reified T> parcelable(name: String): T? =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            extras.getParcelableExtra(name, T::class.java)
        } else {
            @Suppress("DEPRECATION")
            extras.getParcelableExtra(name) as? T
        }

    private companion object {
        /** Not public; `startResolutionActivity` throws when it is missing. */
        const val RESOLUTION = "android.telephony.euicc.extra.EMBEDDED_SUBSCRIPTION_RESOLUTION_INTENT"
        const val SUBSCRIPTION = EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_DOWNLOADABLE_SUBSCRIPTION
    }
}
