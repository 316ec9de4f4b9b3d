package com.example

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaKit
import io.github.lpakit.Profile
import io.github.lpakit.sandbox.Sandbox
import io.github.lpakit.testing.FakeLpa
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File

// docs/sandbox.md: begin
/** Orders a profile at the sandbox's server, installs it into the sandbox's card and enables it. */
suspend fun downloadInSandbox(folder: File): List<Profile> = Sandbox(folder).use { sandbox ->
    val code = sandbox.order(plan = "Travel 5 GB")
    LpaKit.open("sandbox", sandbox.card(), sandbox.options()).use { lpa ->
        val offer = lpa.authenticate(lpa.parseActivationCode(code))
        // A person reads the offer here; `offer.needs` says what they must agree to.
        val outcome = offer.accept(Answers(offer.needs)).outcome()
        if (outcome is InstallOutcome.Installed) lpa.enable(outcome.profile.iccid)
        lpa.profiles()
    }
}
// docs/sandbox.md: end

class DownloadTest {
    @get:Rule
    val folder = TemporaryFolder()

    @Test
    fun aProfileIsDownloadedWithNothingElseSet(): Unit = runBlocking {
        assertNull(System.getProperty("lpakit.library"))
        val profile = downloadInSandbox(folder.newFolder()).single()
        assertEquals("Travel 5 GB", profile.displayName)
        assertTrue(profile.isEnabled)
    }

    @Test
    fun theFakeServesATest(): Unit = runBlocking {
        assertEquals(emptyList<Any>(), FakeLpa().profiles())
    }
}
