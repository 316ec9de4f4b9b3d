package io.github.lpakit.robolectric

import android.content.ComponentName
import android.content.Context
import android.content.ContextWrapper
import android.content.Intent
import android.content.ServiceConnection
import android.os.Handler
import android.os.Looper
import android.se.omapi.ISecureElementReader
import android.se.omapi.ISecureElementService
import java.util.concurrent.CopyOnWriteArrayList

/**
 * A phone whose OMAPI service is here: its binders over cards of the sandbox, with AOSP's errors. What asks for the
 * service must do so with [context].
 */
public class OmapiPhone(base: Context) {
    /** The readers, in the order that the service names them. */
    public val readers: MutableList<OmapiReader> = CopyOnWriteArrayList()

    /** Whether the service is there at once. If not, [connect] brings it, or it never comes. */
    @Volatile
    public var connectsAtOnce: Boolean = true

    /** Whether this app may not even bind to the service. */
    @Volatile
    public var refusesToBind: Boolean = false

    /** Whether the phone has the service at all. */
    @Volatile
    public var isThere: Boolean = true

    /** Who is bound to the service at the moment. */
    public val connections: MutableList<ServiceConnection> = CopyOnWriteArrayList()

    /** The app's context on this phone. */
    public val context: Context = PhoneContext(base)

    private val main = Handler(Looper.getMainLooper())

    @Volatile
    private var service = RemoteBinder(Service())

    /** Adds a reader. */
    public fun reader(name: String): OmapiReader = OmapiReader(name).also { readers += it }

    /** Now the service is there, for those that wait. */
    public fun connect() {
        connectsAtOnce = true
        connections.forEach(::announce)
    }

    /** The service's process ends: all that it gave away is dead. It is not there until [restart]. */
    public fun kill() {
        isThere = false
        service.isDead = true
        readers.forEach { it.die() }
        connections.forEach { main.post { it.onServiceDisconnected(NAME) } }
    }

    /** The service's process starts again, and Android binds those that are bound anew. */
    public fun restart() {
        service = RemoteBinder(Service())
        isThere = true
        connect()
    }

    private fun announce(connection: ServiceConnection) {
        main.post { if (connection in connections) connection.onServiceConnected(NAME, service) }
    }

    private inner class Service : ISecureElementService.Stub() {
        override fun getReaders(): Array<String> = this@OmapiPhone.readers.map { it.name }.toTypedArray()

        override fun getReader(name: String): ISecureElementReader =
            this@OmapiPhone.readers.firstOrNull { it.name == name }?.binder() ?: throw IllegalArgumentException("Reader not found")

        override fun isNfcEventAllowed(reader: String?, aid: ByteArray?, packages: Array<out String>?, user: Int) =
            booleanArrayOf()

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private inner class PhoneContext(base: Context) : ContextWrapper(base) {
        override fun getApplicationContext(): Context = this

        override fun bindService(intent: Intent, connection: ServiceConnection, flags: Int): Boolean {
            if (intent.component != NAME) return super.bindService(intent, connection, flags)
            if (refusesToBind) throw SecurityException("Not allowed to bind to service $intent")
            if (!isThere) return false
            connections += connection
            if (connectsAtOnce) announce(connection)
            return true
        }

        override fun unbindService(connection: ServiceConnection) {
            if (!connections.remove(connection)) throw IllegalArgumentException("Service not registered")
        }
    }

    private companion object {
        val NAME = ComponentName("com.android.se", "com.android.se.SecureElementService")
    }
}
