package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.ErrorKind
import io.github.lpakit.Iccid
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.MemoryReset
import io.github.lpakit.ProfileSource
import io.github.lpakit.sandbox.SandboxException
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.async
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.Locale

class CloseTest {
    @Test
    fun whatIsAskedOfAClosedLpaIsTheTypedError() = scene {
        lpa.eid()
        lpa.close()
        lpa.close()
        lpa.closeAndJoin()
        val id = Iccid("8944000000000000009")
        val calls = listOf<suspend () -> Any?>(
            { lpa.euiccs() },
            { lpa.euicc("A0000005591010FFFFFFFF8900000100") },
            { lpa.eid() },
            { lpa.chip() },
            { lpa.shareText() },
            { lpa.setDefaultAddress("") },
            { lpa.parseActivationCode("LPA:1\$a.example\$B") },
            { lpa.profiles() },
            { lpa.profile(id) },
            { lpa.enable(id) },
            { lpa.disable(id) },
            { lpa.delete(id) },
            { lpa.rename(id, "") },
            { lpa.resetMemory(MemoryReset(true)) },
            { lpa.discover() },
            { lpa.authenticate(ProfileSource.DefaultServer) },
            { lpa.openOffer() },
            { lpa.installTask(1) },
            { lpa.installTasks() },
            { lpa.notifications() },
            { lpa.sendNotifications() },
            { lpa.removeNotification(1) },
            { lpa.deliverSoon() },
            { lpa.deliveryMemory() },
            { lpa.hints() },
            { lpa.releaseCard() },
            { lpa.statistics() },
        )
        for ((at, call) in calls.withIndex()) {
            val error = failing { call() }
            val told = "${error.key} ${error.kind} ${error.plan} ${error.advice}"
            assertEquals("call $at", "closed CLOSED NOT_CONCERNED NOTHING", told)
            val text = error.explanation(listOf(Locale.ENGLISH)).text
            assertEquals("The eSIM functions of this app have been shut down.", text)
        }
        assertEquals(cardId, lpa.cardId)
    }

    @Test
    fun closingEndsWhatIsUnderWay() = scene {
        val offer = offer()
        stage.act("hold net getBoundProfilePackage")
        val task = offer.accept(Answers(offer.needs))
        stage.act("wait held")
        val outcome = async { runCatching { task.outcome() } }
        lpa.close()
        stage.act("release")
        val error = outcome.await().exceptionOrNull() as LpaException
        assertEquals(ErrorKind.CLOSED, error.kind)
        assertEquals("profiles=[] notifications=[] session=none default_server=set", stage.act("state card"))
    }

    @Test
    fun closingWaitsForALoadThatHasBegun() = scene {
        val offer = offer()
        stage.act("hold card LoadBoundProfilePackage+5")
        val task = offer.accept(Answers(offer.needs))
        stage.act("wait held")
        lpa.close()
        stage.act("release")
        assertTrue(task.outcome() is InstallOutcome.Installed)
    }

    @Test
    fun aClosedCardIsOpenedAnew() = scene {
        install()
        lpa.close()
        LpaKit.open(cardId, stage.card(), stage.options()).use { again ->
            assertEquals(1, again.profiles().size)
            again.closeAndJoin()
        }
    }

    @Test
    fun useGivesTheCardBackWhateverHappens() = scene {
        val thrown = runCatching { lpa.use { error("not today") } }.exceptionOrNull()
        assertEquals("not today", thrown?.message)
        assertEquals(ErrorKind.CLOSED, failing { lpa.eid() }.kind)
    }

    @Test
    fun aBreakdownOfTheLibraryIsAnErrorAndItLives() = scene {
        assertThrows(SandboxException::class.java) { Stage.breakDown() }
        assertEquals(0, lpa.profiles().size)
    }
}
