package io.github.lpakit.android.install

import android.Manifest
import android.content.Intent
import android.os.Binder
import android.os.IBinder
import android.os.Parcel
import io.github.lpakit.ActivationCode
import io.github.lpakit.Eid
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** An LPA that asks an operator's app for a code, by the calls that LPAs make. */
@RunWith(RobolectricTestRunner::class)
class ProvisioningTest {
    class Shop : CarrierProvisioningService() {
        val asked = LinkedBlockingQueue<List<Eid?>>()
        var threads = ArrayList<Thread>()
        var behave: (CodeAnswer) -> Unit = {}

        override fun onCodeRequested(eid: Eid?, answer: CodeAnswer) {
            threads += Thread.currentThread()
            asked += listOf(eid)
            behave(answer)
        }
    }

    /** The LPA's end. */
    class Callback : Binder() {
        val answers = LinkedBlockingQueue<String>()

        override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
            data.enforceInterface("android.service.euicc.IGetActivationCodeCallback")
            answers += if (code == 1) "code ${data.readString()}" else "failed"
            return true
        }

        fun next(): String? = answers.poll(10, TimeUnit.SECONDS)
    }

    private val shop = Robolectric.setupService(Shop::class.java)
    private val code = ActivationCode.parse("1\$smdp.example.com\$TOKEN-1")
    private val lpa = Callback()

    private fun bind(action: String = ACTION): IBinder? = shop.onBind(Intent(action))

    private fun allow() {
        shadowOf(shop.application).grantPermissions(Manifest.permission.WRITE_EMBEDDED_SUBSCRIPTIONS)
        shadowOf(shop).grantPermissions(Manifest.permission.WRITE_EMBEDDED_SUBSCRIPTIONS)
    }

    private fun ask(eid: String? = null, callback: IBinder? = lpa, service: String = SERVICE): Parcel {
        val data = Parcel.obtain()
        val reply = Parcel.obtain()
        data.writeInterfaceToken(service)
        if (eid != null) data.writeString(eid)
        data.writeStrongBinder(callback)
        bind()!!.transact(if (eid == null) 1 else 2, data, reply, 0)
        return reply
    }

    @Test
    fun theLpaGetsTheCode() {
        allow()
        shop.behave = { it.give(code) }
        ask().readException()
        assertEquals("code 1\$smdp.example.com\$TOKEN-1", lpa.next())
        assertEquals(listOf(null), shop.asked.poll())
        ask(EID)
        assertEquals("code 1\$smdp.example.com\$TOKEN-1", lpa.next())
        assertEquals(listOf(Eid(EID)), shop.asked.poll())
        shop.threads.forEach { assertNotEquals(Thread.currentThread(), it) }
        assertEquals(SERVICE, bind()!!.interfaceDescriptor)
    }

    @Test
    fun theFirstAnswerCounts() {
        allow()
        shop.behave = {
            it.refuse()
            it.give(code)
        }
        ask()
        assertEquals("failed", lpa.next())
        shop.behave = { error("the back end is down") }
        ask()
        assertEquals("failed", lpa.next())
        assertEquals(0, lpa.answers.size)
    }

    @Test
    fun nobodyElseGetsIt() {
        shop.behave = { it.give(code) }
        ask()
        assertEquals("failed", lpa.next())
        assertEquals(0, shop.asked.size)
        assertNull(bind("com.example.SOMETHING"))
        assertNull(shop.onBind(null))
    }

    @Test
    fun junkFromAnLpa() {
        allow()
        shop.behave = { it.give(code) }
        for (eid in listOf("", "123", "A".repeat(32), "8".repeat(100_000))) {
            ask(eid)
            assertEquals("failed", lpa.next())
        }
        ask(callback = null)
        assertThrows(SecurityException::class.java) { ask(service = "some.other.Service").readException() }
        assertEquals(0, shop.asked.size)
        val data = Parcel.obtain()
        assertEquals(false, bind()!!.transact(3, data, Parcel.obtain(), 0))
    }

    private companion object {
        const val ACTION = "android.service.euicc.action.BIND_CARRIER_PROVISIONING_SERVICE"
        const val SERVICE = "android.service.euicc.ICarrierEuiccProvisioningService"
        const val EID = "89049032000000000000000000000053"
    }
}
