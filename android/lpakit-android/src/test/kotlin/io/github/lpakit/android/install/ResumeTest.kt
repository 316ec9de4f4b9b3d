package io.github.lpakit.android.install

import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.service.euicc.EuiccService
import android.telephony.euicc.DownloadableSubscription
import io.github.lpakit.ActivationCode
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.PlanState
import io.github.lpakit.android.install.internal.Errands
import io.github.lpakit.android.install.internal.QuestionActivity
import io.github.lpakit.robolectric.euicc.SystemQuestion
import java.io.File
import java.util.concurrent.CountDownLatch
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** What an app learns that was ended, or gave up waiting. */
@RunWith(RobolectricTestRunner::class)
class ResumeTest {
    private val phone = TestPhone()
    private val request = InstallRequest(ActivationCode.parse("1\$smdp.example.com\$TOKEN-1"), CodeSource.APP)
    private val gate = CountDownLatch(1)

    @After
    fun close() {
        gate.countDown()
        phone.close()
    }

    /** Begins, and ends the app while the LPA downloads. */
    private fun killedWhileDownloading(result: Int = EuiccService.RESULT_OK) {
        phone.lpa.downloads += {
            gate.await()
            result
        }
        val running = phone.begin { phone.installer().install(request) }
        phone.live { phone.lpa.orders.isNotEmpty() }
        phone.kill(running)
    }

    /** The LPA ends what it is at, and its answer arrives. */
    private fun goOn() {
        gate.countDown()
        phone.system.settle()
    }

    private fun state(): RequestState? = phone.run { phone.installer().requests() }[request.id]

    @Test
    fun theAnswerCameWhileTheAppWasDead() {
        killedWhileDownloading()
        assertEquals(RequestState.UNDER_WAY, state())
        goOn()
        phone.live { state() == RequestState.INSTALLED }
        val outcome = phone.run { phone.installer().resume(request.id) }
        assertEquals(TestPhone.NEW_SUBSCRIPTION, outcome.subscriptionId)
    }

    @Test
    fun theFailureCameWhileTheAppWasDead() {
        killedWhileDownloading(0xA8B1051)
        goOn()
        phone.live { state() == RequestState.FAILED }
        val failure = phone.failure { phone.installer().resume(request.id) }
        assertTrue(failure.key, failure.key.startsWith("server.refused.8.11.1/5.1"))
    }

    @Test
    fun noAnswerButThePlanIsThere() {
        phone.system.isSilent = false
        killedWhileDownloading()
        phone.sees(3, TestPhone.NEW_SUBSCRIPTION)
        phone.system.isSilent = true
        goOn()
        assertNotNull(phone.run { phone.installer().resume(request.id) }.subscriptionId)
    }

    @Test
    fun noAnswerAndNothingToSee() {
        phone.system.onDownloaded = {}
        killedWhileDownloading()
        phone.system.isSilent = true
        goOn()
        val failure = phone.failure { phone.installer().resume(request.id) }
        assertEquals("os.unknown", failure.key)
        assertEquals(PlanState.UNKNOWN, failure.plan)
    }

    @Test
    fun aQuestionCameWhileTheAppWasDead() {
        phone.system.callerManagesCard = true
        killedWhileDownloading(EuiccService.RESULT_MUST_DEACTIVATE_SIM)
        goOn()
        phone.live { state() == RequestState.UNANSWERED }
        // The process that the answer woke still lives when the person opens the app.
        assertEquals(request.id, phone.run { phone.installer().resume(request.id) }.requestId)
        assertEquals(listOf("RESOLVE_DEACTIVATE_SIM"), phone.questions)
    }

    @Test
    fun aQuestionCameAndTheAppWasEndedAgain() {
        phone.system.callerManagesCard = true
        killedWhileDownloading(EuiccService.RESULT_MUST_DEACTIVATE_SIM)
        goOn()
        phone.live { state() == RequestState.UNANSWERED }
        Errands.forgetAll()
        val failure = phone.failure { phone.installer().resume(request.id) }
        assertEquals("os.no_screen", failure.key)
        assertEquals(PlanState.STILL_VALID, failure.plan)
    }

