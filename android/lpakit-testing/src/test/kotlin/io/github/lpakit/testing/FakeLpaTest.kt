package io.github.lpakit.testing

import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallState
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.Need
import io.github.lpakit.NotificationEvent
import io.github.lpakit.Phase
import io.github.lpakit.ProfileSource
import io.github.lpakit.RejectReason
import io.github.lpakit.ReportState
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

/** The tests of this module run without JNA on the class path, so nothing native can be loaded. */
class FakeLpaTest {
    private val fake = FakeLpa()
    private val lpa: Lpa = fake

    private fun code(token: String) = lpa.parseActivationCode("LPA:1\$smdp.example\$$token")

    private fun failing(block: suspend () -> Unit): LpaException =
        assertThrows(LpaException::class.java) { runBlocking { block() } }

    @Test
    fun aPlanIsInstalledSwitchedAndDeleted(): Unit = runBlocking {
        fake.plans["TOKEN"] = FakePlan(report = ReportState.QUEUED)
        val offer = lpa.authenticate(code("TOKEN"))
        assertEquals("Travel 5 GB", offer.profile.profileName)
        assertEquals("busy.offer_open", failing { lpa.authenticate(code("TOKEN")) }.key)
        val outcome = offer.accept(Answers(offer.needs)).outcome() as InstallOutcome.Installed
        assertEquals("input.offer_used", failing { offer.accept(Answers(offer.needs)) }.key)
        val id = outcome.profile.iccid
        assertTrue(lpa.enable(id).isEnabled)
        assertEquals("card.delete.enabled", failing { lpa.delete(id) }.key)
        assertFalse(lpa.disable(id).isEnabled)
        lpa.rename(id, "Holiday")
        assertEquals("Holiday", lpa.profiles().single().displayName)
        lpa.delete(id)
        assertEquals("card.switch.not_found", failing { lpa.enable(id) }.key)
        val told = lpa.notifications().flatMap { it.events }
        assertEquals(NotificationEvent.entries.filterNot { it == NotificationEvent.OTHER }, told)
        assertEquals(4, lpa.sendNotifications().delivered.size)
    }

    @Test
    fun aWrongConfirmationCodeGivesAFreshOffer(): Unit = runBlocking {
        fake.plans["TOKEN"] = FakePlan(confirmationCode = ConfirmationCode("1234"))
        val offer = lpa.authenticate(code("TOKEN"))
        assertTrue(Need.CONFIRMATION_CODE in offer.needs)
        assertEquals("input.confirmation_code_missing", failing { offer.accept(Answers(setOf(Need.CONSENT))) }.key)
        assertEquals("input.consent_missing", failing { offer.accept(Answers(emptySet())) }.key)
        val wrong = offer.accept(Answers(offer.needs, ConfirmationCode("9999"))).outcome()
        val again = (wrong as InstallOutcome.ConfirmationCodeRefused).offer
        val right = again.accept(Answers(again.needs, ConfirmationCode("1234"))).outcome()
        assertTrue(right is InstallOutcome.Installed)
    }

    @Test
    fun anInstallationThatWaitsIsMovedByTheTest(): Unit = runBlocking {
        fake.defaultPlan = FakePlan(waits = true)
        val task = lpa.authenticate(ProfileSource.DefaultServer).accept(Answers(setOf(Need.CONSENT)))
        val seen = async(start = CoroutineStart.UNDISPATCHED) { task.progress.toList() }
        val fakeTask = checkNotNull(fake.newestTask)
        fakeTask.step()
        assertEquals(Phase.PREPARING, (task.state as InstallState.Running).progress.phase)
        fakeTask.run()
        assertTrue(task.outcome() is InstallOutcome.Installed)
        assertEquals(Phase.FINISHED, seen.await().last().phase)
        assertEquals(task, lpa.installTask(task.id))
    }

    @Test
    fun cancellingCountsUntilTheCardIsWritten(): Unit = runBlocking {
        fake.waitingPlans += FakePlan(waits = true)
        suspend fun begin(): FakeInstallTask {
            val plan = lpa.discover().plans.single()
            lpa.authenticate(ProfileSource.Event(plan)).accept(Answers(setOf(Need.CONSENT)))
            return checkNotNull(fake.newestTask)
        }
        val early = begin()
        early.step()
        early.cancel()
        assertEquals("cancelled.by_user", failing { early.outcome() }.key)
        val late = begin()
        repeat(3) { late.step() }
        late.cancel()
        late.run()
        assertTrue((late.outcome() as InstallOutcome.Installed).profile.wasCancelRequested)
    }

    @Test
    fun whateverIsAskedCanFailAndWait(): Unit = runBlocking {
        fake.fail(FakeOperation.PROFILES, FakeErrors.unknownCode())
        assertEquals("server.refused.8.2.6/3.8", failing { lpa.profiles() }.key)
        assertTrue(lpa.profiles().isEmpty())
        fake.hold(FakeOperation.EID)
        val eid = async(start = CoroutineStart.UNDISPATCHED) { lpa.eid() }
        assertFalse(eid.isCompleted)
        fake.release(FakeOperation.EID)
        assertEquals(32, eid.await().value.length)
        fake.plans["TOKEN"] = FakePlan(failure = FakeErrors.profileNotFound())
        val task = lpa.authenticate(code("TOKEN")).accept(Answers(setOf(Need.CONSENT)))
        assertEquals("card.switch.not_found", failing { task.outcome() }.key)
        launch { task.outcome() }.cancel()
    }

    @Test
    fun aClosedOneSaysSoAndAnOpenOfferIsPostponed(): Unit = runBlocking {
        fake.plans["TOKEN"] = FakePlan()
        val offer = lpa.authenticate(code("TOKEN")) as FakeOffer
        lpa.close()
        assertEquals(RejectReason.LATER, offer.rejected)
        val error = failing { lpa.profiles() }
        assertEquals("closed", error.key)
        assertEquals("The eSIM functions of this app have been shut down.", error.message)
    }

    @Test
    fun nothingNativeIsLoaded() {
        assertThrows(ClassNotFoundException::class.java) { Class.forName("com.sun.jna.Native") }
        assertFalse(LpaKit.isLoaded)
        assertEquals("LpaException: key", "LpaException: " + LpaException(FakeErrors.closed().kind, "key").message)
    }
}
