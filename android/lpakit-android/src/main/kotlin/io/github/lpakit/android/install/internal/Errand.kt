package io.github.lpakit.android.install.internal

import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Build
import io.github.lpakit.android.install.EsimInstallerOptions
import io.github.lpakit.android.install.RequestState
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.selects.select
import kotlinx.coroutines.withTimeoutOrNull

/**
 * One thing that the system is asked to do: the call, the questions that it leads to, and the answer. Each step has a way
 * back of its own, so that an answer that comes twice, or too late, is never taken for another.
 */
internal class Errand(
    private val context: Context,
    private val options: EsimInstallerOptions,
    /** The request's id, or a name for something that is not kept in the journal. */
    val id: String,
) {
    /** Whether the last question was closed without a yes. */
    @Volatile
    var declined: Boolean = false
        private set

    /** The question that waits for the person. */
    @Volatile
    var question: Question? = null
        private set

    private val journal = Journal(context)

    /** The number of this try, for a request may be made more than once. */
    val attempt: Int = journal.nextNumber()
    private val answers = ConcurrentHashMap<Int, CompletableDeferred<Reply>>()
    private val over = CompletableDeferred<Unit>()

    /** Asks, has the person answer what the system asks, and returns the system's last word. */
    suspend fun run(call: (PendingIntent) -> Unit): Reply {
        val first = expect(0)
        call(wayBack(0))
        return goOn(Unanswered(0, within(first)))
    }

    /** Goes on from an answer that the system has given, and returns its last word. */
    suspend fun goOn(from: Unanswered): Reply {
        var step = from.step
        var reply = from.reply
        while (reply.isQuestion) {
            if (step == MOST_QUESTIONS) throw Faults.of("os.failed", "code" to "questions")
            reply = ask(step, reply)
            step++
        }
        if (reply.verdict.saysNothing) question?.let { learnHowItClosed(it) }
        return reply
    }

    /** An answer has come. */
    fun deliver(step: Int, reply: Reply) {
        answers[step]?.complete(reply)
    }

    /** It is over for this process. */
    fun end() {
        over.complete(Unit)
    }

    /** Waits until it is over for this process. */
    suspend fun join() = over.await()

    /** Has the person answer what the system asked in this [step]. */
    private suspend fun ask(step: Int, asked: Reply): Reply {
        val extras = asked.question ?: throw Faults.of("os.incomplete_answer")
        val answer = expect(step + 1)
        val next = Question(Address(id, attempt, step + 1).toString(), extras, wayBack(step + 1))
        question = next
        declined = false
        try {
            if (!show(next)) {
                Errands.keep(id, Unanswered(step, asked))
                throw Faults.of("os.no_screen")
            }
            val early = select {
                answer.onAwait { it }
                next.closed.onAwait { null }
            }
            return early ?: within(answer)
        } catch (gone: CancellationException) {
            next.withdraw()
            throw gone
        } finally {
            if (next.closed.isCompleted) declined = next.closed.await()
        }
    }

    /** Puts the question on the screen, if it can. While it is there, nobody knows how far the system is. */
    private suspend fun show(question: Question): Boolean {
        journal.change(id) { it.copy(state = RequestState.UNDER_WAY) }
        val isShown = withTimeoutOrNull(options.screenLimit.toMillis()) {
            if (QuestionActivity.start(context, question)) question.shown.await() else null
        }
        val isUnseen = isShown == null && question.withdraw()
        if (isUnseen || question.failure != null) journal.change(id) { it.copy(state = RequestState.UNANSWERED) }
        question.failure?.let { throw Faults.of(it) }
        return !isUnseen
    }

    /** The system's answer may be there before the screen that it was given on has closed. */
    private suspend fun learnHowItClosed(question: Question) {
        declined = withTimeoutOrNull(CLOSING_MILLIS) { question.closed.await() } ?: declined
    }

    private fun expect(step: Int) = CompletableDeferred<Reply>().also { answers[step] = it }

    private suspend fun within(answer: CompletableDeferred<Reply>): Reply =
        withTimeoutOrNull(options.answerLimit.toMillis()) { answer.await() } ?: throw Faults.of("os.no_answer")

    /**
     * How the system answers. It puts its results into the intent, so that must be mutable, which Android allows from 14 on
     * only for one that names its receiver.
     */
    private fun wayBack(step: Int): PendingIntent {
        val intent = Intent(context, ResultReceiver::class.java).setData(Address(id, attempt, step).toUri())
        val mutable = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) PendingIntent.FLAG_MUTABLE else 0
        return PendingIntent.getBroadcast(context, journal.nextNumber(), intent, PendingIntent.FLAG_ONE_SHOT or mutable)
    }

    private companion object {
        /** More than the system has; some ask the same again and again. */
        const val MOST_QUESTIONS = 8
        const val CLOSING_MILLIS = 2_000L
    }
}

/** What the system asked in a step, while nobody could be shown it. */
internal class Unanswered(val step: Int, val reply: Reply)

/** Where an answer belongs. */
internal data class Address(val id: String, val attempt: Int, val step: Int) {
    fun toUri(): Uri = Uri.fromParts(SCHEME, "$attempt/$step/$id", null)

    override fun toString(): String = toUri().toString()

    companion object {
        private const val SCHEME = "lpakit-answer"

        fun of(uri: Uri?): Address? {
            if (uri?.scheme != SCHEME) return null
            val parts = uri.schemeSpecificPart.orEmpty().split('/', limit = 3).takeIf { it.size == 3 } ?: return null
            val attempt = parts[0].toIntOrNull() ?: return null
            return parts[1].toIntOrNull()?.let { Address(parts[2], attempt, it) }
        }
    }
}
