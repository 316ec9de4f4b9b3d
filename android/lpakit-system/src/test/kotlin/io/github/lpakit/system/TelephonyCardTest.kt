package io.github.lpakit.system

import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.robolectric.telephony.FakePhone
import io.github.lpakit.robolectric.telephony.FakePort
import io.github.lpakit.robolectric.telephony.FakeSlot
import io.github.lpakit.robolectric.telephony.FakeSlot.Mood
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
class TelephonyCardTest {
    private val stage = Stage()
    private val slot = FakeSlot(stage.channels(), ports = listOf(FakePort(0, modem = 0), FakePort(1, modem = 1)))
    private val phone = FakePhone(RuntimeEnvironment.getApplication(), mutableListOf(slot))

    @After
    fun close() {
        phone.close()
        stage.close()
    }

    private fun card(number: Int = 0, port: Int = 0): CardChannel = TelephonyCard(phone.manager, number, port)

    private fun reason(block: () -> Unit): Reason = assertThrows(CardPortException::class.java) { block() }.reason

    @Test
    @Config(maxSdk = 28)
    fun android9IsTooOldAndSaysSo() {
        val error = assertThrows(LpaException::class.java) { card() }
        assertEquals("os.too_old", error.key)
        assertEquals(mapOf("release" to "10"), error.arguments)
    }

    @Test
    @Config(minSdk = 29)
    fun anLpaWorksThroughTheModem() = runBlocking<Unit>(Dispatchers.IO) {
        LpaKit.open("modem", card(), stage.options()).use { lpa ->
            assertEquals(32, lpa.eid().value.length)
            assertEquals(emptyList<Any>(), lpa.profiles())
            lpa.closeAndJoin()
        }
        assertEquals(0, phone.openChannels)
    }

    @Test
    @Config(minSdk = 29)
    fun whatKeepsAChannelShutIsToldApart() = runBlocking<Unit>(Dispatchers.IO) {
        val told = Mood.entries.associateWith { mood ->
            slot.mood = mood
            runCatching { card().openChannel(ISD_R) }.exceptionOrNull()?.let { (it as CardPortException).reason }
        }
        assertEquals(Reason.NO_FREE_CHANNEL, told[Mood.NO_CHANNEL])
        assertEquals(Reason.NO_SUCH_APPLICATION, told[Mood.NO_APPLICATION])
        assertEquals(Reason.NO_SUCH_APPLICATION, told[Mood.OPEN_WITHOUT_APPLICATION])
        assertEquals(Reason.CONNECTION_FAILED, told[Mood.UNKNOWN_ERROR])
        assertEquals(Reason.CONNECTION_FAILED, told[Mood.NUMBERLESS])
        assertEquals(Reason.ACCESS_DENIED, told[Mood.DENIED])
        assertEquals(Reason.CONNECTION_FAILED, told[Mood.DEAD])
        assertEquals(null, told[Mood.WELL])
        // WELL, SYNTHETIC, EMPTY and GARBLED each hold one; the one without an application was given back.
        assertEquals(4, phone.openChannels)
    }

    @Test
    @Config(minSdk = 29)
    fun answersOfTheModemsOwnMakingAreNoAnswers() = runBlocking<Unit>(Dispatchers.IO) {
        val channel = card().openChannel(ISD_R).number
        for (mood in listOf(Mood.SYNTHETIC, Mood.EMPTY, Mood.GARBLED, Mood.DEAD)) {
            slot.mood = mood
            assertEquals(mood.name, Reason.CONNECTION_FAILED, reason { card().transmit(channel, SELECT_NOTHING) })
        }
        slot.mood = Mood.WELL
        assertEquals(Reason.CONNECTION_FAILED, reason { card().transmit(0, SELECT_NOTHING) })
        assertEquals(Reason.CONNECTION_FAILED, reason { card().transmit(-1, SELECT_NOTHING) })
        card().closeChannel(0)
        assertEquals(1, phone.openChannels)
        card().closeChannel(channel)
        assertEquals(0, phone.openChannels)
    }

    @Test
    @Config(minSdk = 29)
    fun slotsPortsAndCardsThatAreNotThere() = runBlocking<Unit>(Dispatchers.IO) {
        assertEquals(Reason.CARD_GONE, reason { card(number = 5).openChannel(ISD_R) })
        assertEquals(Reason.CARD_GONE, reason { card(port = 2).openChannel(ISD_R) })
        assertEquals(Reason.CARD_GONE, reason { card(number = -1).openChannel(ISD_R) })
        slot.ports[1].modem = null
        assertEquals(Reason.CONNECTION_FAILED, reason { card(port = 1).openChannel(ISD_R) })
        slot.card = null
        assertEquals(Reason.CONNECTION_FAILED, reason { card().openChannel(ISD_R) })
    }

    private companion object {
        val ISD_R = "A0000005591010FFFFFFFF8900000100".chunked(2).map { it.toInt(16).toByte() }.toByteArray()
        val SELECT_NOTHING = byteArrayOf(0x81.toByte(), 0xF2.toByte(), 0, 0, 0)
    }
}
