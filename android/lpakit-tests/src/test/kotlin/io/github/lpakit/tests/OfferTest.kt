package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.ErrorKind
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallState
import io.github.lpakit.LpaException
import io.github.lpakit.MatchingId
import io.github.lpakit.Need
import io.github.lpakit.Phase
import io.github.lpakit.PlanState
import io.github.lpakit.ProfileSource
import io.github.lpakit.RejectReason
import io.github.lpakit.testing.FakeActivationCode
import io.github.lpakit.testing.FakePlan
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class OfferTest {
    @Test
    fun anOfferIsAnsweredOnce() = scene {
        val offer = offer()
        assertEquals("input.consent_missing", failing { offer.accept(Answers(emptySet())) }.key)
        assertTrue(offer.isOpen)
        val task = offer.accept(Answers(offer.needs))
        assertFalse(offer.isOpen)
        assertEquals("input.offer_used", failing { offer.accept(Answers(offer.needs)) }.key)
        assertEquals("input.offer_used", failing { offer.reject(RejectReason.LATER) }.key)
        assertTrue(task.outcome() is InstallOutcome.Installed)
        assertTrue("an outcome can be asked for again", task.outcome() is InstallOutcome.Installed)
    }

    @Test
    fun anOfferThatExpiredSaysSo() = scene {
        val offer = offer()
        stage.act("clock until 300s")
        stage.act("clock 5m")
        stage.act("wait cancelSession 1")
        assertFalse(offer.isOpen)
        assertEquals("cancelled.offer_expired", failing { offer.accept(Answers(offer.needs)) }.key)
        assertNull(lpa.openOffer())
    }

    @Test
    fun aLostOfferIsFoundAgain() = scene {
        val offer = offer()
        assertEquals("busy.offer_open", failing { offer("order name=Other") }.key)
        val found = checkNotNull(lpa.openOffer())
        assertEquals(offer.profile, found.profile)
        assertEquals(setOf(Need.CONSENT), found.needs)
        assertEquals("smdpplus.sandbox.test", found.server)
        assertTrue(found.accept(Answers(found.needs)).outcome() is InstallOutcome.Installed)
        assertFalse("whoever holds it knows", offer.isOpen)
    }

    @Test
    fun aClosedOfferIsPostponed() = scene {
        offer().close()
        stage.act("wait cancelSession 1")
        assertEquals("orders=[Travel 5 GB:released] received=[] sessions=0", stage.act("state server"))
        val gone = offer("order name=Again")
        gone.close()
        assertFalse(gone.isOpen)
        assertEquals(ErrorKind.CLOSED, failing { gone.accept(Answers(gone.needs)) }.kind)
    }

    @Test
    fun aPlanThatWasNotFoundIsATypedError() = scene {
        assertEquals("input.setting", failing { lpa.authenticate(ProfileSource.Event(FakePlan())) }.key)
        val code = FakeActivationCode("smdpplus.sandbox.test", MatchingId("ORDER-1"))
        stage.act("order")
        lpa.authenticate(code).close()
    }

    @Test
    fun lettingAnOfferGoDoesNotWaitForTheCard() = scene {
        val offer = offer()
        stage.act("hold card 1")
        val list = async { lpa.profiles() }
        stage.act("wait held")
        offer.close()
        stage.act("release")
        assertEquals(0, list.await().size)
        stage.act("wait cancelSession 1")
    }

    @Test
    fun anOfferOutlivesTheOneWhoAskedForIt() = scene {
        val offer = offer("order ppr=1,2")
        assertEquals(setOf(Need.CONSENT, Need.CONSENT_TO_NO_DISABLING, Need.CONSENT_TO_NO_DELETING), offer.needs)
        assertTrue(offer.profile.rules.forbidsDisabling && offer.profile.rules.forbidsDeleting)
        assertEquals(2, offer.profile.rules.inWords(listOf(java.util.Locale.ENGLISH)).size)
        lpa.closeAndJoin()
        assertFalse(offer.isOpen)
        val error = failing { offer.accept(Answers(offer.needs)) }
        assertTrue(error.key, error.kind in setOf(ErrorKind.CLOSED, ErrorKind.CANCELLED, ErrorKind.INPUT))
    }

    @Test
    fun aWrongConfirmationCodeGivesAFreshOffer() = scene {
        val offer = offer("order code=4711")
        assertEquals("input.confirmation_code_missing", failing { offer.accept(Answers(setOf(Need.CONSENT))) }.key)
        assertEquals("confirmation_code.empty", failing { offer.accept(Answers(offer.needs, ConfirmationCode(" "))) }.key)
        val refused = offer.accept(Answers(offer.needs, ConfirmationCode("1234"))).outcome()
        refused as InstallOutcome.ConfirmationCodeRefused
        assertEquals(PlanState.STILL_VALID, refused.error.plan)
        val again = refused.offer.accept(Answers(refused.offer.needs, ConfirmationCode("4711"))).outcome()
        assertTrue(again is InstallOutcome.Installed)
    }

    @Test
    fun progressHasAnyNumberOfListenersAndEnds() = scene {
        val offer = offer("order size=20000")
        stage.act("hold card LoadBoundProfilePackage+10")
        val task = offer.accept(Answers(offer.needs))
        stage.act("wait held")
        val heard = List(3) { CompletableDeferred<Unit>() }
        val listeners = heard.map { async { task.progress.onEach { _ -> it.complete(Unit) }.toList() } }
        heard.awaitAll()
        assertTrue(task.state is InstallState.Running)
        assertEquals(listOf(task.id), lpa.installTasks().map { it.id })
        stage.act("release")
        assertTrue(checkNotNull(lpa.installTask(task.id)).outcome() is InstallOutcome.Installed)
        for (seen in listeners.awaitAll()) {
            assertEquals(seen.toString(), seen.sortedBy { it.phase }.map { it.phase }, seen.map { it.phase })
            assertEquals(seen.toString(), seen.distinct(), seen)
            assertTrue(seen.toString(), seen.any { it.phase == Phase.INSTALLING && it.bytesTotal > 20_000 })
        }
        assertEquals(InstallState.Finished, task.state)
        assertNull(lpa.installTask(task.id + 1))
        assertNull(lpa.installTask(-1))
    }

    @Test
    fun aListenerThatFailsHurtsNobody() = scene {
        val offer = offer()
        val task = offer.accept(Answers(offer.needs))
        val listener = async(start = CoroutineStart.UNDISPATCHED) {
            task.progress.collect { error("not today") }
        }
        assertTrue(task.outcome() is InstallOutcome.Installed)
        assertNotNull(runCatching { listener.await() }.exceptionOrNull())
    }

    @Test
    fun namesThatAreTooLongAndProfilesThatAreNotThereAreTypedErrors() = scene {
        val id = install().iccid
        assertEquals("input.nickname_too_long", failing { lpa.rename(id, "x".repeat(65)) }.key)
        lpa.rename(id, "x".repeat(64))
        assertEquals("x".repeat(64), lpa.profile(id).nickname)
        assertEquals("input.iccid", failing { lpa.enable(io.github.lpakit.Iccid("no digits")) }.key)
        assertEquals("input.iccid", failing { lpa.enable(io.github.lpakit.IsdpAid("A0")) }.key)
        val other = io.github.lpakit.Iccid("8944000000000000009")
        assertEquals("card.switch.not_found", failing { lpa.enable(other) }.key)
        val byAid = checkNotNull(lpa.profile(id).isdpAid)
        assertTrue(lpa.enable(byAid).isEnabled)
        val error: LpaException = failing { lpa.delete(id) }
        assertEquals("card.delete.enabled", error.key)
        lpa.removeNotification(-1)
        lpa.removeNotification(Long.MAX_VALUE)
        assertEquals(1, lpa.notifications().size)
        lpa.removeNotification(lpa.notifications().single().seqNumber)
        assertEquals(0, lpa.notifications().size)
    }
}
