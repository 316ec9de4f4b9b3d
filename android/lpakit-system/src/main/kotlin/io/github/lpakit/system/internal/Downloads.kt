package io.github.lpakit.system.internal

import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstalledProfile
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.Need
import io.github.lpakit.ProfileDescription
import io.github.lpakit.RejectReason
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.async
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** What the platform wants downloaded. */
internal class Order(
    /** The code; an empty one means the default server. */
    val code: String?,
    val confirmationCode: String? = null,
    /** Whether the person agreed to the profile's rules. */
    val areRulesAllowed: Boolean = false,
    val port: Int? = null,
    val isSwitchedOn: Boolean = false,
    val mayGiveWay: Boolean = false,
) {
    /** What it is known by; it holds the token. */
    val key: String get() = code.orEmpty()
}

/** How far a download came. */
internal sealed interface Reply {
    /** It is on the card. */
    class Installed(val profile: InstalledProfile) : Reply

    /** The person must be asked first. */
    class Unanswered(val questions: Set<Need>) : Reply
}

/**
 * The downloads of one eUICC, one at a time. Each goes on whether or not somebody waits for it: when the service is unbound
 * in the middle, the platform asks again with the same code and gets what became of it.
 */
internal class Downloads(private val desk: Desk) {
    private val turn = Mutex()
    private val running = HashMap<String, Run>()

    private class Run(val reply: Deferred<Reply>) {
        var waiters = 0
    }

    /** How many are under way, or ended with nobody there to hear it. */
    val count: Int get() = synchronized(running) { running.size }

    /** What the server offers for this code. */
    suspend fun metadata(code: String?, port: Int?, mayGiveWay: Boolean): ProfileDescription =
        desk.with(port, mayGiveWay) { lpa -> turn.withLock { offer(lpa, code).also(desk.shelf::put).offer.profile } }

    /** Downloads, or joins the download of the same code. */
    suspend fun download(order: Order): Reply {
        val run = synchronized(running) {
            running.getOrPut(order.key) { Run(desk.house.scope.async { begin(order) }) }.also { it.waiters++ }
        }
        try {
            return run.reply.await()
        } finally {
            synchronized(running) {
                run.waiters--
                // What ended is told once; what has not, somebody may come back for.
                if (run.reply.isCompleted && running[order.key] === run) running.remove(order.key)
            }
        }
    }

    private suspend fun begin(order: Order): Reply {
        try {
            val reply = desk.with(order.port, order.mayGiveWay) { lpa -> turn.withLock { carryOut(lpa, order) } }
            if (reply is Reply.Installed) tellOfOrphan(order) else forgetOrphan(order)
            return reply
        } catch (error: LpaException) {
            forgetOrphan(order)
            throw error
        }
    }

    /** The platform reads the list again by itself after a download that it waits for. */
    private fun tellOfOrphan(order: Order) {
        if (synchronized(running) { running[order.key]?.waiters == 0 }) desk.house.tellOfChange(desk.slot)
    }

    /** A failure, or a question, that nobody waits for must not meet the next try. */
    private fun forgetOrphan(order: Order): Unit = synchronized(running) {
        if (running[order.key]?.waiters == 0) running.remove(order.key)
    }

    private suspend fun carryOut(lpa: Lpa, order: Order): Reply {
        val held = offer(lpa, order.code)
        val answers = answers(held, order)
        val open = held.offer.needs - answers.agreed
        if (Need.CONSENT_TO_LOW_MEMORY in open) {
            held.offer.reject(RejectReason.LATER)
            throw LpaKit.error("input.memory")
        }
        if (open.isNotEmpty()) return ask(held, open)
        return try {
            when (val outcome = held.offer.accept(answers).outcome(cancelWithCaller = false)) {
                is InstallOutcome.Installed -> installed(lpa, order, outcome.profile)
                is InstallOutcome.ConfirmationCodeRefused -> {
                    val again = Held(held.key, outcome.offer, held.areRulesAllowed, wasRefused = true)
                    ask(again, setOf(Need.CONFIRMATION_CODE))
                }
            }
        } catch (error: LpaException) {
            if (!error.key.startsWith("confirmation_code.")) throw error
            ask(held, setOf(Need.CONFIRMATION_CODE))
        }
    }

    private suspend fun installed(lpa: Lpa, order: Order, profile: InstalledProfile): Reply {
        desk.forget(lpa, order.code)
        if (order.isSwitchedOn) lpa.enable(profile.iccid)
        return Reply.Installed(profile)
    }

    /** The platform asks for consent to the installation itself; the rest must have been answered. */
    private fun answers(held: Held, order: Order): Answers {
        val agreed = mutableSetOf(Need.CONSENT)
        if (order.areRulesAllowed || held.areRulesAllowed) agreed += RULES
        val code = order.confirmationCode?.takeIf { it.isNotBlank() }?.let(::ConfirmationCode)
        if (code != null) agreed += Need.CONFIRMATION_CODE
        return Answers(agreed, code)
    }

    private fun ask(held: Held, questions: Set<Need>): Reply {
        desk.shelf.put(held)
        return Reply.Unanswered(questions)
    }

    private suspend fun offer(lpa: Lpa, code: String?): Held {
        val key = code.orEmpty()
        return desk.shelf.take(key) ?: Held(key, lpa.authenticate(desk.source(lpa, code)))
    }

    companion object {
        /** Consent to what the profile's owner forbids. */
        val RULES = setOf(Need.CONSENT_TO_NO_DISABLING, Need.CONSENT_TO_NO_DELETING)
    }
}
