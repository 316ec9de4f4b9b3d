package io.github.lpakit.android.install

import android.telephony.euicc.EuiccManager
import io.github.lpakit.PlanState
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** Switching, deleting and naming what the operator lets the app manage. */
@RunWith(RobolectricTestRunner::class)
class ManageTest {
    private val phone = TestPhone().apply {
        system.callerManagesCard = true
        system.subscriptions[3] = "8900"
        system.ports = 2
        sees(3)
    }

    @After
    fun close() = phone.close()

    @Test
    fun switching() {
        phone.run { phone.installer().switchTo(3) }
        assertEquals("switch 8900 port null force false", phone.lpa.log.last())
        phone.run { phone.installer().switchTo(3, port = 0) }
        val port = if (TestPhone.hasPorts) 0 else null
        assertEquals("switch 8900 port $port force false", phone.lpa.log.last())
        phone.run { phone.installer().switchOff() }
        assertEquals("switch null port $port force false", phone.lpa.log.last())
        assertTrue(phone.questions.isEmpty())
    }

    @Test
    fun portsThatAreNotThere() {
        for (port in listOf(-1, 2, Int.MAX_VALUE)) {
            val failure = phone.failure { phone.installer().switchTo(3, port) }
            assertEquals("os.no_such_port", failure.key)
            assertEquals(PlanState.NOT_CONCERNED, failure.plan)
        }
        if (TestPhone.hasPorts) {
            phone.run { phone.installer().switchTo(3, port = 1) }
            assertEquals("switch 8900 port 1 force false", phone.lpa.log.single())
        } else {
            phone.assertFails("os.no_such_port") { phone.installer().switchTo(3, port = 1) }
        }
    }

    @Test
    fun thePersonIsAsked() {
        phone.system.callerManagesCard = false
        phone.run { phone.installer().switchTo(3) }
        assertEquals(listOf("RESOLVE_NO_PRIVILEGES"), phone.questions)
        assertEquals("switch 8900 port null force true", phone.lpa.log.single())
        phone.person = { it.decline() }
        val failure = phone.failure { phone.installer().switchTo(3) }
        assertEquals("cancelled.by_user" to PlanState.NOT_CONCERNED, failure.key to failure.plan)
        assertEquals(1, phone.lpa.log.size)
    }

    @Test
    fun portsAreForOperatorsApps() {
        phone.system.callerManagesCard = false
        if (!TestPhone.hasPorts) return
        val failure = phone.failure { phone.installer().switchTo(3, port = 0) }
        assertEquals("os.no_privilege" to PlanState.NOT_CONCERNED, failure.key to failure.plan)
    }

    @Test
    fun deletingAndNaming() {
        phone.run { phone.installer().rename(3, "Holiday") }
        phone.run { phone.installer().delete(3) }
        assertEquals(listOf("rename 8900 Holiday", "delete 8900"), phone.lpa.log)
    }

    @Test
    fun plansThatAreNotThereOrNotTheApps() {
        phone.assertFails("os.no_such_subscription") { phone.installer().switchTo(99) }
        phone.assertFails("os.no_such_subscription") { phone.installer().delete(99) }
        phone.system.subscriptions.clear()
        phone.assertFails("os.no_privilege") { phone.installer().rename(3, "Holiday") }
    }

    @Test
    fun whatTheLpaRefuses() {
        phone.lpa.result = EuiccManager.OPERATION_SWITCH shl 24 or EuiccManager.ERROR_DISALLOWED_BY_PPR
        val failure = phone.failure { phone.installer().switchTo(3) }
        assertEquals("card.switch.policy" to PlanState.NOT_CONCERNED, failure.key to failure.plan)
        phone.system.setEnabled(false)
        val shut = phone.failure { phone.installer().delete(3) }
        assertEquals("os.no_esim" to PlanState.NOT_CONCERNED, shut.key to shut.plan)
    }

    @Test
    fun nothingOfItIsRemembered() {
        phone.run { phone.installer().switchTo(3) }
        assertTrue(phone.run { phone.installer().requests() }.isEmpty())
    }
}
