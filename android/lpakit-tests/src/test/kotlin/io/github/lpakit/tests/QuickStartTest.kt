package io.github.lpakit.tests

import io.github.lpakit.*
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

/** README's quick start, which is compiled and run here. */
class QuickStartTest {
    private val shown = mutableListOf<Any?>()

    private fun show(thing: Any?) {
        shown += thing
    }

    private fun askAgain(offer: Offer) = show(offer)

    // README: begin
    suspend fun CoroutineScope.install(card: RawCard, text: String, confirmationCode: ConfirmationCode?) = try {
        LpaKit.open("my card", card, options).use { lpa ->
            val offer = lpa.authenticate(lpa.parseActivationCode(text))
            show(offer.profile.profileName)                     // a person sees what is offered, and agrees
            val task = offer.accept(Answers(offer.needs, confirmationCode))
            launch { task.progress.collect { show(it) } }
            when (val outcome = task.outcome()) {
                is InstallOutcome.Installed -> show(lpa.enable(outcome.profile.iccid))
                is InstallOutcome.ConfirmationCodeRefused -> askAgain(outcome.offer)
            }
        }
    } catch (error: LpaException) {
        show(error.message)                                     // what happened, and what to do now
    }
    // README: end

    private var options = LpaOptions()

    @Test
    fun itInstalls() = runBlocking {
        Stage().use { stage ->
            options = stage.options()
            val text = stage.act("order code=4711")
            install(stage.card(), text, ConfirmationCode("4711"))
            assertEquals("Travel 5 GB", shown.first())
            assertTrue(stage.act("state card").startsWith("profiles=[Travel 5 GB:enabled]"))
            install(stage.card(), text, null)
            assertTrue("${shown.last()}", "operator" in "${shown.last()}")
        }
    }

    @Test
    fun readmeHasIt() {
        val android = File(System.getProperty("lpakit.android"))
        val source = File(android, "lpakit-tests/src/test/kotlin/io/github/lpakit/tests/QuickStartTest.kt").readText()
        val written = source.substringAfter("// README: begin\n").substringBefore("    // README: end").trimIndent().trim()
        val readme = File(android, "../README.md").readText()
        assertEquals(written, readme.substringAfter("```kotlin\n", "").substringBefore("\n```"))
        assertTrue(written, written.lines().size <= 15)
    }
}
