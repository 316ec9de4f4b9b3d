package io.github.lpakit.android

import io.github.lpakit.Answers
import io.github.lpakit.CardAccess
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger

/** Cards through OMAPI: the library's own LPA at one end, a card of the sandbox at the other, AOSP's binders between. */
@RunWith(RobolectricTestRunner::class)
class OmapiTest {
    @Test
    fun aPlanIsInstalledAndSwitchedOn(): Unit = phone {
        val lpa = open()
        assertEquals("omapi:SIM1", lpa.cardId)
        val installed = install(lpa, "order name=Travel 5 GB")
        assertTrue(lpa.enable(installed.iccid).isEnabled)
        assertEquals(listOf("Travel 5 GB"), lpa.profiles().filter { it.isEnabled }.map { it.profileName })
        assertEquals(1, lpa.sendNotifications().delivered.size)
        assertEquals("profiles=[Travel 5 GB:enabled] notifications=[]", act("state card").substringBefore(" session"))
        lpa.closeAndJoin()
    }

    @Test
    fun theChannelIsClosedAndTheServiceLetGoWithTheLastHandle(): Unit = phone {
        val reader = omapi.readers.single()
        val first = open()
        val second = open()
        first.eid()
        assertEquals(1, reader.openChannels)
        first.closeAndJoin()
        second.eid()
        second.releaseCard()
        assertEquals(0, reader.openChannels)
        second.eid()
        second.closeAndJoin()
        assertEquals(0, reader.openChannels)
        assertEquals(0, reader.openSessions)
        assertEquals(0, omapi.connections.size)
    }

    @Test
    fun twoCardsAreTwoEuiccs(): Unit = phone({
        stage.act("card 2")
        omapi.reader("SIM1").insert(stage)
        omapi.reader("SIM2").insert(stage, 2)
    }) {
        val found = finder.find()
        assertEquals(listOf("SIM1" to 0, "SIM2" to 1), found.map { it.name to it.slot })
        val lpas = listOf(open("SIM1"), open("SIM2"))
        assertEquals(found.map { it.euiccs.single().eid }, lpas.map { it.eid() })
        assertEquals(2, found.map { it.euiccs.single().eid }.toSet().size)
        coroutineScope { lpas.map { lpa -> async(Dispatchers.Default) { install(lpa) } }.awaitAll() }
        assertEquals(listOf(1, 1), lpas.map { it.profiles().size })
        lpas.forEach { it.closeAndJoin() }
    }

    @Test
    fun aSessionThatTheSystemClosesIsOpenedAnew(): Unit = phone {
        val reader = omapi.readers.single()
        val lpa = open()
        install(lpa)
        for (command in 0..2) {
            lpa.releaseCard()
            closeAtCommand(command)
            assertEquals("closed at $command", 1, lpa.profiles().size)
        }
        reader.closeSessions()
        assertEquals(1, lpa.profiles().size)
        lpa.closeAndJoin()
    }

    /** The system closes the sessions before the command of this number, counted from now. */
    private fun Phone.closeAtCommand(number: Int) {
        val reader = omapi.readers.single()
        val commands = AtomicInteger()
        reader.onCommand = { if (commands.getAndIncrement() == number) reader.closeSessions() }
    }

    @Test
    fun aSessionThatIsClosedMidwayEndsTheDownloadWithAnErrorAndTheCardWorksOn(): Unit = phone {
        val lpa = open()
        for (command in listOf(3, 9, 14)) {
            val code = lpa.parseActivationCode(act("order"))
            closeAtCommand(command)
            val error = failing {
                val offer = lpa.authenticate(code)
                offer.accept(Answers(offer.needs)).outcome()
            }
            assertEquals("closed at $command: ${error.key}", ErrorKind.CARD, error.kind)
            omapi.readers.single().onCommand = {}
            install(lpa)
        }
        assertTrue(lpa.profiles().size >= 3)
        lpa.closeAndJoin()
    }

    @Test
    fun theServiceMayEndAndComeBack(): Unit = phone {
        val lpa = open()
        install(lpa)
        omapi.kill()
        assertEquals("card.failed", failing { lpa.profiles() }.key)
        omapi.restart()
        assertEquals(1, lpa.profiles().size)
        lpa.closeAndJoin()
    }

    @Test
    fun aCardThatIsPulledIsGoneAndOneThatIsPutInWorks(): Unit = phone {
        val reader = omapi.readers.single()
        val lpa = open()
        lpa.eid()
        reader.pull()
        assertEquals("card.gone", failing { lpa.profiles() }.key)
        reader.insert(stage)
        assertEquals(0, lpa.profiles().size)
        lpa.closeAndJoin()
    }

    @Test
    fun aRuleThatIsTakenBackMidwayIsADenial(): Unit = phone {
        val reader = omapi.readers.single()
        val lpa = open()
        lpa.eid()
        reader.faults += SecurityException("Access denied")
        assertEquals("card.access_denied", failing { lpa.profiles() }.key)
        reader.closeSessions()
        reader.rule = { false }
        assertEquals("card.access_denied", failing { lpa.profiles() }.key)
        lpa.closeAndJoin()
    }

    @Test
    fun aServiceThatNeverComesIsATimeoutAndOneThatComesLateIsWaitedFor(): Unit = phone({
        omapi.reader("SIM1").insert(stage)
        omapi.connectsAtOnce = false
    }) {
        val card = OmapiCard(omapi.context, "SIM1", Duration.ofMillis(50))
        val lpa = LpaKit.open("never", card, LpaOptions(deliversAutomatically = false))
        assertEquals("card.timeout", failing { lpa.eid() }.key)
        lpa.closeAndJoin()
        coroutineScope {
            val found = async { finder.find() }
            while (omapi.connections.isEmpty()) delay(1)
            omapi.connect()
            assertEquals(listOf(CardAccess.OPEN), found.await().map { it.access })
        }
    }

    @Test
    fun aReaderThatDoesNotExistIsACardThatIsGone(): Unit = phone {
        val lpa = LpaKit.open("nowhere", OmapiCard(omapi.context, "SIM7"), LpaOptions(deliversAutomatically = false))
        assertEquals("card.gone", failing { lpa.eid() }.key)
        lpa.closeAndJoin()
    }

    @Test
    fun settingsAndSwitchesAskTheCardLittle(): Unit = phone {
        val lpa = open()
        val plans = List(PROFILES) { install(lpa, "order name=Plan $it").iccid }
        lpa.sendNotifications()
        lpa.enable(plans[0])
        lpa.closeAndJoin()
        val again = open()
        act("counts")
        again.eid()
        assertEquals(PROFILES, again.profiles().size)
        val settings = apdus()
        assertTrue("EID and $PROFILES profiles took $settings APDUs", settings <= 11)
        assertTrue(again.enable(plans[1]).isEnabled)
        val switch = apdus()
        assertTrue("a warm switch took $switch APDUs", switch <= 6)
        println("apdus: settings $settings, switch $switch")
        again.closeAndJoin()
    }

    /** How many command APDUs the card has had since this was asked, the terminal's own among them. */
    private suspend fun Phone.apdus(): Int = act("counts").substringAfter("apdus=").substringBefore(' ').toInt()

    private companion object {
        const val PROFILES = 20
    }
}
