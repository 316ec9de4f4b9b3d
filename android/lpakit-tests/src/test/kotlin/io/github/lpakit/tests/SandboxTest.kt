package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.sandbox.Sandbox
import io.github.lpakit.sandbox.SandboxException
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

class SandboxTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val options = LpaOptions(deliversAutomatically = false)

    /** What an app's debug build does: the sandbox stays between two runs of the app. */
    @Test
    fun aSandboxInAFolderKeepsItsCard(): Unit = runBlocking {
        val place = folder.newFolder()
        Sandbox(place).use { sandbox ->
            val lpa = LpaKit.open("sandbox", sandbox.card(), sandbox.options(options))
            val text = sandbox.order("Fjord Mobile", "Ten days", ConfirmationCode("4711"))
            val offer = lpa.authenticate(lpa.parseActivationCode(text))
            assertEquals("Fjord Mobile", offer.profile.serviceProviderName)
            val outcome = offer.accept(Answers(offer.needs, ConfirmationCode("4711"))).outcome()
            assertTrue(outcome is InstallOutcome.Installed)
            lpa.closeAndJoin()
        }
        Sandbox(place).use { sandbox ->
            val lpa = LpaKit.open("sandbox", sandbox.channels(), sandbox.options(options))
            val profile = lpa.profiles().single()
            assertEquals("Ten days", profile.displayName)
            assertTrue(lpa.enable(profile.iccid).isEnabled)
            assertEquals(1, lpa.sendNotifications().delivered.size)
            lpa.closeAndJoin()
        }
    }

    @Test
    fun whatASandboxCannotDoIsTold() {
        val file = folder.newFile()
        val error = assertThrows(SandboxException::class.java) { Sandbox(file) }
        assertTrue("${error.message}", error.message.orEmpty().isNotEmpty())
        Stage().use { stage ->
            assertThrows(SandboxException::class.java) { stage.act("do something") }
            assertThrows(SandboxException::class.java) { LpaKit.open("third card", stage.card(3)) }
        }
    }
}
