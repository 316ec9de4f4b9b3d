package io.github.lpakit.system.internal

import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.ProfileSource
import io.github.lpakit.WaitingPlan
import io.github.lpakit.system.idOf
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import java.util.concurrent.ConcurrentHashMap

/** What is at hand for the eUICC in one slot. */
internal class Desk(val house: House, val slot: Int) {
    private val lpas = ConcurrentHashMap<Int, Lpa>()
    private val rests = ConcurrentHashMap<Int, Job>()
    private val memory = Memory(house.application, slot)
    val shelf = Shelf()
    val downloads = Downloads(this)

    /** Plans that were found waiting, by server: their codes alone do not say which event they are. */
    val waiting = ConcurrentHashMap<String, WaitingPlan>()

    val isRemovable: Boolean get() = house.cards.euicc(slot).isRemovable

    /**
     * Works with the eUICC through a port, the first that is awake without a word. One that is asleep is woken only where
     * another SIM [mayGiveWay]; otherwise it is `os.deactivate_sim`.
     */
    suspend fun <T> with(port: Int? = null, mayGiveWay: Boolean = false, work: suspend (Lpa) -> T): T {
        val found = house.cards.euicc(slot).port(port) ?: throw noSuchPort()
        if (!found.isAwake) {
            if (!mayGiveWay) throw mustDeactivate()
            house.wiring.wake(slot, found.index)
        }
        val lpa = open(found.index)
        rests.remove(found.index)?.cancel()
        try {
            return work(lpa)
        } finally {
            rests[found.index] = house.scope.launch { rest(lpa) }
        }
    }

    @Synchronized
    private fun open(port: Int): Lpa = lpas.getOrPut(port) {
        val options = house.host.lpaOptions(slot)
        LpaKit.open(idOf(slot, port), house.host.card(house.application, slot, port), memory.into(options))
    }

    /** A modem has few channels and others need them too. */
    private suspend fun rest(lpa: Lpa) {
        delay(IDLE_MILLIS)
        try {
            memory.keep(lpa)
            if (lpa.openOffer() == null) lpa.releaseCard()
        } catch (_: LpaException) {
            // The card is gone, or the LPA is closed: there is nothing to let go.
        }
    }

    /** Where the plan of this code comes from; an empty code means the default server. */
    fun source(lpa: Lpa, code: String?): ProfileSource {
        if (code.isNullOrBlank()) return ProfileSource.DefaultServer
        val parsed = lpa.parseActivationCode(code)
        val event = if (parsed.matchingId.value.isEmpty()) waiting[parsed.address] else null
        return event?.let(ProfileSource::Event) ?: ProfileSource.Code(parsed)
    }

    /** The plan of this code waits no longer. */
    fun forget(lpa: Lpa, code: String?) {
        if (!code.isNullOrBlank()) waiting.remove(lpa.parseActivationCode(code).address)
    }

    suspend fun close() {
        rests.values.forEach { it.cancel() }
        lpas.values.forEach { it.closeAndJoin() }
        lpas.clear()
    }

    private companion object {
        const val IDLE_MILLIS = 10_000L
    }
}
