package com.example

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaKit
import io.github.lpakit.sandbox.Sandbox
import io.github.lpakit.testing.FakeLpa
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

class DownloadTest {
    @get:Rule
    val folder = TemporaryFolder()

    @Test
    fun aPlanIsDownloadedWithNothingElseSet(): Unit = runBlocking {
        assertNull(System.getProperty("lpakit.library"))
        Sandbox(folder.newFolder()).use { sandbox ->
            LpaKit.open("sandbox", sandbox.card(), sandbox.options()).use { lpa ->
                val code = lpa.parseActivationCode(sandbox.order("Fjord Mobile", "Ten days"))
                val offer = lpa.authenticate(code)
                assertEquals("Fjord Mobile", offer.profile.serviceProviderName)
                val installed = offer.accept(Answers(offer.needs)).outcome() as InstallOutcome.Installed
                assertTrue(lpa.enable(installed.profile.iccid).isEnabled)
                val profile = lpa.profiles().single()
                assertEquals("Ten days", profile.displayName)
                assertTrue(profile.isEnabled)
            }
        }
    }

    @Test
    fun theFakeServesATest(): Unit = runBlocking {
        assertEquals(emptyList<Any>(), FakeLpa().profiles())
    }
}
