package io.github.lpakit.tests

import io.github.lpakit.CardChannel
import io.github.lpakit.OpenedChannel
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** The EID that scripted cards have. */
const val SCRIPTED_EID = "89044000000000000000000000000017"

/** A card that knows its EID and has no profiles. What else it shall do, a test says by [onTransmit]. */
class ScriptedCard(
    /** Answers a command itself; null leaves it to the script. */
    private val onTransmit: (ByteArray) -> ByteArray? = { null },
) : CardChannel {
    /** Every thread that ever called, once for each call. */
    val callers = ConcurrentLinkedQueue<Thread>()

    /** How often commands came while another was under way. */
    val interleaved = AtomicInteger()

    /** How many commands came. */
    val commands = AtomicInteger()

    /** How often the LPA let the card go. */
    val released = AtomicInteger()

    /** Opens when the LPA has let the card go. */
    val release = CountDownLatch(1)

    private val inside = AtomicInteger()

    override fun openChannel(aid: ByteArray): OpenedChannel {
        callers.add(Thread.currentThread())
        return OpenedChannel(1)
    }

    override fun transmit(channel: Int, command: ByteArray): ByteArray {
        callers.add(Thread.currentThread())
        commands.incrementAndGet()
        if (inside.incrementAndGet() > 1) interleaved.incrementAndGet()
        try {
            return onTransmit(command) ?: script(command)
        } finally {
            inside.decrementAndGet()
        }
    }

    override fun closeChannel(channel: Int) {
        callers.add(Thread.currentThread())
    }

    override fun release() {
        released.incrementAndGet()
        release.countDown()
    }

    private fun script(command: ByteArray): ByteArray {
        val text = command.hex()
        return when {
            "BF3E" in text -> "BF3E125A10${SCRIPTED_EID}9000"
            "BF2D" in text -> "BF2D02A0009000"
            else -> "6D00"
        }.octets()
    }
}

fun ByteArray.hex(): String = joinToString("") { "%02X".format(it) }

fun String.octets(): ByteArray = chunked(2).map { it.toInt(16).toByte() }.toByteArray()
