package io.github.lpakit.system

import io.github.lpakit.LpaKit
import io.github.lpakit.sandbox.Stage
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** A maker's own screen beside the service: two LPAs of one card would be in each other's way. */
@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class SharedCardTest {
    @Test
    @Config(minSdk = 29)
    fun aScreenWorksWithTheServicesLpa(): Unit = scene {
        profiles()
        val open = Stage.openCards()
        val card = TelephonyCards(application).card(ServiceScene.SLOT)
        val options = application.lpaOptions(ServiceScene.SLOT)
        LpaKit.open(card.id, card, options).use { assertEquals(open, Stage.openCards()) }
        LpaKit.open("another name", card, options).use { assertEquals(open + 1, Stage.openCards()) }
    }
}
