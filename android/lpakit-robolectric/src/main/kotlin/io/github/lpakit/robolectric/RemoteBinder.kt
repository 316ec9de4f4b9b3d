package io.github.lpakit.robolectric

import android.os.Binder
import android.os.DeadObjectException
import android.os.IBinder
import android.os.IInterface
import android.os.Looper
import android.os.Parcel
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from
import java.util.concurrent.ConcurrentLinkedQueue

/**
 * A binder of another process: whatever is asked of it goes through a [Parcel], exceptions too, of which only those come
 * back that a real one carries. A call without a reply has no place for them, and throws what went wrong: a real one would
 * only log it. Calls from the main looper are remembered ([callsOnMain]): there must be none.
 */
public class RemoteBinder(private val target: Binder) : IBinder by target {
    /** Whether its process was ended. */
    @Volatile
    public var isDead: Boolean = false

    override fun queryLocalInterface(descriptor: String): IInterface? = null

    override fun isBinderAlive(): Boolean = !isDead

    override fun pingBinder(): Boolean = !isDead

    override fun transact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
        if (isDead) throw DeadObjectException()
        if (Looper.myLooper() === Looper.getMainLooper()) callsOnMain += "${target.interfaceDescriptor} $code"
        return try {
            answer(code, data, reply, flags)
        } catch (error: RuntimeException) {
            if (reply == null) throw error
            reply.setDataSize(0)
            reply.setDataPosition(0)
            reply.writeException(error)
            reply.setDataPosition(0)
            true
        }
    }

    /** As the binder's thread of the other process does it; Robolectric's own way loses what goes wrong without a reply. */
    private fun answer(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
        data.setDataPosition(0)
        val isKnown = ReflectionHelpers.callInstanceMethod<Boolean>(
            target,
            "onTransact",
            from(Int::class.java, code),
            from(Parcel::class.java, data),
            from(Parcel::class.java, reply),
            from(Int::class.java, flags),
        )
        reply?.setDataPosition(0)
        return isKnown
    }

    /** What all of them remember. */
    public companion object {
        /** Calls that came from the main looper, and so would have held up the screen. */
        @JvmField
        public val callsOnMain: ConcurrentLinkedQueue<String> = ConcurrentLinkedQueue()
    }
}
