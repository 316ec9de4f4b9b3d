package io.github.lpakit.android

import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import io.github.lpakit.CardAccess
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.delay
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.UiccCardInfoBuilder
import org.robolectric.shadows.UiccPortInfoBuilder
import java.time.Duration

/** What the platform tells of its slots, what cards are like behind OMAPI, and the API from Java. */
@RunWith(RobolectricTestRunner::class)
class SourcesTest {
    @Test
    fun changedPlansAreLookedAtAtOnce(): Unit = phone {
        val finder = CardFinder(omapi.context, listOf(OmapiSource(omapi.context)), Duration.ofDays(1))
        val plans = shadowOf(omapi.context.getSystemService(SubscriptionManager::class.java))
        val told = Channel<CardAccess>(Channel.UNLIMITED)
        coroutineScope {
            val following = launch { finder.cards().collect { found -> told.send(found.single().access) } }
            assertEquals(CardAccess.OPEN, told.receive())
            omapi.readers.single().pull()
            plans.setActiveSubscriptionInfoList(listOf())
            assertEquals(CardAccess.NO_CARD, told.receive())
            following.cancel()
        }
    }

    @Test
    @Config(minSdk = 33)
    fun whetherACardCanBeTakenOutIsToldWhereThePlatformTellsIt(): Unit = phone({
        omapi.reader("SIM1").insert(stage)
        omapi.reader("SIM2")
        omapi.reader("eSE1")
        val cards = listOf(false to 1, true to 0).map { (isRemovable, slot) ->
            val port = UiccPortInfoBuilder.newBuilder().setIccId("").setLogicalSlotIndex(slot).build()
            UiccCardInfoBuilder.newBuilder().setIsRemovable(isRemovable).setPorts(listOf(port)).build()
        }
        shadowOf(omapi.context.getSystemService(TelephonyManager::class.java)).setUiccCardsInfo(cards)
    }) {
        assertEquals(listOf("SIM1" to true, "SIM2" to false, "eSE1" to null), finder.find().map { it.name to it.isRemovable })
    }

    @Test
    fun oddCardsWorkToo(): Unit = phone {
        val quirks = listOf("largest_block=63", "wrong_le", "answers_directly", "announces_refresh", "answers_only_with_le")
        for (quirk in quirks) {
            act("card quirk $quirk")
            val lpa = open()
            val plan = install(lpa, "order name=$quirk").iccid
            assertTrue(quirk, lpa.enable(plan).isEnabled)
            lpa.closeAndJoin()
        }
        assertEquals(quirks.size, open().profiles().size)
    }

    @Test
    fun javaFindsAndOpensCards(): Unit = phone {
        val java = JavaUse(omapi.context)
        assertEquals(finder.find().single().euiccs.single().eid, java.eid().await())
        assertEquals("SIM_CARD OPEN ${omapi.context.packageName}", java.firstWay().await())
        assertEquals(listOf(CardAccess.OPEN), java.told().await().map { it.access })
        while (omapi.connections.isNotEmpty()) delay(1)
    }
}
