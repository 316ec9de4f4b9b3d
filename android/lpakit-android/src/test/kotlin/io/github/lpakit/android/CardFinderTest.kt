package io.github.lpakit.android

import io.github.lpakit.AppStanding
import io.github.lpakit.Answers
import io.github.lpakit.CardAccess
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallRoute
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.Passage
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.time.Duration

@RunWith(RobolectricTestRunner::class)
class CardFinderTest {
    /** A phone with a card of each kind. */
    private fun Phone.allKinds() {
        omapi.reader("SIM1").insert(stage)
        omapi.reader("SIM2")
        omapi.reader("SIM3").insert(PlainSim)
        omapi.reader("SIM4").apply { rule = { false } }.insert(stage)
        omapi.reader("SIM5").apply { channels = 0 }.insert(stage)
        omapi.reader("eSE1").apply { repeat(9) { faults += IllegalStateException("not now") } }.insert(PlainSim)
    }

    @Test
    fun everyKindOfCardIsToldApart(): Unit = phone({ allKinds() }) {
        val found = finder.find()
        val must = listOf(
            "SIM1" to CardAccess.OPEN,
            "SIM2" to CardAccess.NO_CARD,
            "SIM3" to CardAccess.NO_EUICC,
            "SIM4" to CardAccess.DENIED,
            "SIM5" to CardAccess.NO_CHANNEL,
            "eSE1" to CardAccess.FAILED,
        )
        assertEquals(must, found.map { it.name to it.access })
        assertEquals(listOf("card.failed"), found.mapNotNull { it.error?.key })
        assertEquals(listOf(0, 1, 2, 3, 4, null), found.map { it.slot })
        assertEquals(listOf(1, 0, 0, 0, 0, 0), found.map { it.euiccs.size })
        assertTrue(found.all { it.id == "omapi:${it.name}" && it.route == InstallRoute.SIM_CARD && it.isRemovable == null })
        val eid = found[0].euiccs.single().eid.value
        assertFalse("$found", eid in "$found")
    }

    @Test
    fun whatTheCardsSaidIsWhatTheWaysAreJudgedBy(): Unit = phone({ allKinds() }) {
        val capabilities = finder.capabilities()
        assertEquals(AppStanding.PLAIN, capabilities.facts.standing)
        assertEquals(capabilities.cards.map { it.access }, capabilities.facts.sims)
        val way = capabilities.ways.single { it.route == InstallRoute.SIM_CARD }
        assertEquals(Passage.OPEN to listOf<String>(), way.passage to way.reasons)
        omapi.readers.removeAll { it.name != "SIM4" }
        val denied = finder().capabilities().ways.single { it.route == InstallRoute.SIM_CARD }
        assertEquals(Passage.SHUT to listOf("route.card_must_list_app"), denied.passage to denied.reasons)
    }

    @Test
    fun aPhoneWithoutTheServiceHasNoCardsAndSaysSo() {
        val phones = listOf<Phone.() -> Unit>(
            { omapi.connectsAtOnce = false },
            { omapi.refusesToBind = true },
            { omapi.isThere = false },
        )
        for (prepare in phones) {
            phone(prepare) {
                val finder = finder(Duration.ofMillis(50))
                assertEquals(listOf<FoundCard>(), finder.find())
                val way = finder.capabilities().ways.single { it.route == InstallRoute.SIM_CARD }
                assertEquals(Passage.SHUT to listOf("route.no_card_service"), way.passage to way.reasons)
            }
        }
    }

    @Test
    fun cardsThatComeAndGoAreFollowed(): Unit = phone({
        omapi.reader("SIM1").insert(stage)
        omapi.reader("SIM2")
    }) {
        val (first, second) = omapi.readers
        act("card 2")
        val told = Channel<List<CardAccess>>(Channel.UNLIMITED)
        coroutineScope {
            val following = launch { finder.cards().collect { found -> told.send(found.map { it.access }) } }
            assertEquals(listOf(CardAccess.OPEN, CardAccess.NO_CARD), told.receive())
            second.insert(stage, 2)
            assertEquals(listOf(CardAccess.OPEN, CardAccess.OPEN), told.receive())
            first.pull()
            assertEquals(listOf(CardAccess.NO_CARD, CardAccess.OPEN), told.receive())
            first.insert(PlainSim)
            assertEquals(listOf(CardAccess.NO_EUICC, CardAccess.OPEN), told.receive())
            omapi.kill()
            assertEquals(listOf<CardAccess>(), told.receive())
            omapi.restart()
            assertEquals(listOf(CardAccess.NO_EUICC, CardAccess.OPEN), told.receive())
            following.cancel()
        }
    }

