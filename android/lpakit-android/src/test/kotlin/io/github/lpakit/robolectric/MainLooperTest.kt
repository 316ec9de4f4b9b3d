package io.github.lpakit.robolectric

import android.os.Binder
import android.os.DeadObjectException
import android.os.IBinder
import android.os.Parcel
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.lang.management.ManagementFactory
import java.net.ServerSocket
import java.net.SocketTimeoutException

@RunWith(RobolectricTestRunner::class)
class MainLooperTest {
    private class Service : Binder() {
        override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean = when (code) {
            1 -> true.also { reply!!.writeNoException() }
            else -> throw SecurityException("not this")
        }
    }

    private val service = RemoteBinder(Service())

    private fun ask(code: Int) {
        val data = Parcel.obtain()
        val reply = Parcel.obtain()
        service.transact(code, data, reply, 0)
        reply.readException()
    }

    @Test
    fun whatIsDoneElsewhereHoldsNothingUp(): Unit = onMainLooper {
        withContext(Dispatchers.IO) {
            ask(1)
            Thread.sleep(300)
        }
    }

    @Test
    fun aLooperThatIsHeldUpIsFoundOut() {
        val error = assertThrows(AssertionError::class.java) { onMainLooper { Thread.sleep(1000) } }
        assertTrue("$error", "held up" in error.message.orEmpty() && "Thread.sleep" in error.message.orEmpty())
    }

    @Test
    fun aLooperThatWorksTooLongIsFoundOut() {
        val threads = ManagementFactory.getThreadMXBean()
        val error = assertThrows(AssertionError::class.java) {
            onMainLooper {
                val end = threads.currentThreadCpuTime + 1_000_000_000
                while (threads.currentThreadCpuTime < end) Thread.onSpinWait()
            }
        }
        assertTrue("$error", "held up" in error.message.orEmpty())
    }

    @Test
    fun aLooperThatWaitsInNativeCodeIsFoundOut() {
        val error = ServerSocket(0).use { nobodyCalls ->
            nobodyCalls.soTimeout = 1000
            assertThrows(AssertionError::class.java) {
                onMainLooper { assertThrows(SocketTimeoutException::class.java) { nobodyCalls.accept() } }
            }
        }
        assertTrue("$error", "held up" in error.message.orEmpty() && "accept" in error.message.orEmpty())
    }

    @Test
    fun aCallFromTheLooperIsFoundOut() {
        val error = assertThrows(AssertionError::class.java) { onMainLooper { ask(1) } }
        assertTrue("$error", "called from the main looper" in error.message.orEmpty())
    }

    @Test
    fun aStoryThatFailsFails() {
        assertEquals("so", assertThrows(IllegalStateException::class.java) { onMainLooper { error("so") } }.message)
        assertThrows(AssertionError::class.java) { onMainLooper(limitSeconds = 1) { delay(60_000) } }
    }

    @Test
    fun exceptionsOfTheOtherProcessComeThrough() {
        assertEquals("not this", assertThrows(SecurityException::class.java) { ask(2) }.message)
        val error = assertThrows(SecurityException::class.java) {
            service.transact(2, Parcel.obtain(), null, IBinder.FLAG_ONEWAY)
        }
        assertEquals("not this", error.message)
        service.isDead = true
        assertThrows(DeadObjectException::class.java) { ask(1) }
    }
}
