package io.github.lpakit.system

import android.content.Context
import android.os.Build
import android.telephony.TelephonyManager
import android.telephony.UiccSlotInfo
import io.github.lpakit.LpaException
import io.github.lpakit.system.internal.Wire
import io.github.lpakit.system.internal.noSuchPort
import io.github.lpakit.system.internal.noSuchSlot
import io.github.lpakit.system.internal.notPermitted
import io.github.lpakit.system.internal.systemTooOld

/** A port of an eUICC: what a modem is wired to. An eUICC that has one profile enabled at a time has one. */
public data class EuiccPort(
    /** Its number in the slot. */
    public val index: Int,
    /** The number of the modem that it is wired to; none while it is asleep. */
    public val modem: Int?,
) {
    /** Whether it can be talked to. */
    public val isAwake: Boolean get() = modem != null
}

/** A slot of the phone with an eUICC in it. */
public data class TelephonyEuicc(
    /** The physical slot. */
    public val slot: Int,
    /** How the platform numbers the card, where it says so (Android 10). */
    public val cardId: Int?,
    /** Whether the card can be taken out. */
    public val isRemovable: Boolean,
    /** Its ports, at least one. */
    public val ports: List<EuiccPort>,
) {
    /** The port with this number; the first that is awake, else the first at all, when none is named. */
    public fun port(index: Int?): EuiccPort? =
        if (index == null) ports.find { it.isAwake } ?: ports.first() else ports.find { it.index == index }
}

/**
 * The eUICCs in the phone's slots, for apps of the system: `READ_PRIVILEGED_PHONE_STATE`. Every function asks the phone's
 * telephony and waits for its answer: not for the main thread.
 */
public class TelephonyCards(context: Context) {
    private val application = context.applicationContext ?: context
    internal val telephony: TelephonyManager? get() = application.getSystemService(TelephonyManager::class.java)

    /** Why cards cannot be talked to on this phone; nothing where they can. */
    public val shutBecause: LpaException?
        get() = if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) systemTooOld(Build.VERSION_CODES.Q) else null

    /** All of them. */
    @Throws(LpaException::class)
    public fun euiccs(): List<TelephonyEuicc> {
        val telephony = telephony ?: return emptyList()
        try {
            val cards = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) telephony.uiccCardsInfo else emptyList()
            return telephony.uiccSlotsInfo.orEmpty().withIndex().mapNotNull { (slot, info: UiccSlotInfo?) ->
                info?.takeIf { it.isEuicc && it.cardStateInfo == UiccSlotInfo.CARD_STATE_INFO_PRESENT }?.let {
                    val card = cards.find { known -> physicalSlot(known) == slot }
                    TelephonyEuicc(slot, card?.cardId, isRemovable(it), ports(it))
                }
            }
        } catch (_: SecurityException) {
            throw notPermitted("READ_PRIVILEGED_PHONE_STATE")
        } catch (_: UnsupportedOperationException) {
            // The phone has no telephony.
            return emptyList()
        }
    }

    /** The one in this slot; `os.no_such_slot` where none is. */
    @Throws(LpaException::class)
    public fun euicc(slot: Int): TelephonyEuicc = euiccs().find { it.slot == slot } ?: throw noSuchSlot()

    /** The way to the eUICC in this slot; `os.no_such_port` where it has no such port. */
    @JvmOverloads
    @Throws(LpaException::class)
    public fun card(slot: Int, port: Int? = null): TelephonyCard {
        val found = euicc(slot).port(port) ?: throw noSuchPort()
        return TelephonyCard(telephony ?: throw noSuchSlot(), slot, found.index)
    }

    /** What each modem is wired to, all kinds of SIM among them. */
    internal fun wiring(): List<Wire> = try {
        telephony?.uiccSlotsInfo.orEmpty().withIndex().flatMap { (slot, info: UiccSlotInfo?) ->
            if (info == null) return@flatMap emptyList()
            ports(info).mapNotNull { port -> port.modem?.let { Wire(it, slot, port.index, info.isEuicc) } }
        }
    } catch (_: SecurityException) {
        throw notPermitted("READ_PRIVILEGED_PHONE_STATE")
    }

    @Suppress("DEPRECATION")
    private fun physicalSlot(card: android.telephony.UiccCardInfo): Int =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) card.physicalSlotIndex else card.slotIndex

    private fun isRemovable(slot: UiccSlotInfo): Boolean =
        Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q && slot.isRemovable

    @Suppress("DEPRECATION")
    private fun ports(slot: UiccSlotInfo): List<EuiccPort> =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            slot.ports.map { EuiccPort(it.portIndex, it.logicalSlotIndex.takeIf { _ -> it.isActive }) }
                .sortedBy { it.index }.ifEmpty { listOf(EuiccPort(0, null)) }
        } else {
            listOf(EuiccPort(0, slot.logicalSlotIdx.takeIf { slot.isActive }))
        }
}
