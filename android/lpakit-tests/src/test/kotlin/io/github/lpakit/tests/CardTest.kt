package io.github.lpakit.tests

import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.ErrorKind
import io.github.lpakit.LogLevel
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.OpenedChannel
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.IOException
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

class CardTest {
    private fun open(card: CardChannel, id: String = "card test") = LpaKit.open(id, card)

    @Test
    fun aScriptedCardIsOpenedAndAsked(): Unit = runBlocking {
        val card = ScriptedCard()
        val lpa = open(card)
        assertEquals(SCRIPTED_EID, lpa.eid().value)
        assertEquals("8904 4000 0000 0000 0000 0000 0000 0017", lpa.eid().inGroups)
        assertEquals(emptyList<Any>(), lpa.profiles())
        assertEquals("card test", lpa.cardId)
        lpa.closeAndJoin()
        card.release.await()
    }

    @Test
    fun cardsAreCalledFromOneDaemonThreadOfTheirOwn(): Unit = runBlocking {
        val card = ScriptedCard()
        val lpa = open(card)
        List(20) { async(Dispatchers.Default) { lpa.eid() } }.awaitAll()
        lpa.closeAndJoin()
        val thread = card.callers.toSet().single()
        assertTrue(thread.isDaemon)
        assertEquals("lpakit-card", thread.name)
        assertNotEquals(Thread.currentThread(), thread)
    }

    @Test
    fun aHundredCallsNeverInterleaveOnTheCard(): Unit = runBlocking {
        val card = ScriptedCard()
        val lpas = List(4) { open(card) }
        List(100) { async(Dispatchers.IO) { if (it % 2 == 0) lpas[it % 4].eid() else lpas[it % 4].profiles() } }.awaitAll()
        assertTrue("${card.commands}", card.commands.get() >= 50)
        assertEquals(0, card.interleaved.get())
        lpas.forEach { it.closeAndJoin() }
        card.release.await()
        assertEquals("the card was let go once", 1, card.released.get())
    }

    @Test
    fun aSecondOpeningIsTheSameLpa(): Unit = runBlocking {
        val card = ScriptedCard()
        val first = open(card)
        val second = open(ScriptedCard { error("this port is never asked") })
        assertEquals(SCRIPTED_EID, second.eid().value)
        first.closeAndJoin()
        assertEquals("closed", failing { first.eid() }.key)
        assertEquals(SCRIPTED_EID, second.eid().value)
        second.closeAndJoin()
    }

    @Test
    fun whateverAPortThrowsIsAnErrorAndTheLpaLives(): Unit = runBlocking {
        var thrown: Throwable? = null
        val lpa = open(ScriptedCard { thrown?.let { throw it } })
        val others = listOf(IllegalStateException("its own"), IOException("gone"), StackOverflowError(), AssertionError("no"))
        for (error in others) {
            thrown = error
            assertEquals("$error", ErrorKind.CARD, failing { lpa.profiles() }.kind)
            thrown = null
            assertEquals("after $error", SCRIPTED_EID, lpa.eid().value)
        }
        val kinds = Reason.entries.associateWith { reason ->
            thrown = CardPortException(reason)
            failing { lpa.profiles() }.kind
        }
        val must = Reason.entries.associateWith { if (it == Reason.CARD_BUSY) ErrorKind.BUSY else ErrorKind.CARD }
        assertEquals(must, kinds)
        thrown = null
        assertEquals(emptyList<Any>(), lpa.profiles())
        lpa.closeAndJoin()
    }

    @Test
    fun whatAPortThrowsIsToldToTheLogWithoutItsMessage() {
        val lines = ConcurrentLinkedQueue<String>()
        LpaKit.setLogListener({ level, target, line -> lines += "$level $target $line" }, LogLevel.WARN)
        try {
            open(ScriptedCard { throw IllegalArgumentException("BF3E") }).use { lpa -> failing { lpa.profiles() } }
        } finally {
            LpaKit.setLogListener(null)
        }
        val line = "WARN lpakit::kotlin transmit of the card's port threw java.lang.IllegalArgumentException"
        assertTrue("$lines", line in lines)
        assertFalse("$lines", lines.any { "BF3E" in it })
    }

    @Test
    fun aCardThatDoesNotAnswerHoldsUpNoOtherCardAndNoClosing(): Unit = runBlocking {
        val asked = CompletableDeferred<Unit>()
        val answer = CountDownLatch(1)
        val stuck = open(
            ScriptedCard {
                asked.complete(Unit)
                answer.await()
                null
            },
            "stuck",
        )
        val waiting = async(Dispatchers.Default) { runCatching { stuck.profiles() } }
        asked.await()
        val other = open(ScriptedCard(), "other")
        assertEquals(SCRIPTED_EID, other.eid().value)
        other.closeAndJoin()
        stuck.close()
        assertEquals("closed", failing { stuck.eid() }.key)
        answer.countDown()
        waiting.await()
    }

    @Test
    fun aCardThatDoesNotComeBackIsGivenUpAndItsLateAnswerIsForNobody(): Unit = runBlocking {
        val answer = CountDownLatch(1)
        val card = ScriptedCard {
            answer.await()
            null
        }
        val options = LpaOptions.Builder().cardLimit(Duration.ofSeconds(1)).deliversAutomatically(false).build()
        val lpa = LpaKit.open("given up", card, options)
        assertEquals("card.stuck", failing { lpa.eid() }.key)
        assertEquals("card.stuck", failing { lpa.profiles() }.key)
        val other = open(ScriptedCard(), "works on")
        assertEquals(SCRIPTED_EID, other.eid().value)
        other.closeAndJoin()
        lpa.closeAndJoin()
        assertEquals(0, card.released.get())
        answer.countDown()
        card.release.await()
        assertEquals(1, card.commands.get())
    }

    @Test
    fun emptyAndMonstrousAnswersAreTypedErrors(): Unit = runBlocking {
        for (size in listOf(0, 1, 10_240, 70_000)) {
            val lpa = open(ScriptedCard { ByteArray(size) })
            val error = failing { lpa.profiles() }
            assertEquals("$size octets", ErrorKind.CARD, error.kind)
            lpa.closeAndJoin()
        }
    }

    @Test
    fun channelNumbersThatDoNotExistAreErrors(): Unit = runBlocking {
        for (number in listOf(-1, 20, 256, Int.MIN_VALUE)) {
            val script = ScriptedCard()
            val lpa = open(object : CardChannel by script {
                override fun openChannel(aid: ByteArray) = OpenedChannel(number)
            })
            assertEquals("channel $number", ErrorKind.CARD, failing { lpa.eid() }.kind)
            assertEquals(0, script.commands.get())
            lpa.closeAndJoin()
        }
    }
}
