package io.github.lpakit.robolectric.telephony

import android.content.Context
import android.os.Build
import android.telephony.TelephonyManager
import android.telephony.UiccCardInfo
import android.telephony.UiccPortInfo
import android.telephony.UiccSlotInfo
import android.telephony.UiccSlotMapping
import io.github.lpakit.CardChannel
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from

/** A port of a slot. */
public class FakePort(
    /** Its number in the slot. */
    public val index: Int,
    /** The number of the modem that it is wired to; none when it is asleep. */
    public var modem: Int?,
)

/** A physical slot of a [FakePhone]. */
public class FakeSlot(
    /** What is in it. */
    public var card: CardChannel?,
    /** Whether the card is an eUICC. */
    public val isEuicc: Boolean = true,
    /** Whether it can be taken out. */
    public val isRemovable: Boolean = false,
    /** Its ports. */
    public val ports: List<FakePort>,
) {
    /** How the modem misbehaves. */
    public var mood: Mood = Mood.WELL

    /** How a modem misbehaves. */
    public enum class Mood {
        /** Not at all. */
        WELL,

        /** Every channel is taken. */
        NO_CHANNEL,

        /** No application is there. */
        NO_APPLICATION,

        /** It opens a channel, but the application is not there; the channel stays open. */
        OPEN_WITHOUT_APPLICATION,

        /** It says nothing of why it cannot open. */
        UNKNOWN_ERROR,

        /** It opens a channel without a number. */
        NUMBERLESS,

        /** The caller is not the chosen eSIM service. */
        DENIED,

        /** Every answer is one of the modem's own making. */
        SYNTHETIC,

        /** Every answer is empty. */
        EMPTY,

        /** Every answer is no hexadecimal. */
        GARBLED,

        /** Its process is dead. */
        DEAD,
    }
}

/**
 * A phone's telephony at the level of its binder: `TelephonyManager` is the real one, what it asks of `ITelephony` is
 * answered here, with cards behind it. Slots are told by the manager's shadow.
 */
public class FakePhone(
    private val context: Context,
    /** The physical slots. */
    public val slots: MutableList<FakeSlot>,
) : AutoCloseable {
    /** The manager in front of this phone. */
    public val manager: TelephonyManager = checkNotNull(context.getSystemService(TelephonyManager::class.java))

    /** What the phone was asked to wire to its modems, in order: `modem=slot.port`. */
    public val wirings: MutableList<String> = mutableListOf()

    /** How many slots the modem leaves asleep whatever it is told. */
    public var refusesToWire: Boolean = false

    /** How many logical channels are open. */
    public val openChannels: Int get() = telephony.openChannels

    /** Told of each command, before the card gets it. */
    public var listener: (slot: Int, port: Int) -> Unit = { _, _ -> }

    private val telephony = TelephonyBinder(this)

    init {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            ReflectionHelpers.setStaticField(TelephonyManager::class.java, CACHE, telephony.proxy)
        }
        tellSlots()
    }

    /** Tells the manager what has become of the slots. */
    public fun tellSlots() {
        val shadow = shadowOf(manager)
        shadow.setUiccSlotsInfo(Array(slots.size) { slotInfo(it) })
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            shadow.setUiccCardsInfo(slots.indices.filter { slots[it].card != null }.map(::cardInfo))
        }
    }

    internal fun wire(mappings: List<UiccSlotMapping>): Boolean {
        wirings += mappings.sortedBy { it.logicalSlotIndex }
            .joinToString(" ") { "${it.logicalSlotIndex}=${it.physicalSlotIndex}.${it.portIndex}" }
        if (refusesToWire) return false
        for ((number, slot) in slots.withIndex()) {
            for (port in slot.ports) {
                port.modem = mappings.find { it.physicalSlotIndex == number && it.portIndex == port.index }
                    ?.logicalSlotIndex
            }
        }
        tellSlots()
        return true
    }

    /** The present wiring. */
    internal fun wiring(): List<UiccSlotMapping> = slots.flatMapIndexed { number, slot ->
        slot.ports.mapNotNull { port -> port.modem?.let { UiccSlotMapping(port.index, number, it) } }
    }

    private fun slotInfo(number: Int): UiccSlotInfo {
        val slot = slots[number]
        val state =
            if (slot.card == null) UiccSlotInfo.CARD_STATE_INFO_ABSENT else UiccSlotInfo.CARD_STATE_INFO_PRESENT
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            return UiccSlotInfo(slot.isEuicc, "", state, false, slot.isRemovable, portInfos(slot))
        }
        val first = slot.ports.first()
        return ReflectionHelpers.callConstructor(
            UiccSlotInfo::class.java,
            from(Boolean::class.java, first.modem != null),
            from(Boolean::class.java, slot.isEuicc),
            from(String::class.java, ""),
            from(Int::class.java, state),
            from(Int::class.java, first.modem ?: -1),
            from(Boolean::class.java, false),
        )
    }

    private fun portInfos(slot: FakeSlot) =
        slot.ports.map { UiccPortInfo("", it.index, it.modem ?: -1, it.modem != null) }

    private fun cardInfo(number: Int): UiccCardInfo {
        val slot = slots[number]
        return UiccCardInfo(
            slot.isEuicc,
            number + FIRST_CARD_ID,
            null,
            number,
            slot.isRemovable,
            slot.ports.size > 1,
            portInfos(slot),
        )
    }

    /** The manager finds the real telephony again, which is not there. */
    override fun close() {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            ReflectionHelpers.setStaticField(TelephonyManager::class.java, CACHE, null)
        }
    }

    /** How cards are numbered. */
    public companion object {
        /** The card id of the card in the first slot; the others follow. */
        public const val FIRST_CARD_ID: Int = 7

        private const val CACHE = "sITelephony"
    }
}
