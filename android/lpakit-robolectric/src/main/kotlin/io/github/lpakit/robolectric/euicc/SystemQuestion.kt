package io.github.lpakit.robolectric.euicc

import android.app.Activity
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.service.euicc.EuiccService
import android.telephony.euicc.EuiccManager
import org.robolectric.Shadows.shadowOf
import org.robolectric.fakes.RoboIntentSender

/** A question of the system's LPA to the person, on a screen that lies above the [asker]. */
public class SystemQuestion private constructor(
    private val asker: Activity,
    private val requestCode: Int,
    /** The intent that the LPA's screen would be started with. */
    public val intent: Intent,
) {
    /** What is asked: one of `EuiccService.ACTION_RESOLVE_*`. */
    public val action: String = intent.action!!

    /** With `ACTION_RESOLVE_RESOLVABLE_ERRORS`, what is to be resolved. */
    public val errors: Int = intent.getIntExtra(EuiccService.EXTRA_RESOLVABLE_ERRORS, 0)

    /** The person says yes. */
    public fun agree(): Unit = answer(Bundle().apply { putBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT, true) })

    /** The person says no, or goes back. */
    public fun decline(): Unit = answer(Bundle(), Activity.RESULT_CANCELED)

    /** The person types the confirmation code, and allows the plan's rules if [allowsRules]. */
    public fun confirm(code: String?, allowsRules: Boolean = false): Unit = answer(
        Bundle().apply {
            putString(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE, code)
            putBoolean(EuiccService.EXTRA_RESOLUTION_ALLOW_POLICY_RULES, allowsRules)
        },
    )

    /** The LPA's screen goes on with [extras], and closes. */
    public fun answer(extras: Bundle, result: Int = Activity.RESULT_OK) {
        goOn(extras)
        close(result)
    }

    /** The LPA's screen goes on with [extras], and stays. */
    public fun goOn(extras: Bundle) {
        val manager = asker.getSystemService(Context.EUICC_SERVICE) as EuiccManager
        manager.continueOperation(intent, extras)
    }

    /** The LPA's screen closes. */
    @Suppress("DEPRECATION")
    public fun close(result: Int = Activity.RESULT_OK) {
        shadowOf(asker).callOnActivityResult(requestCode, result, null)
    }

    /** The way to the question that an activity asked. */
    public companion object {
        /** The last question that was asked from [activity]; null when there was none. */
        @JvmStatic
        public fun of(activity: Activity): SystemQuestion? {
            val request = shadowOf(activity).lastIntentSenderRequest ?: return null
            val way: PendingIntent = (request.intentSender as RoboIntentSender).pendingIntent
            val asked = Intent(shadowOf(way).savedIntent)
            request.fillInIntent?.let(asked::putExtras)
            val action = asked.getStringExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_RESOLUTION_ACTION)
            val screen = Intent(action).addCategory(EuiccService.CATEGORY_EUICC_UI).putExtras(asked)
            return SystemQuestion(activity, request.requestCode, screen)
        }
    }
}
