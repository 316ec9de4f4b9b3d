package io.github.lpakit.android.install.internal

import java.util.concurrent.atomic.AtomicReference

/** What this process is asking the system to do: one thing at a time, for the system's LPA does no more. */
internal object Errands {
    private val current = AtomicReference<Errand?>()

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

    /** Forgets everything, as a process does that is ended. */
    fun forgetAll() {
        current.set(null)
    }
}
