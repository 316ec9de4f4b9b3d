package io.github.lpakit.system.internal

import android.os.Build
import android.telephony.IccOpenLogicalChannelResponse
import android.telephony.TelephonyManager

/** Logical channels of one card, by whichever functions this release of Android has. */
internal interface LogicalChannels {
    fun open(aid: String): IccOpenLogicalChannelResponse?

    /** Sends a command; the answer and its status word as hexadecimal digits. */
    fun transmit(channel: Int, command: ByteArray): String?

    fun close(channel: Int)

    companion object {
        /** Nothing before Android 10, which has no such functions. */
        fun of(telephony: TelephonyManager, slot: Int, port: Int): LogicalChannels? = when {
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU -> ByPort(telephony, slot, port)
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q -> BySlot(telephony, slot)
            else -> null
        }
    }
}

/** The P2 of a SELECT that wants the first or only application, and its FCI. */
private const val SELECT_FIRST = 0

@Suppress("DEPRECATION")
private class BySlot(private val telephony: TelephonyManager, private val slot: Int) : LogicalChannels {
    override fun open(aid: String): IccOpenLogicalChannelResponse? =
        telephony.iccOpenLogicalChannelBySlot(slot, aid, SELECT_FIRST)

    override fun transmit(channel: Int, command: ByteArray): String? = with(TelephonyCommand(command)) {
        telephony.iccTransmitApduLogicalChannelBySlot(slot, channel, cla, ins, p1, p2, p3, data)
    }

    override fun close(channel: Int) {
        telephony.iccCloseLogicalChannelBySlot(slot, channel)
    }
}

private class ByPort(
    private val telephony: TelephonyManager,
    private val slot: Int,
    private val port: Int,
) : LogicalChannels {
    override fun open(aid: String): IccOpenLogicalChannelResponse? =
        telephony.iccOpenLogicalChannelByPort(slot, port, aid, SELECT_FIRST)

    override fun transmit(channel: Int, command: ByteArray): String? = with(TelephonyCommand(command)) {
        telephony.iccTransmitApduLogicalChannelByPort(slot, port, channel, cla, ins, p1, p2, p3, data)
    }

    override fun close(channel: Int): Unit = telephony.iccCloseLogicalChannelByPort(slot, port, channel)
}

/** A command APDU in the parts that the modem's interface wants. It has no place for the Le of a command with data. */
internal class TelephonyCommand(command: ByteArray) {
    val cla = command.octet(0)
    val ins = command.octet(1)
    val p1 = command.octet(2)
    val p2 = command.octet(P2)

    /** Lc, or the Le of a command without data; negative where there is neither. */
    val p3 = if (command.size > HEADER) command.octet(HEADER) else -1
    val data: String = command.drop(HEADER + 1).take(p3.coerceAtLeast(0)).toHex()

    private companion object {
        const val P2 = 3
        const val HEADER = 4
        const val OCTET = 0xFF

        fun ByteArray.octet(at: Int) = if (at < size) this[at].toInt() and OCTET else 0
    }
}