    @Test
    fun whoHasPatienceHearsTheAnswer() {
        killedWhileDownloading()
        val waiting = phone.begin { phone.installer().resume(request.id, TestPhone.LONG) }
        goOn()
        assertEquals(TestPhone.NEW_SUBSCRIPTION, waiting.result().subscriptionId)
    }

    @Test
    fun theAppWasEndedWhileTheSystemAsked() {
        var asked: SystemQuestion? = null
        phone.person = { asked = it }
        val running = phone.begin { phone.installer().install(request) }
        phone.live { asked != null }
        phone.kill(running)
        // Whether the person says yes is not known here.
        phone.assertFails("os.unknown") { phone.installer().resume(request.id) }
        // Android makes the activity anew that lies below the system's screen.
        val again = Robolectric.buildActivity(QuestionActivity::class.java).create(Bundle()).start().resume().get()
        assertFalse(again.isFinishing)
        assertNull(SystemQuestion.of(again))
        asked!!.agree()
        phone.live { state() == RequestState.INSTALLED }
        assertEquals(1, phone.lpa.orders.size)
    }

    @Test
    fun aRequestThatNobodyKnows() {
        phone.assertFails("os.unknown") { phone.installer().resume("nobody") }
        phone.run { phone.installer().install(request) }
        phone.run { phone.installer().forget(request.id) }
        phone.assertFails("os.unknown") { phone.installer().resume(request.id) }
        assertNull(state())
    }

    @Test
    fun whoResumesWaitsForWhatIsUnderWay() {
        phone.lpa.downloads += {
            gate.await()
            EuiccService.RESULT_OK
        }
        val first = phone.begin { phone.installer().install(request) }
        phone.live { phone.lpa.orders.isNotEmpty() }
        val second = phone.begin { phone.installer().resume(request.id) }
        gate.countDown()
        assertEquals(first.result(), second.result())
    }

    @Test
    fun theSystemNeverCallsBackAndThenItDoes() {
        phone.lpa.downloads += {
            gate.await()
            EuiccService.RESULT_OK
        }
        phone.system.callerManagesCard = true
        val failure = phone.failure { phone.installer(answerLimit = TestPhone.SHORT).install(request) }
        assertEquals("os.no_answer", failure.key)
        assertEquals(PlanState.UNKNOWN, failure.plan)
        phone.assertFails("os.unknown") { phone.installer().resume(request.id) }
        goOn()
        phone.live { state() == RequestState.INSTALLED }
        assertEquals(request.id, phone.run { phone.installer().resume(request.id) }.requestId)
    }

    @Test
    fun nobodySeesTheApp() {
        phone.isOnScreen = false
        phone.assertFails("os.no_screen") { phone.installer(screenLimit = TestPhone.SHORT).install(request) }
        phone.assertFails("os.no_screen") { phone.installer(screenLimit = TestPhone.SHORT).resume(request.id) }
        // Android starts the activity after all, when it is no longer wanted.
        val late = Robolectric.buildActivity(QuestionActivity::class.java, Intent()).setup().get()
        assertTrue(late.isFinishing)
        assertNull(SystemQuestion.of(late))
        phone.isOnScreen = true
        assertEquals(request.id, phone.run { phone.installer().resume(request.id) }.requestId)
        assertEquals(1, phone.lpa.orders.size)
    }

    @Test
    fun whoIsCancelledTakesTheQuestionFromTheScreen() {
        var asked: SystemQuestion? = null
        phone.person = { asked = it }
        val running = phone.begin { phone.installer().install(request) }
        phone.live { asked != null }
        running.job.cancel()
        phone.live { phone.screens.single().get().isFinishing }
        assertTrue(phone.lpa.orders.isEmpty())
        phone.person = { it.agree() }
        phone.run { phone.installer().install(InstallRequest(request.code, CodeSource.APP)) }
    }

