package io.github.lpakit.android

import android.content.Context
import io.github.lpakit.CardAccess
import io.github.lpakit.CardPortException
import io.github.lpakit.LpaException
import io.github.lpakit.android.internal.Seat
import io.github.lpakit.android.internal.gatherFacts
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import java.time.Duration

/**
 * Finds the eUICCs that this app can reach, by every way it has. It holds nothing between calls, may be used from any
 * thread and never works on the main looper. There may be several; they do not get in each other's way, nor in the way of
 * an LPA that is open.
 */
public class CardFinder @JvmOverloads constructor(
    context: Context,
    /** The ways to look through. */
    public val sources: List<CardSource> = listOf(OmapiSource(context)),
    /** How often [cards] looks for cards that came or went, of which Android tells an app nothing. */
    private val lookEvery: Duration = Duration.ofSeconds(3),
) {
    private val context = context.applicationContext ?: context

    /**
     * All places for cards, those without a card or with one that is shut too; of ways that are shut nothing
     * ([capabilities] says why). Each card is asked for its eUICCs, unless an LPA of this process is at work with it.
     */
    @Throws(LpaException::class)
    public suspend fun find(): List<FoundCard> = withContext(Dispatchers.IO) { look().flatMap { it.second.orEmpty() } }

    /**
     * All places for cards, now and whenever something has changed, while it is collected. Cards are asked again only when
     * one came or went or plans have changed; whether they are there is looked for all the time (`lookEvery`).
     */
    public fun cards(): Flow<List<FoundCard>> = flow {
        val changes = Channel<Unit>(Channel.CONFLATED)
        val watches = sources.map { source -> source.watch { changes.trySend(Unit) } }
        try {
            while (true) {
                val before = whatIsThere()
                val found = find()
                emit(found)
                val isSettled = found.none { it.access == CardAccess.FAILED || it.access == CardAccess.NO_CHANNEL }
                do {
                    val isTold = withTimeoutOrNull(lookEvery.toMillis()) { changes.receive() } != null
                } while (!isTold && isSettled && whatIsThere() == before)
            }
        } finally {
            watches.forEach { it.close() }
        }
    }.distinctUntilChanged().flowOn(Dispatchers.IO)

    /** What this app can do on this phone, with what a card's maker or an operator needs to let it. Looks for cards. */
    @Throws(LpaException::class)
    public suspend fun capabilities(): Capabilities = withContext(Dispatchers.IO) {
        val looked = look()
        val access = looked.associate { (source, cards) -> source.route to cards?.map { it.access } }
        val facts = gatherFacts(context, access)
        Capabilities(facts, facts.installWays(), looked.flatMap { it.second.orEmpty() }, AppIdentity.of(context))
    }

    private suspend fun look(): List<Pair<CardSource, List<FoundCard>?>> = sources.map { source ->
        source.prepare().use { source to source.places()?.map { Seat.of(it.id).look(it, source.route) } }
    }

    /** The places, and whether a card is in each. */
    private fun whatIsThere(): List<Pair<String, Boolean>> = sources.flatMap { source ->
        source.places().orEmpty().map { place ->
            place.id to try {
                place.isPresent()
            } catch (_: CardPortException) {
                false
            }
        }
    }
}
