package io.github.lpakit.system

import android.os.Build
import android.telephony.IccOpenLogicalChannelResponse
import android.telephony.TelephonyManager
import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.LpaException
import io.github.lpakit.OpenedChannel
import io.github.lpakit.PortAbilities
import io.github.lpakit.system.internal.LogicalChannels
import io.github.lpakit.system.internal.systemTooOld
import io.github.lpakit.system.internal.toHex

/**
 * A card in the phone's own modem, for apps of the system that may use it: `MODIFY_PHONE_STATE`, and for the ISD-R also
 * that the app is the phone's chosen eSIM service (`LpaKitEuiccService`).
 *
 * By slot from Android 10 (API 29), by port from Android 13 (API 33). Android 9 has neither, so there the constructor
 * throws `os.too_old`. [slot] is the number of a physical slot.
 */
public class TelephonyCard @JvmOverloads @Throws(LpaException::class) constructor(
    telephony: TelephonyManager,
    /** The physical slot. */
    public val slot: Int,
    /** The port of the slot; before Android 13 there is only the first. */
    public val port: Int = TelephonyManager.DEFAULT_PORT_INDEX,
) : CardChannel {
    /** The name by which lpakit's own service opens this card: who opens it by the same works with the same LPA. */
    public val id: String = idOf(slot, port)
    private val channels = LogicalChannels.of(telephony, slot, port) ?: throw systemTooOld(Build.VERSION_CODES.Q)

    /** The modem takes what it is given: no long answers are fetched, no channel is written into the class, no reset. */
    override val abilities: PortAbilities = PortAbilities()

    override fun openChannel(aid: ByteArray): OpenedChannel {
        val answer = asking { channels.open(aid.asList().toHex()) } ?: throw CardPortException(Reason.CONNECTION_FAILED)
        refusal(answer)?.let { reason ->
            // Some modems leave the channel open when the application is not there.
            if (answer.channel > 0) runCatching { channels.close(answer.channel) }
            throw CardPortException(reason)
        }
        return OpenedChannel(answer.channel)
    }

    private fun refusal(answer: IccOpenLogicalChannelResponse): Reason? = when (answer.status) {
        IccOpenLogicalChannelResponse.STATUS_MISSING_RESOURCE -> Reason.NO_FREE_CHANNEL
        IccOpenLogicalChannelResponse.STATUS_NO_SUCH_ELEMENT -> Reason.NO_SUCH_APPLICATION
        IccOpenLogicalChannelResponse.STATUS_NO_ERROR -> when {
            answer.channel <= 0 -> Reason.CONNECTION_FAILED
            answer.selectResponse?.asList()?.toHex().orEmpty().endsWith(NOT_FOUND) -> Reason.NO_SUCH_APPLICATION
            else -> null
        }
        else -> Reason.CONNECTION_FAILED
    }

    override fun transmit(channel: Int, command: ByteArray): ByteArray {
        // The modem answers nothing for the basic channel; without it nothing of the ISD-R is there.
        if (channel <= 0) throw CardPortException(Reason.CONNECTION_FAILED)
        val answer = asking { channels.transmit(channel, command) }
        // A modem that failed says so with a status word of its own making, or with nothing.
        if (answer == null || answer.length < STATUS_DIGITS || answer.equals(FAILED, ignoreCase = true)) {
            throw CardPortException(Reason.CONNECTION_FAILED)
        }
        return answer.fromHex() ?: throw CardPortException(Reason.CONNECTION_FAILED)
    }

    override fun closeChannel(channel: Int) {
        if (channel > 0) asking { channels.close(channel) }
    }

    private inline fun <T> asking(block: () -> T): T = try {
        block()
    } catch (error: SecurityException) {
        throw CardPortException(Reason.ACCESS_DENIED, error)
    } catch (error: IllegalArgumentException) {
        // The slot or the port is not there, or not any more.
        throw CardPortException(Reason.CARD_GONE, error)
    } catch (error: RuntimeException) {
        throw CardPortException(Reason.CONNECTION_FAILED, error)
    }

    private companion object {
        const val FAILED = "6f00"
        const val NOT_FOUND = "6A82"
        const val STATUS_DIGITS = 4
        const val DIGITS_OF_AN_OCTET = 2
        const val HEXADECIMAL = 16

        fun String.fromHex(): ByteArray? {
            val isHex = length % DIGITS_OF_AN_OCTET == 0 && all { it.digitToIntOrNull(HEXADECIMAL) != null }
            if (!isHex) return null
            return chunked(DIGITS_OF_AN_OCTET) { it.toString().toInt(HEXADECIMAL).toByte() }.toByteArray()
        }
    }
}

internal fun idOf(slot: Int, port: Int): String = "slot $slot, port $port"
