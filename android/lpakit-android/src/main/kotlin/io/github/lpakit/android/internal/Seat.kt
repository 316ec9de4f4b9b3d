package io.github.lpakit.android.internal

import io.github.lpakit.CardAccess
import io.github.lpakit.CardPortException
import io.github.lpakit.Euicc
import io.github.lpakit.InstallRoute
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.android.CardPlace
import io.github.lpakit.android.FoundCard
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap

/** What this process knows of one place for a card, whoever looks. */
internal class Seat private constructor() {
    /** Held while somebody looks into the card or opens it. */
    val mutex = Mutex()

    private var euiccs: List<Euicc> = emptyList()

    /** Looks what is in a place. Blocks the thread a while. */
    suspend fun look(place: CardPlace, route: InstallRoute): FoundCard = mutex.withLock {
        try {
            find(place)
            FoundCard(place, route, CardAccess.OPEN, euiccs, null)
        } catch (error: LpaException) {
            euiccs = emptyList()
            val access = ACCESS[error.key] ?: CardAccess.FAILED
            FoundCard(place, route, access, emptyList(), error.takeIf { access == CardAccess.FAILED })
        }
    }

    private suspend fun find(place: CardPlace) {
        val isPresent = try {
            place.isPresent()
        } catch (error: CardPortException) {
            throw error.toLpaException()
        }
        if (!isPresent) throw LpaKit.error("card.gone")
        // An LPA that is at work is left alone: it may hold an offer, whose session would be lost.
        if (euiccs.isNotEmpty() && place.isInUse) return
        val lpa = place.open(LpaOptions(cardLimit = LIMIT, deliversAutomatically = false))
        try {
            euiccs = lpa.euiccs()
        } finally {
            withContext(NonCancellable) { lpa.closeAndJoin() }
        }
    }

    companion object {
        private val seats = ConcurrentHashMap<String, Seat>()

        /** A card that does not answer shall not hold the others up for long. */
        private val LIMIT = Duration.ofSeconds(30)

        private val ACCESS = mapOf(
            "card.gone" to CardAccess.NO_CARD,
            "card.no_isdr" to CardAccess.NO_EUICC,
            "card.access_denied" to CardAccess.DENIED,
            "card.no_channel" to CardAccess.NO_CHANNEL,
        )

        /** The seat for the place of this name. */
        fun of(id: String): Seat = seats.computeIfAbsent(id) { Seat() }

        private fun CardPortException.toLpaException(): LpaException = LpaKit.error(
            when (reason) {
                CardPortException.Reason.CARD_GONE -> "card.gone"
                CardPortException.Reason.ACCESS_DENIED -> "card.access_denied"
                CardPortException.Reason.TIMED_OUT -> "card.timeout"
                else -> "card.failed"
            },
        )
    }
}
