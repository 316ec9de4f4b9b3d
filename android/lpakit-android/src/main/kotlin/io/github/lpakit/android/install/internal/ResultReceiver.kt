package io.github.lpakit.android.install.internal

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.telephony.euicc.EuiccManager
import io.github.lpakit.android.install.RequestState
import java.util.concurrent.Executors

/** Takes the system's answers, also in a process that did not ask. Only the app itself and the system can reach it. */
internal class ResultReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val address = Address.of(intent.data) ?: return
        val reply = Reply(Verdict.of(resultCode, intent), intent)
        // Without it this is no broadcast, and its result, 0, not the system's word that all went well.
        val pending = goAsync() ?: return
        worker.execute {
            try {
                val isNews = record(Journal(context.applicationContext), address, reply)
                Errands.deliver(address, reply, isNews)
            } finally {
                pending.finish()
            }
        }
    }

    /** Answers whether a request that is known has not gone further already. */
    private fun record(journal: Journal, address: Address, reply: Reply): Boolean = journal.change(address.id) { entry ->
        val told = entry.copy(step = address.step, verdict = reply.verdict)
        when {
            // What is installed is, whichever try it was.
            reply.verdict.result == EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK ->
                told.copy(state = RequestState.INSTALLED)
            address.attempt != entry.attempt || address.step <= entry.step -> entry
            reply.isQuestion -> told.copy(state = RequestState.UNANSWERED)
            else -> told.copy(state = RequestState.FAILED)
        }
    }

    private companion object {
        val worker = Executors.newSingleThreadExecutor { Thread(it, "lpakit-answers").apply { isDaemon = true } }
    }
}
