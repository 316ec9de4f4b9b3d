package io.github.lpakit.android.install

import android.app.PendingIntent
import android.os.Build
import android.os.Looper
import android.os.Process
import android.os.UserManager
import android.service.euicc.EuiccService
import io.github.lpakit.ActivationCode
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.PlanState
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** What an app meets that has the phone's LPA install a plan. */
@RunWith(RobolectricTestRunner::class)
class InstallTest {
    private val phone = TestPhone()
    private val request = InstallRequest(ActivationCode.parse("1\$smdp.example.com\$TOKEN-1"), CodeSource.SCANNED)

    @After
    fun close() = phone.close()

    @Test
    fun thePersonAgreesAndThePlanIsThere() {
        val outcome = phone.run { phone.installer().install(request) }
        assertEquals(EsimOutcome(request.id, TestPhone.NEW_SUBSCRIPTION, "Sandbox Mobile"), outcome)
        assertEquals(listOf("RESOLVE_NO_PRIVILEGES"), phone.questions)
        assertEquals("1\$smdp.example.com\$TOKEN-1", phone.lpa.orders.single().subscription.getEncodedActivationCode())
        assertTrue(phone.screens.all { it.get().isFinishing })
        assertEquals(mapOf(request.id to RequestState.INSTALLED), phone.run { phone.installer().requests() })
    }

    @Test
    fun anOperatorsAppIsNotAsked() {
        phone.system.callerManagesCard = true
        phone.run { phone.installer().install(request.with(switchesAfterwards = true)) }
        assertEquals(emptyList<String>(), phone.questions)
        assertTrue(phone.lpa.orders.single().switchAfterwards)
    }

    @Test
    fun anotherSimHasToBeSwitchedOff() {
        phone.system.callerManagesCard = true
        phone.lpa.looks += EuiccService.RESULT_MUST_DEACTIVATE_SIM
        phone.run { phone.installer().install(request) }
        assertEquals(listOf("RESOLVE_DEACTIVATE_SIM"), phone.questions)
        assertTrue(phone.lpa.orders.single().mayDeactivateSim)
    }

    @Test
    fun thePersonKeepsTheOtherSim() {
        phone.system.callerManagesCard = true
        phone.lpa.looks += EuiccService.RESULT_MUST_DEACTIVATE_SIM
        phone.person = { it.decline() }
        phone.assertFails("cancelled.by_user") { phone.installer().install(request) }
        assertTrue(phone.lpa.orders.isEmpty())
    }

    @Test
    fun theSystemAsksForTheConfirmationCodeUntilItIsRight() {
        phone.lpa.errors = if (Build.VERSION.SDK_INT < 29) 0 else EuiccService.RESOLVABLE_ERROR_CONFIRMATION_CODE
        repeat(3) {
            phone.lpa.downloads += { if (it.subscription.confirmationCode == "4321") OK else RESOLVABLE }
        }
        val codes = ArrayDeque(listOf("1234", "4321"))
        val retries = ArrayList<Boolean>()
        phone.person = {
            if (it.action == EuiccService.ACTION_RESOLVE_NO_PRIVILEGES) it.agree() else {
                retries += it.intent.getBooleanExtra(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE_RETRIED, false)
                it.confirm(codes.removeFirst())
            }
        }
        phone.run { phone.installer().install(request) }
        assertEquals(listOf(false, true), retries)
        assertEquals(listOf(null, "1234", "4321"), phone.lpa.orders.map { it.subscription.confirmationCode })
        // Android asks for consent again after each code, for it keeps nothing of what was said.
        assertEquals(3, phone.questions.count { it == "RESOLVE_NO_PRIVILEGES" })
    }

    @Test
    fun theAppGivesTheConfirmationCode() {
        phone.system.callerManagesCard = true
        phone.run { phone.installer().install(request.with(confirmationCode = ConfirmationCode("4321"))) }
        val expected = if (Build.VERSION.SDK_INT >= 31) "4321" else null
        assertEquals(expected, phone.lpa.orders.single().subscription.confirmationCode)
    }

    @Test
    fun noConfirmationCodeNoPlan() {
        phone.system.callerManagesCard = true
        phone.lpa.downloads += { RESOLVABLE }
        phone.person = { it.decline() }
        phone.assertFails("cancelled.by_user") { phone.installer().install(request) }
    }

    @Test
    fun thePlansRulesAreAllowed() {
        phone.system.callerIsSystem = true
        phone.lpa.errors = EuiccService.RESOLVABLE_ERROR_POLICY_RULES
        phone.lpa.downloads += { RESOLVABLE }
        phone.person = { it.confirm(null, allowsRules = true) }
        phone.run { phone.installer().install(request) }
        val told = phone.lpa.orders.last().answers
        assertTrue(told.getBoolean(EuiccService.EXTRA_RESOLUTION_ALLOW_POLICY_RULES))
    }

