package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.Eid
import io.github.lpakit.Iccid
import io.github.lpakit.Imei
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LogLevel
import io.github.lpakit.LpaKit
import io.github.lpakit.MatchingId
import io.github.lpakit.ProfileSource
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.concurrent.ConcurrentLinkedQueue

class SecretsTest {
    private companion object {
        const val IMEI = "356938035643809"
        const val WRONG_CODE = "5EC4E7-WRONG"
        const val RIGHT_CODE = "5EC4E7-RIGHT"
    }

    private val texts = ConcurrentLinkedQueue<String>()

    /** Everything that a program might print of something. */
    private fun <T> look(thing: T): T = thing.also { texts += "$it" }

    private suspend fun fail(block: suspend () -> Any?) {
        val error = checkNotNull(runCatching { block() }.exceptionOrNull())
        texts += listOf("$error", "${error.message}", error.localizedMessage, error.stackTraceToString())
    }

    @Test
    fun noTextAndNoLineOfTheLogHoldsASecret() {
        LpaKit.setLogListener({ level, target, line -> texts += "$level $target $line" }, LogLevel.DEBUG)
        val secrets = try {
            Scene(secretiveOptions(IMEI)).use { runBlocking { it.story() } }
        } finally {
            LpaKit.setLogListener(null)
        }
        assertTrue("${texts.size}", texts.size > 60)
        assertTrue("the log was heard", texts.any { it.startsWith("DEBUG lpakit") })
        assertTrue(secrets.toString(), secrets.all { it.length >= 7 })
        for (secret in secrets) {
            val found = texts.filter { secret.lowercase() in it.lowercase() }
            assertTrue("$secret is in $found", found.isEmpty())
        }
    }

    /** A life with everything in it; the secrets of it. */
    private suspend fun Scene.story(): List<String> {
        val eid = look(lpa.eid())
        look(lpa.euiccs())
        look(lpa.chip())
        val shared = lpa.shareText(Imei(IMEI))
        val digits = shared.filter { it.isDigit() }
        assertTrue(eid.value in digits && IMEI in digits)
        val code = look(lpa.parseActivationCode(stage.act("order code=$RIGHT_CODE name=Secret")))
        val token = look(code.matchingId)
        look(ProfileSource.Code(code))
        val offer = look(lpa.authenticate(code))
        look(offer.profile)
        fail { offer.accept(Answers(emptySet())) }
        fail { lpa.authenticate(code) }
        val wrong = offer.accept(look(Answers(offer.needs, ConfirmationCode(WRONG_CODE)))).outcome()
        val refused = look(wrong) as InstallOutcome.ConfirmationCodeRefused
        val again = refused.offer
        texts += listOf("${refused.error}", refused.error.stackTraceToString())
        val task = look(again.accept(Answers(again.needs, ConfirmationCode(RIGHT_CODE))))
        look(task.progress.toList())
        val installed = look(task.outcome()) as InstallOutcome.Installed
        look(task.state)
        val iccid = installed.profile.iccid
        look(lpa.profiles())
        look(lpa.profile(iccid))
        look(lpa.enable(iccid))
        fail { lpa.enable(iccid) }
        fail { lpa.delete(iccid) }
        look(lpa.notifications())
        stage.act("server stop")
        look(lpa.sendNotifications())
        look(lpa.notifications())
        fail { lpa.authenticate(code) }
        stage.act("server start")
        look(lpa.sendNotifications())
        fail { lpa.authenticate(code) }
        fail { lpa.parseActivationCode("LPA:7$${token.value}$${token.value}") }
        fail { LpaKit.open("imei", stage.card(), secretiveOptions("$IMEI$IMEI")) }
        stage.act("order smds")
        look(look(lpa.discover()).plans)
        look(lpa.hints())
        look(lpa.deliveryMemory())
        look(lpa.statistics())
        look(secretiveOptions(IMEI))
        look(secretiveOptions(IMEI).device)
        stage.act("card pull")
        fail { lpa.profiles() }
        look(lpa)
        lpa.closeAndJoin()
        fail { lpa.profiles() }
        return listOf(eid.value, iccid.value, token.value, RIGHT_CODE, WRONG_CODE, IMEI)
    }

    @Test
    fun theTextOfAValueHidesIt() {
        val digits = "1234567"
        val values = listOf(Eid(digits), Iccid(digits), Imei(digits), MatchingId(digits), ConfirmationCode(digits))
        for (value in values) {
            assertEquals("${value.javaClass.simpleName}(…)", "$value")
            assertEquals("1234567", value.value)
            assertFalse("1234567" in "${listOf(value)}")
        }
        assertEquals(values.size, values.toSet().size)
        assertEquals(Eid("1"), Eid("1"))
    }
}