    @Test
    fun aScreenThatIsTurnedAsksOnce() {
        var asked: SystemQuestion? = null
        phone.person = { asked = it }
        val running = phone.begin { phone.installer().install(request) }
        phone.live { asked != null }
        val turned = phone.screens.single().recreate()
        assertFalse(turned.get().isFinishing)
        assertNull(SystemQuestion.of(turned.get()))
        asked!!.goOn(Bundle().apply { putBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT, true) })
        running.result()
    }

    @Test
    fun answersThatComeTwiceCountOnce() {
        phone.system.echoes = 2
        phone.run { phone.installer().install(request) }
        assertEquals(1, phone.lpa.orders.size)
        // Word of an earlier step, and of the last one with another result, after all is said.
        for (wayBack in phone.system.callbacks) {
            val again = Intent(shadowOf(wayBack).savedIntent)
            phone.app.sendOrderedBroadcast(again, null, null, null, RESOLVABLE, null, null)
            phone.app.sendOrderedBroadcast(again, null, null, null, FAILED, null, null)
        }
        phone.live { true }
        assertEquals(RequestState.INSTALLED, state())
        phone.run { phone.installer().install(InstallRequest(request.code, CodeSource.APP)) }
    }

    @Test
    fun theSameIsAskedForTwice() {
        phone.person = { it.decline() }
        phone.assertFails("cancelled.by_user") { phone.installer().install(request) }
        val old = phone.system.callbacks.map { Intent(shadowOf(it).savedIntent) }
        phone.lpa.downloads += {
            gate.await()
            EuiccService.RESULT_OK
        }
        phone.person = { it.agree() }
        val again = phone.begin { phone.installer().install(request) }
        phone.live { phone.lpa.orders.isNotEmpty() }
        // What the first try has still to say is not taken for an answer to the second.
        for (late in old) phone.app.sendOrderedBroadcast(late, null, null, null, FAILED, null, null)
        phone.live { true }
        assertEquals(RequestState.UNDER_WAY, state())
        gate.countDown()
        assertEquals(request.id, again.result().requestId)
    }

    @Test
    fun aQuestionWithoutAWayToAnswerIt() {
        phone.system.isSilent = true
        val running = phone.begin { phone.installer().install(request) }
        phone.live { phone.system.callbacks.isNotEmpty() }
        val empty = Intent(shadowOf(phone.system.callbacks.single()).savedIntent)
        phone.app.sendOrderedBroadcast(empty, null, null, null, RESOLVABLE, null, null)
        assertEquals("os.incomplete_answer", running.failure().key)
    }

    @Test
    fun theSystemInstalledAnotherPlan() {
        phone.system.callerIsSystem = true
        phone.system.isSilent = true
        val running = phone.begin { phone.installer().install(request) }
        phone.live { phone.system.callbacks.isNotEmpty() }
        val other = DownloadableSubscription.forActivationCode("1\$smdp.example.com\$ANOTHER")
        val told = Intent(shadowOf(phone.system.callbacks.single()).savedIntent)
            .putExtra("android.telephony.euicc.extra.EMBEDDED_SUBSCRIPTION_DOWNLOADABLE_SUBSCRIPTION", other)
        phone.app.sendOrderedBroadcast(told, null, null, null, 0, null, null)
        assertEquals("os.unknown", running.failure().key)
        phone.assertFails("os.unknown") { phone.installer().resume(request.id) }
    }

    @Test
    fun theNewestAreRememberedAndNoSecret() {
        phone.system.callerManagesCard = true
        val requests = (1..18).map { request.code }.map {
            InstallRequest(it, CodeSource.APP, confirmationCode = ConfirmationCode("90817263"))
        }
        requests.forEach { each -> phone.run { phone.installer().install(each) } }
        assertEquals(requests.takeLast(16).map { it.id }, phone.run { phone.installer().requests() }.keys.toList())
        val kept = phone.app.getSharedPreferences("io.github.lpakit.install", Context.MODE_PRIVATE).all.toString()
        val files = File(phone.app.dataDir, "shared_prefs").listFiles().orEmpty().joinToString { it.readText() }
        for (secret in listOf("TOKEN-1", "smdp.example.com", "90817263")) {
            assertFalse(kept.contains(secret))
            assertFalse(files.contains(secret))
            assertFalse(requests.first().toString().contains(secret))
        }
    }

    private companion object {
        const val RESOLVABLE = 1
        const val FAILED = 2
    }
}
