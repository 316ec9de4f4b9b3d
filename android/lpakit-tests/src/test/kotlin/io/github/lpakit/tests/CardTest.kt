package io.github.lpakit.tests

import io.github.lpakit.LpaKit
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Test

class CardTest {
    @Test
    fun aScriptedCardIsOpenedAndAsked(): Unit = runBlocking {
        val card = ScriptedCard()
        LpaKit.open("scripted", card).use { lpa ->
            assertEquals(SCRIPTED_EID, lpa.eid().value)
            assertEquals(emptyList<Any>(), lpa.profiles())
        }
    }
}
