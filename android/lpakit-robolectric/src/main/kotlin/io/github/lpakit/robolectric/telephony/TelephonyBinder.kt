package io.github.lpakit.robolectric.telephony

import android.os.Binder
import android.os.Looper
import android.os.Parcel
import android.os.Parcelable
import android.telephony.IccOpenLogicalChannelResponse
import android.telephony.UiccSlotMapping
import com.android.internal.telephony.ITelephony
import com.android.internal.telephony.IccLogicalChannelRequest
import io.github.lpakit.CardPortException
import io.github.lpakit.robolectric.telephony.FakeSlot.Mood
import java.lang.reflect.Proxy
import java.util.concurrent.atomic.AtomicInteger

/** Answers `ITelephony` for a [FakePhone], as the phone process does; what it was not taught answers nothing. */
internal class TelephonyBinder(private val phone: FakePhone) {
    private val channels = AtomicInteger()

    val openChannels: Int get() = channels.get()

    private val binder = Binder()

    private val type = ITelephony::class.java

    val proxy: Any = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, given ->
        val values = given ?: emptyArray()
        when (method.name) {
            "asBinder" -> binder
            "iccOpenLogicalChannel" -> open(copied(values[0] as IccLogicalChannelRequest))
            "iccCloseLogicalChannel" -> close(copied(values[0] as IccLogicalChannelRequest))
            "iccTransmitApduLogicalChannelByPort" -> transmit(values)
            "setSimSlotMapping" -> phone.wire((values[0] as List<*>).map { it as UiccSlotMapping })
            "getSlotsMapping" -> phone.wiring()
            "hashCode" -> System.identityHashCode(this)
            "equals" -> values[0] === this
            "toString" -> "telephony of a fake phone"
            else -> nothing(method.returnType)
        }
    }

    private fun open(request: IccLogicalChannelRequest): IccOpenLogicalChannelResponse {
        val slot = slot(request.slotIndex, request.portIndex)
        val aid = request.aid.chunked(2).map { it.toInt(HEXADECIMAL).toByte() }.toByteArray()
        return when (slot.mood) {
            Mood.NO_CHANNEL -> refused(IccOpenLogicalChannelResponse.STATUS_MISSING_RESOURCE)
            Mood.NO_APPLICATION -> refused(IccOpenLogicalChannelResponse.STATUS_NO_SUCH_ELEMENT)
            Mood.UNKNOWN_ERROR -> refused(IccOpenLogicalChannelResponse.STATUS_UNKNOWN_ERROR)
            Mood.NUMBERLESS -> refused(IccOpenLogicalChannelResponse.STATUS_NO_ERROR)
            Mood.DENIED -> throw SecurityException("The calling package is not the chosen eSIM service.")
            Mood.OPEN_WITHOUT_APPLICATION -> {
                channels.incrementAndGet()
                opened(1, byteArrayOf(0x6A, 0x82.toByte()))
            }
            else -> opening { cardOf(slot).openChannel(aid).number }
        }
    }

    private fun opening(open: () -> Int): IccOpenLogicalChannelResponse = try {
        opened(open(), byteArrayOf(0x90.toByte(), 0)).also { channels.incrementAndGet() }
    } catch (error: CardPortException) {
        when (error.reason) {
            CardPortException.Reason.NO_SUCH_APPLICATION ->
                refused(IccOpenLogicalChannelResponse.STATUS_NO_SUCH_ELEMENT)
            CardPortException.Reason.NO_FREE_CHANNEL -> refused(IccOpenLogicalChannelResponse.STATUS_MISSING_RESOURCE)
            else -> refused(IccOpenLogicalChannelResponse.STATUS_UNKNOWN_ERROR)
        }
    }

    private fun close(request: IccLogicalChannelRequest): Boolean {
        val slot = slot(request.slotIndex, request.portIndex)
        channels.decrementAndGet()
        if (slot.mood == Mood.WELL) slot.card?.closeChannel(request.channel)
        return true
    }

    /** Slot, port, channel, class, instruction, P1, P2, P3, data: as the phone process passes them to the modem. */
    private fun transmit(values: Array<out Any?>): String {
        val numbers = values.take(PARAMETERS).map { it as Int }
        val slot = slot(numbers[0], numbers[1])
        val data = values[PARAMETERS] as String?
        when (slot.mood) {
            Mood.SYNTHETIC -> return SYNTHETIC
            Mood.EMPTY -> return ""
            Mood.GARBLED -> return "90zz"
            else -> Unit
        }
        if (numbers[CHANNEL] <= 0) return ""
        phone.listener(numbers[0], numbers[1])
        val header = numbers.subList(CHANNEL + 1, PARAMETERS).filter { it >= 0 }.joinToString("") { "%02x".format(it) }
        val command = (header + data.orEmpty()).chunked(2).map { it.toInt(HEXADECIMAL).toByte() }.toByteArray()
        return try {
            cardOf(slot).transmit(numbers[CHANNEL], command).joinToString("") { "%02x".format(it) }
        } catch (_: CardPortException) {
            SYNTHETIC
        }
    }

    private fun slot(number: Int, port: Int): FakeSlot {
        check(Looper.myLooper().let { it == null || it != Looper.getMainLooper() }) { "the card is asked on the main thread" }
        val slot = phone.slots.getOrNull(number)
        require(slot?.ports?.any { it.index == port } == true) { "no port $port in slot $number" }
        check(slot!!.mood != Mood.DEAD) { "the phone process is gone" }
        check(slot.ports.first { it.index == port }.modem != null) { "port $port of slot $number is asleep" }
        return slot
    }

    private fun cardOf(slot: FakeSlot) = slot.card ?: throw CardPortException(CardPortException.Reason.CARD_GONE)

    private fun opened(channel: Int, answer: ByteArray) =
        copied(IccOpenLogicalChannelResponse(channel, IccOpenLogicalChannelResponse.STATUS_NO_ERROR, answer))

    private fun refused(status: Int) =
        copied(IccOpenLogicalChannelResponse(IccOpenLogicalChannelResponse.INVALID_CHANNEL, status, null))

    private companion object {
        const val SYNTHETIC = "6f00"
        const val HEXADECIMAL = 16
        const val CHANNEL = 2
        const val PARAMETERS = 8

        fun nothing(type: Class<*>): Any? = when (type) {
            Boolean::class.javaPrimitiveType -> false
            Int::class.javaPrimitiveType -> 0
            Long::class.javaPrimitiveType -> 0L
            else -> null
        }

        /** The way over a binder. */
        @Suppress("DEPRECATION")
        inline fun <reified T : Parcelable> copied(value: T): T {
            val parcel = Parcel.obtain()
            try {
                parcel.writeParcelable(value, 0)
                parcel.setDataPosition(0)
                return checkNotNull(parcel.readParcelable(T::class.java.classLoader))
            } finally {
                parcel.recycle()
            }
        }
    }
}
