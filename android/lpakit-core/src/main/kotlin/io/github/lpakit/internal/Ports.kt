package io.github.lpakit.internal

import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.LogLevel
import io.github.lpakit.LogListener
import io.github.lpakit.PortAbilities
import io.github.lpakit.CardChannel
import io.github.lpakit.RawCard
import io.github.lpakit.ffi.OpenedChannel
import io.github.lpakit.ffi.CardChannel as FfiCardChannel
import io.github.lpakit.ffi.CardPortException as FfiPortException
import io.github.lpakit.ffi.LogLevel as FfiLogLevel
import io.github.lpakit.ffi.LogListener as FfiLogListener
import io.github.lpakit.ffi.LogListenerException as FfiLogListenerException
import io.github.lpakit.ffi.PortAbilities as FfiAbilities
import io.github.lpakit.ffi.RawCard as FfiRawCard

private const val LAST_CHANNEL = 19
private const val LARGEST_COMMAND_DATA = 255
private const val LOG_TARGET = "lpakit::kotlin"

/**
 * Calls a port of an app. Whatever it throws ends here, errors of the virtual machine too: generated code lets those pass,
 * and the card's thread would take them for an answer.
 */
@Suppress("TooGenericExceptionCaught")
private inline fun <T> asking(what: String, block: () -> T): T = try {
    block()
} catch (error: CardPortException) {
    throw error.reason.toFfi()
} catch (error: Throwable) {
    // Its message may hold anything, an APDU for one.
    Log.warn("$what of the card's port threw ${error.javaClass.name}")
    throw FfiPortException.ConnectionFailed()
}

internal class ChannelsOfApp(private val port: CardChannel) : FfiCardChannel {
    override fun openChannel(aid: ByteArray): OpenedChannel = asking("openChannel") {
        val opened = port.openChannel(aid)
        require(opened.number in 0..LAST_CHANNEL) { "no channel number" }
        OpenedChannel(opened.number.toUByte(), opened.apdus.coerceAtLeast(0).toUInt())
    }

    override fun transmit(channel: UByte, command: ByteArray): ByteArray =
        asking("transmit") { present(port.transmit(channel.toInt(), command)) }

    override fun closeChannel(channel: UByte) = asking("closeChannel") { port.closeChannel(channel.toInt()) }

    override fun reset() = asking("reset") { port.reset() }

    override fun release() = asking("release") { port.release() }
}

internal class RawOfApp(private val port: RawCard) : FfiRawCard {
    override fun transmit(command: ByteArray): ByteArray = asking("transmit") { present(port.transmit(command)) }

    override fun reset() = asking("reset") { port.reset() }

    override fun release() = asking("release") { port.release() }
}

/** A port written in Java may answer null all the same. */
private fun present(answer: ByteArray?): ByteArray = answer ?: throw CardPortException(Reason.CONNECTION_FAILED)

internal fun PortAbilities.toFfi() = FfiAbilities(
    maxCommandData = maxCommandData.coerceIn(1, LARGEST_COMMAND_DATA).toUByte(),
    wantsLe = wantsLe,
    handlesGetResponse = handlesGetResponse,
    handlesProactive = handlesProactive,
    setsChannelInClass = setsChannelInClass,
    canReset = canReset,
)

private fun Reason.toFfi(): FfiPortException = when (this) {
    Reason.CARD_GONE -> FfiPortException.CardGone()
    Reason.CARD_BUSY -> FfiPortException.CardBusy()
    Reason.ACCESS_DENIED -> FfiPortException.AccessDenied()
    Reason.NO_SUCH_APPLICATION -> FfiPortException.NoSuchApplication()
    Reason.NO_FREE_CHANNEL -> FfiPortException.NoFreeChannel()
    Reason.CONNECTION_FAILED -> FfiPortException.ConnectionFailed()
    Reason.TIMED_OUT -> FfiPortException.TimedOut()
}

/** The log, for what the facade itself has to tell. */
internal object Log {
    @Volatile
    private var listener: LogListener? = null

    @Volatile
    private var least = LogLevel.ERROR

    fun tell(to: LogListener?, from: LogLevel) {
        listener = to
        least = from
    }

    fun warn(line: String) {
        if (least >= LogLevel.WARN) listener?.let { safely { it.log(LogLevel.WARN, LOG_TARGET, line) } }
    }
}

internal class ListenerOfApp(private val listener: LogListener) : FfiLogListener {
    override fun log(level: FfiLogLevel, target: String, line: String) {
        if (!safely { listener.log(LogLevel.valueOf(level.name), target, line) }) {
            throw FfiLogListenerException.NotTaken()
        }
    }
}

/** Whether it went well. A log that fails is no reason to fail. */
@Suppress("TooGenericExceptionCaught")
private inline fun safely(block: () -> Unit): Boolean = try {
    block()
    true
} catch (_: Throwable) {
    false
}
