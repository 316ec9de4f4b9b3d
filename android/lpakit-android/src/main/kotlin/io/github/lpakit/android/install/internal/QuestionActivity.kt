package io.github.lpakit.android.install.internal

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.content.IntentSender
import android.net.Uri
import android.os.Bundle
import android.telephony.euicc.EuiccManager

/**
 * Shows nothing itself: the system's question is asked from here, for it wants an activity. Recreated, or woken in a
 * process that knows nothing of the question, it waits for the system's screen to close, and closes.
 */
internal class QuestionActivity : Activity() {
    private var question: Question? = null

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        question = Errands.question(intent?.dataString.orEmpty())
        if (savedInstanceState != null) {
            question?.showIn(this)
            return
        }
        val question = question?.takeIf { it.take() }
        if (question == null) finish() else ask(question)
    }

    private fun ask(question: Question) {
        val failure = try {
            val manager = getSystemService(Context.EUICC_SERVICE) as EuiccManager
            manager.startResolutionActivity(this, REQUEST, question.extras, question.wayBack)
            return question.showIn(this)
        } catch (_: IntentSender.SendIntentException) {
            "os.incomplete_answer"
        } catch (_: ActivityNotFoundException) {
            "os.no_esim"
        } catch (_: RuntimeException) {
            "os.incomplete_answer"
        }
        question.fail(failure)
        finish()
    }

    @Deprecated("Without androidx there is no other.")
    override fun onActivityResult(requestCode: Int, resultCode: Int, data: Intent?) {
        if (requestCode != REQUEST) return
        question?.closed?.complete(resultCode == RESULT_CANCELED)
        finish()
    }

    companion object {
        private const val REQUEST = 1

        /** Starts it above whatever the app shows. In the background Android does nothing, and mostly does not say so. */
        fun start(context: Context, question: Question): Boolean {
            val intent = Intent(context, QuestionActivity::class.java)
                .setData(Uri.parse(question.name))
                .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_NO_ANIMATION)
            return try {
                context.startActivity(intent)
                true
            } catch (_: RuntimeException) {
                false
            }
        }

        /** Closes it, and the system's screen above it. */
        fun close(activity: Activity) {
            activity.finishActivity(REQUEST)
            activity.finish()
        }
    }
}
