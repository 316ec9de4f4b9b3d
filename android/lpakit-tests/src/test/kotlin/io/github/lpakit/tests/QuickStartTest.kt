package io.github.lpakit.tests

import io.github.lpakit.*
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

// README: begin
suspend fun install(lpa: Lpa, code: String, show: (String) -> Unit) {
    val offer = lpa.authenticate(lpa.parseActivationCode(code))
    show(offer.profile.profileName)                     // A person reads the offer and agrees.
    val installation = offer.accept(Answers(offer.needs))
    installation.progress.collect { show(it.phase.name.lowercase()) }
    when (val outcome = installation.outcome()) {
        is InstallOutcome.Installed -> lpa.enable(outcome.profile.iccid)
        is InstallOutcome.ConfirmationCodeRefused -> throw outcome.error
    }
}
// README: end

/** README's quick start, which is compiled and run here. */
class QuickStartTest {
    @Test
    fun itInstallsAndTurnsOn(): Unit = runBlocking {
        Stage().use { stage ->
            LpaKit.open("quick start", stage.card(), stage.options()).use { lpa ->
                val shown = mutableListOf<String>()
                val code = stage.act("order")
                install(lpa, code) { shown += it }
                assertEquals("Travel 5 GB", shown.first())
                assertEquals("finished", shown.last())
                assertTrue(stage.act("state card").startsWith("profiles=[Travel 5 GB:enabled]"))

                val again = assertThrows(LpaException::class.java) { runBlocking { install(lpa, code) {} } }
                assertEquals("server.refused.8.2.6/3.8", again.key)
            }
        }
    }

    @Test
    fun readmeHasIt() {
        val android = File(System.getProperty("lpakit.android"))
        val source = File(android, "lpakit-tests/src/test/kotlin/io/github/lpakit/tests/QuickStartTest.kt").readText()
        val written = source.substringAfter("// README: begin\n").substringBefore("// README: end")
        val readme = File(android, "../README.md").readText()
        assertTrue(written, "```kotlin\n$written```" in readme)
    }
}
