package io.github.lpakit.android.internal

import android.content.Context
import android.content.ContextWrapper
import android.content.Intent
import android.content.ServiceConnection
import android.se.omapi.Reader
import android.se.omapi.SEService
import android.se.omapi.Session
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/**
 * The binding to the system's OMAPI service, for as long as somebody uses it. It comes late or never, and its process may
 * end: then all that it gave is dead, and it is bound anew.
 *
 * @property limit how long to wait for it.
 */
internal class OmapiService(context: Context, private val limit: Duration) {
    private val context = context.applicationContext ?: context
    /** SEService keeps its readers in a map that two callers at once would break. */
    private val asking = Any()
    private var users = 0
    private var binding: Binding? = null

    @Synchronized
    fun acquire() {
        users++
    }

    @Synchronized
    fun release() {
        users--
        if (users == 0) unbind()
    }

    /** The readers that the service names. Blocks until it is there. */
    fun readers(): List<Reader> = connected().let { service -> synchronized(asking) { service.readers.toList() } }

    /** The reader of this name. */
    fun reader(name: String): Reader =
        readers().firstOrNull { it.name == name } ?: throw CardPortException(Reason.CARD_GONE)

    /** Whether this session is from the service as it is now. */
    @Synchronized
    fun isCurrent(session: Session): Boolean = session.reader.seService === binding?.takeIf { it.isGood }?.service

    private fun connected(): SEService {
        val now = synchronized(this) {
            check(users > 0) { "nobody uses the service" }
            if (binding?.isGone == true) unbind()
            binding ?: Binding().also { binding = it }
        }
        now.await()
        return now.service
    }

    private fun unbind() {
        binding?.service?.shutdown()
        binding = null
    }

    private inner class Binding {
        private val connected = CountDownLatch(1)
        private val times = AtomicInteger()

        @Volatile
        private var isRefused = false

        val service: SEService = bind()

        /** Whether it is there, and has been all the time: readers of a service that came back are dead. */
        val isGood: Boolean get() = service.isConnected && times.get() == 1

        /** Whether it was there, and is no more. */
        val isGone: Boolean get() = isRefused || times.get() > 0 && !isGood

        private fun bind(): SEService = try {
            SEService(Watching(), Runnable::run) {
                times.incrementAndGet()
                connected.countDown()
            }
        } catch (error: SecurityException) {
            throw CardPortException(Reason.ACCESS_DENIED, error)
        }

        fun await() {
            if (isRefused) throw CardPortException(Reason.CONNECTION_FAILED)
            if (!connected.await(limit.toMillis(), TimeUnit.MILLISECONDS)) throw CardPortException(Reason.TIMED_OUT)
        }

        /** SEService does not tell when there is nothing to bind to, and would be waited for in vain. */
        private inner class Watching : ContextWrapper(context) {
            override fun bindService(service: Intent, connection: ServiceConnection, flags: Int): Boolean =
                super.bindService(service, connection, flags).also { isRefused = !it }
        }
    }
}
