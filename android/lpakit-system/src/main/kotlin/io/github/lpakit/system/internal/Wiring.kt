package io.github.lpakit.system.internal

import android.os.Build
import android.telephony.TelephonyManager
import android.telephony.UiccSlotMapping
import io.github.lpakit.LpaKit
import io.github.lpakit.system.TelephonyCards
import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeoutOrNull

/** A modem of the phone, and the port that it is wired to. */
internal data class Wire(val modem: Int, val slot: Int, val port: Int, val isEuicc: Boolean)

/** Wires a modem to an eUICC that is asleep, which puts another SIM to sleep. */
internal class Wiring(private val cards: TelephonyCards) {
    suspend fun wake(slot: Int, port: Int) {
        val wires = cards.wiring()
        // The person gave up "the other SIM": one that can be taken out first, for it is no plan of this eUICC.
        val given = wires.sortedWith(compareBy({ it.isEuicc }, { -it.modem })).firstOrNull()?.modem ?: 0
        val wanted = wires.filter { it.modem != given } + Wire(given, slot, port, isEuicc = true)
        if (!tell(wanted.sortedBy { it.modem })) throw mustDeactivate()
        withTimeoutOrNull(LIMIT_MILLIS) {
            while (cards.euicc(slot).port(port)?.isAwake != true) delay(PAUSE_MILLIS)
        } ?: throw LpaKit.error("card.timeout")
    }

    private fun tell(wires: List<Wire>): Boolean {
        val telephony = cards.telephony ?: return false
        return try {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
                telephony.setSimSlotMapping(wires.map { UiccSlotMapping(it.port, it.slot, it.modem) })
                true
            } else {
                switchSlots(telephony, wires)
            }
        } catch (_: SecurityException) {
            throw notPermitted("MODIFY_PHONE_STATE")
        } catch (_: IllegalStateException) {
            false
        }
    }

    @Suppress("DEPRECATION")
    private fun switchSlots(telephony: TelephonyManager, wires: List<Wire>): Boolean =
        telephony.switchSlots(wires.map { it.slot }.toIntArray())

    private companion object {
        const val LIMIT_MILLIS = 20_000L
        const val PAUSE_MILLIS = 100L
    }
}
