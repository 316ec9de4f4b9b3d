package io.github.lpakit.android

import android.content.Context
import android.se.omapi.Channel
import android.se.omapi.Session
import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.OpenedChannel
import io.github.lpakit.PortAbilities
import io.github.lpakit.android.internal.OmapiService
import io.github.lpakit.android.internal.ReadersInUse
import java.time.Duration

/**
 * Port to the card in one reader of OMAPI (`android.se.omapi`). The card's access rules (ARA-M) must list the app's
 * certificate ([AppIdentity]); for a SIM card no permission is needed.
 *
 * It binds to the system's service with the first channel, and unbinds when the LPA is done with the card. A session that
 * the system has closed meanwhile is opened anew for the next channel.
 *
 * The terminal writes the channel into the class byte, and fetches long answers itself. Should it not fetch them, lpakit
 * does. Blocks that a phone garbles (`6601`) are made smaller by lpakit as for every port.
 */
public class OmapiCard internal constructor(
    private val service: OmapiService,
    /** The reader's name, such as `SIM1`. */
    public val readerName: String,
) : CardChannel {
    private val channels = mutableMapOf<Int, Channel>()
    private var session: Session? = null
    private var bound = false

    /** The card in the reader of this name; [connectLimit] is for the system's service to come. */
    @JvmOverloads
    public constructor(
        context: Context,
        readerName: String,
        connectLimit: Duration = OmapiSource.CONNECT_LIMIT,
    ) : this(OmapiService(context, connectLimit), readerName)

    override val abilities: PortAbilities get() = PortAbilities(setsChannelInClass = true)

    @Synchronized
    override fun openChannel(aid: ByteArray): OpenedChannel {
        bind()
        val number = (1..LAST_CHANNEL).firstOrNull { it !in channels } ?: throw CardPortException(Reason.NO_FREE_CHANNEL)
        val channel = asking { openIn(session(), aid) }
        channels[number] = channel ?: throw CardPortException(Reason.NO_FREE_CHANNEL)
        return OpenedChannel(number)
    }

    /** A session that was closed by the system shows itself only now; one that is new cannot be such. */
    private fun openIn(session: Session, aid: ByteArray): Channel? = try {
        session.openLogicalChannel(aid, 0)
    } catch (error: IllegalStateException) {
        if (!session.isClosed && service.isCurrent(session)) throw error
        forget()
        session().openLogicalChannel(aid, 0)
    }

    private fun session(): Session = session ?: service.reader(readerName).openSession().also { session = it }

    override fun transmit(channel: Int, command: ByteArray): ByteArray {
        val open = synchronized(this) { channels[channel] } ?: throw CardPortException(Reason.CONNECTION_FAILED)
        return asking { open.transmit(command) }
    }

    @Synchronized
    override fun closeChannel(channel: Int) {
        channels.remove(channel)?.let { open -> asking { open.close() } }
    }

    @Synchronized
    override fun release() {
        val opened = session
        forget()
        // The service ends what is open of this app when it is let go, so it is no matter if this fails.
        runCatching { opened?.close() }
        if (!bound) return
        bound = false
        service.release()
        ReadersInUse.remove(readerName)
    }

    private fun bind() {
        if (bound) return
        service.acquire()
        bound = true
        ReadersInUse.add(readerName)
    }

    private fun forget() {
        channels.clear()
        session = null
    }

    /** What OMAPI throws, as a port says it. Its messages are not passed on: they name APDUs. */
    @Suppress("TooGenericExceptionCaught")
    private inline fun <T> asking(block: () -> T): T = try {
        block()
    } catch (error: CardPortException) {
        throw error
    } catch (error: SecurityException) {
        throw CardPortException(Reason.ACCESS_DENIED, error)
    } catch (error: NoSuchElementException) {
        throw CardPortException(Reason.NO_SUCH_APPLICATION, error)
    } catch (error: Exception) {
        throw CardPortException(whyLost(), error)
    }

    /** OMAPI says "input and output" and "illegal state" of a card that is gone as of one that is closed to us. */
    private fun whyLost(): Reason = if (runCatching { isPresent() }.getOrDefault(true)) {
        Reason.CONNECTION_FAILED
    } else {
        Reason.CARD_GONE
    }

    private fun isPresent() = service.reader(readerName).isSecureElementPresent

    private companion object {
        /** The highest logical channel there is. */
        const val LAST_CHANNEL = 19
    }
}
