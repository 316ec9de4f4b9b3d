package io.github.lpakit.android.install.internal

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update

/** What this process is asking the system to do: one thing at a time, for the system's LPA does no more. */
internal object Errands {
    private val current = AtomicReference<Errand?>()
    private val unanswered = ConcurrentHashMap<String, Unanswered>()

    /** Rises with each answer that comes. */
    val news: MutableStateFlow<Int> = MutableStateFlow(0)

    fun begin(errand: Errand) {
        if (!current.compareAndSet(null, errand)) throw Faults.of("os.busy")
    }

    fun end(errand: Errand) {
        current.compareAndSet(errand, null)
        errand.end()
    }

    fun find(id: String): Errand? = current.get()?.takeIf { it.id == id }

    /** The question of this name, if it still waits. */
    fun question(name: String): Question? = current.get()?.question?.takeIf { it.name == name }

    /** An answer has come, after the journal has it. It is the errand's, if there is still one; a question is kept else. */
    fun deliver(address: Address, reply: Reply, isNews: Boolean) {
        val errand = find(address.id)?.takeIf { it.attempt == address.attempt }
        when {
            errand != null -> errand.deliver(address.step, reply)
            isNews && reply.isQuestion -> keep(address.id, Unanswered(address.step, reply))
        }
        news.update { it + 1 }
    }

    /** Keeps a question that nobody could be shown, as long as the process lives: it cannot be written down. */
    fun keep(id: String, question: Unanswered) {
        unanswered[id] = question
    }

    fun takeUnanswered(id: String): Unanswered? = unanswered.remove(id)

    /** Forgets everything, as a process does that is ended. */
    fun forgetAll() {
        current.set(null)
        unanswered.clear()
    }
}
