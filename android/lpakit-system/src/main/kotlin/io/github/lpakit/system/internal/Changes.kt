package io.github.lpakit.system.internal

import io.github.lpakit.Iccid
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException

/** What is done to the profiles of one eUICC on a screen of this LPA; the platform is told of it. */
internal class Changes(private val desk: Desk) {
    suspend fun toggle(id: Iccid, on: Boolean): Unit = changing { if (on) it.enableAnyway(id) else it.disable(id) }

    suspend fun delete(id: Iccid): Unit = changing { it.deleteAnyway(id) }

    suspend fun rename(id: Iccid, name: String): Unit = changing { it.rename(id, name) }

    private suspend fun changing(work: suspend (Lpa) -> Any?) {
        desk.with(mayGiveWay = true) { work(it) }
        desk.house.tellOfChange(desk.slot)
    }
}

/** Switches a profile on; one that is on already is no failure. */
internal suspend fun Lpa.enableAnyway(id: Iccid) {
    try {
        enable(id)
    } catch (error: LpaException) {
        if (error.key != "card.switch.already") throw error
    }
}

/** Deletes a profile, which is switched off first where it is on. */
internal suspend fun Lpa.deleteAnyway(id: Iccid) {
    if (profiles().any { it.iccid == id && it.isEnabled }) disable(id)
    delete(id)
}