    @Test
    fun aServiceThatComesLateIsFollowedToo(): Unit = phone({
        omapi.reader("SIM1").insert(stage)
        omapi.connectsAtOnce = false
    }) {
        val told = Channel<List<CardAccess>>(Channel.UNLIMITED)
        coroutineScope {
            val cards = finder(Duration.ofMillis(50)).cards()
            val following = launch { cards.collect { found -> told.send(found.map { it.access }) } }
            assertEquals(listOf<CardAccess>(), told.receive())
            omapi.connect()
            assertEquals(listOf(CardAccess.OPEN), told.receive())
            following.cancel()
        }
    }

    @Test
    fun aCardThatHasNoChannelIsAskedAgainUntilItHas(): Unit = phone({
        omapi.reader("SIM1").apply { channels = 0 }.insert(stage)
    }) {
        val told = Channel<CardAccess>(Channel.UNLIMITED)
        coroutineScope {
            val following = launch { finder.cards().collect { found -> told.send(found.single().access) } }
            assertEquals(CardAccess.NO_CHANNEL, told.receive())
            omapi.readers.single().channels = 1
            assertEquals(CardAccess.OPEN, told.receive())
            following.cancel()
        }
    }

    @Test
    fun manyCallersGetInNobodysWay(): Unit = phone {
        coroutineScope {
            val finders = List(2) { finder() }
            val found = List(6) { async(Dispatchers.Default) { finders[it % 2].find() } }.awaitAll()
            assertEquals("$found", 1, found.toSet().size)
            val lpas = List(4) {
                async(Dispatchers.Default) { open(found[it].single()) }
            }.awaitAll()
            assertEquals(1, lpas.map { it.eid() }.toSet().size)
            lpas.forEach { it.closeAndJoin() }
        }
    }

    @Test
    fun aCardThatTheAppOpenedItselfIsLeftAloneToo(): Unit = phone {
        val options = stage.options(LpaOptions(deliversAutomatically = false))
        val lpa = LpaKit.open("omapi:SIM1", OmapiCard(omapi.context, "SIM1"), options)
        val offer = lpa.authenticate(lpa.parseActivationCode(act("order")))
        assertEquals(listOf(CardAccess.OPEN), finder.find().map { it.access })
        assertTrue(offer.accept(Answers(offer.needs)).outcome() is InstallOutcome.Installed)
        lpa.closeAndJoin()
    }

    @Test
    fun anOfferThatIsOpenSurvivesThatSomebodyLooks(): Unit = phone {
        val lpa = open()
        val offer = lpa.authenticate(lpa.parseActivationCode(act("order")))
        assertEquals(listOf(CardAccess.OPEN), finder.find().map { it.access })
        assertEquals(listOf(CardAccess.OPEN), finder().capabilities().cards.map { it.access })
        assertTrue(offer.accept(Answers(offer.needs)).outcome() is InstallOutcome.Installed)
        lpa.closeAndJoin()
    }

    /** Access rules are for one application each: the standard AID is denied, and the maker's own is not. */
    @Test
    fun aCardThatListsTheAppForItsOwnApplicationOnlyIsOpen(): Unit = phone({
        stage.act("card quirk extra_isdr_aids=[\"$OWN_AID\"]")
        omapi.reader("SIM1").apply { rule = { it == OWN_AID } }.insert(stage)
    }) {
        assertEquals(listOf(CardAccess.OPEN), finder.find().map { it.access })
        omapi.readers.single().rule = { false }
        assertEquals(listOf(CardAccess.DENIED), finder.find().map { it.access })
    }

    private companion object {
        const val OWN_AID = "A0000005591010FFFFFFFF8900050500"
    }
}
