package io.github.lpakit.android.internal

import java.util.concurrent.ConcurrentHashMap

/** Which readers of OMAPI ports of this process hold, and how many. */
internal object ReadersInUse {
    private val ports = ConcurrentHashMap<String, Int>()

    fun add(readerName: String) {
        ports.merge(readerName, 1, Int::plus)
    }

    fun remove(readerName: String) {
        ports.computeIfPresent(readerName) { _, users -> (users - 1).takeIf { it > 0 } }
    }

    fun has(readerName: String): Boolean = ports.containsKey(readerName)
}
