package io.github.lpakit.system.internal

import android.telephony.euicc.DownloadableSubscription
import io.github.lpakit.ErrorKind
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException

/** Finds the plans that wait for an eUICC without a code: at its default server, and at the SM-DSs that it names. */
internal class Plans(private val desk: Desk) {
    /** All of them, each with what its server says of it. A server that says it has nothing is no error. */
    suspend fun find(mayGiveWay: Boolean): List<DownloadableSubscription> {
        val troubles = mutableListOf<LpaException>()
        val servers = desk.with(mayGiveWay = mayGiveWay) { lpa -> servers(lpa, troubles) }
        val plans = servers.mapNotNull { server ->
            collecting(troubles) {
                val plan = DownloadableSubscription.forActivationCode(code(server))
                plan.described(desk.downloads.metadata(plan.getEncodedActivationCode(), port = null, mayGiveWay))
            }
        }
        return plans.ifEmpty { troubles.find { it.kind !in NOTHING_THERE }?.let { throw it } ?: plans }
    }

    private suspend fun servers(lpa: Lpa, troubles: MutableList<LpaException>): Set<String> {
        val own = lpa.chip().defaultSmdpAddress?.takeIf { it.isNotBlank() }
        val found = collecting(troubles) {
            lpa.discover().also { discovery -> troubles += discovery.troubles.map { it.error } }.plans
        }.orEmpty()
        desk.waiting.clear()
        found.forEach { desk.waiting.putIfAbsent(it.server, it) }
        return setOfNotNull(own) + found.map { it.server }
    }

    private suspend fun <T> collecting(troubles: MutableList<LpaException>, work: suspend () -> T): T? = try {
        work()
    } catch (error: LpaException) {
        troubles += error
        null
    }

    private companion object {
        /** What a server without a plan for this eUICC says. */
        val NOTHING_THERE = setOf(ErrorKind.SERVER, ErrorKind.INPUT)

        /** The code of a plan that is bound to the EID. */
        fun code(server: String) = "1$$server$"
    }
}
