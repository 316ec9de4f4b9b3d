package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.CardChannel
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.OpenedChannel
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertTrue
import org.junit.Test

/** Gives an answer in many pieces, which means nothing in the end. */
private class LongWindedCard : CardChannel {
    @Volatile
    var commands = 0
    private var left = 0
    private val more = ByteArray(PIECE).apply { set(PIECE - 2, 0x61) }
    private val last = byteArrayOf(0x90.toByte(), 0)

    override fun openChannel(aid: ByteArray) = OpenedChannel(1)

    override fun transmit(channel: Int, command: ByteArray): ByteArray {
        commands++
        left = if (command[1] == GET_RESPONSE) left - 1 else PIECES
        return if (left > 0) more else last
    }

    override fun closeChannel(channel: Int) = Unit
}

private const val GET_RESPONSE = 0xC0.toByte()
private const val PIECE = 200
private const val PIECES = 40

/** Prints figures; what they should be is not for a shared machine to judge. */
class BenchTest {
    /** A long answer comes in many pieces, so that nearly all the time is the way to the card and back. */
    @Test
    fun oneTransmitRoundTrip(): Unit = runBlocking {
        val card = LongWindedCard()
        LpaKit.open("bench", card).use { lpa ->
            repeat(ROUNDS) { failing { lpa.profiles() } }
            val before = card.commands
            val started = System.nanoTime()
            repeat(ROUNDS) { failing { lpa.profiles() } }
            val nanos = System.nanoTime() - started
            val trips = card.commands - before
            assertTrue("$trips", trips > ROUNDS * PIECES / 2)
            println("bench: one transmit round trip in Kotlin %.1f µs (%d trips)".format(nanos / 1e3 / trips, trips))
        }
    }

    @Test
    fun aWholeDownload(): Unit = runBlocking {
        val rust = Stage.medianDownloadInRust(DOWNLOADS)
        repeat(DOWNLOADS) { download(it) }
        val kotlin = List(DOWNLOADS) { download(it) }.sorted()[DOWNLOADS / 2]
        val ratio = kotlin.toDouble() / rust
        println("bench: a download in Kotlin %d µs, in Rust %d µs, ratio %.2f".format(kotlin, rust, ratio))
    }

    private suspend fun download(number: Int): Long = Stage().use { stage ->
        val order = stage.act("order")
        val options = stage.options(LpaOptions(deliversAutomatically = false))
        val lpa = LpaKit.open("download $number", stage.card(), options)
        val started = System.nanoTime()
        val offer = lpa.authenticate(lpa.parseActivationCode(order))
        assertTrue(offer.accept(Answers(offer.needs)).outcome() is InstallOutcome.Installed)
        val micros = (System.nanoTime() - started) / 1000
        lpa.closeAndJoin()
        micros
    }

    private companion object {
        const val ROUNDS = 200
        const val DOWNLOADS = 20
    }
}