    @Test
    fun aSystemThatAsksTheSameForEverIsLeft() {
        phone.lpa.errors = EuiccService.RESOLVABLE_ERROR_POLICY_RULES
        repeat(40) { phone.lpa.downloads += { RESOLVABLE } }
        phone.person = {
            if (it.errors == 0) it.agree() else it.confirm(null, allowsRules = true)
        }
        phone.assertFails("os.failed") { phone.installer().install(request) }
        assertEquals(8, phone.questions.size)
    }

    @Test
    fun thePersonDoesNotWantIt() {
        phone.person = { it.decline() }
        val failure = phone.failure { phone.installer().install(request) }
        assertEquals("cancelled.by_user", failure.key)
        assertEquals(PlanState.STILL_VALID, failure.plan)
        assertTrue(phone.lpa.orders.isEmpty())
        phone.assertFails("cancelled.by_user") { phone.installer().resume(request.id) }
    }

    @Test
    fun thePlanDoesNotListTheApp() {
        phone.lpa.rules = emptyList()
        phone.assertFails("os.no_privilege") { phone.installer().install(request) }
        phone.assertFails("os.no_privilege") { phone.installer().resume(request.id) }
    }

    @Test
    fun thereIsNoEsim() {
        phone.system.setEnabled(false)
        assertFalse(phone.run { phone.installer().isAvailable() })
        phone.assertFails("os.no_esim") { phone.installer().install(request) }
        assertTrue(phone.run { phone.installer().requests() }.isEmpty())
    }

    @Test
    @Suppress("DEPRECATION")
    fun theOwnerOfThePhoneForbidsIt() {
        val user = phone.app.getSystemService(UserManager::class.java)
        shadowOf(user).setUserRestriction(Process.myUserHandle(), "no_sim_globally", true)
        phone.assertFails("os.no_privilege") { phone.installer().install(request) }
        assertTrue(phone.system.callbacks.isEmpty())
    }

    @Test
    fun theSystemThrows() {
        for ((thrown, key) in mapOf(
            SecurityException("no") to "os.permission",
            UnsupportedOperationException("no such feature") to "os.no_esim",
            IllegalStateException("the phone's process has died") to "os.failed",
        )) {
            phone.system.refusal = thrown
            phone.assertFails(key) { phone.installer().install(request) }
            assertTrue(phone.run { phone.installer().requests() }.isEmpty())
        }
    }

    @Test
    fun theWayBackIsMutableExplicitAndOfItsOwn() {
        phone.lpa.downloads += { RESOLVABLE }
        phone.person = {
            if (it.action == EuiccService.ACTION_RESOLVE_NO_PRIVILEGES) it.agree() else it.confirm("1")
        }
        phone.run { phone.installer().install(request) }
        val waysBack = phone.system.callbacks.map { shadowOf(it) }
        assertTrue(waysBack.size > 3)
        assertEquals(waysBack.size, waysBack.map { it.requestCode }.toSet().size)
        assertEquals(waysBack.size, waysBack.map { it.savedIntent.data }.toSet().size)
        for (wayBack in waysBack) {
            assertTrue(wayBack.isBroadcast)
            assertEquals(phone.app.packageName, wayBack.savedIntent.component?.packageName)
            assertNotEquals(0, wayBack.flags and PendingIntent.FLAG_ONE_SHOT)
            if (Build.VERSION.SDK_INT >= 31) assertNotEquals(0, wayBack.flags and PendingIntent.FLAG_MUTABLE)
        }
    }

    @Test
    fun theMainThreadAsksNobody() {
        phone.run { phone.installer().install(request) }
        phone.system.subscriptions[3] = "8900"
        phone.run { phone.installer().switchTo(3) }
        val fromApp = phone.system.calls.filter { it.first != "continueOperation" }
        assertTrue(fromApp.isNotEmpty())
        assertTrue(fromApp.none { it.second == Looper.getMainLooper().thread })
    }

    @Test
    fun oneAtATime() {
        phone.system.isSilent = true
        val first = phone.begin { phone.installer().install(request) }
        phone.live { phone.system.callbacks.isNotEmpty() }
        val other = InstallRequest(request.code, CodeSource.TYPED)
        phone.assertFails("os.busy") { phone.installer().install(other) }
        phone.assertFails("os.busy") { phone.installer().switchTo(3) }
        first.job.cancel()
        phone.live { first.job.isCompleted }
        phone.system.isSilent = false
        phone.run { phone.installer().install(other) }
    }

    private companion object {
        const val OK = EuiccService.RESULT_OK
        const val RESOLVABLE = EuiccService.RESULT_RESOLVABLE_ERRORS
    }
}
