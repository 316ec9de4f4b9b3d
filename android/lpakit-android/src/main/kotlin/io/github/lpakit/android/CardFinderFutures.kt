package io.github.lpakit.android

import io.github.lpakit.Lpa
import io.github.lpakit.LpaOptions
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.future.future
import kotlinx.coroutines.launch
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.function.Consumer

/** A [CardFinder] for Java: what suspends in Kotlin is a future here, which fails with an `LpaException`. */
public class CardFinderFutures(
    /** The finder behind it. */
    public val finder: CardFinder,
) {
    private val scope = CoroutineScope(Dispatchers.Default + SupervisorJob())

    /** See [CardFinder.find]. */
    public fun find(): CompletableFuture<List<FoundCard>> = scope.future { finder.find() }

    /** See [CardFinder.capabilities]. */
    public fun capabilities(): CompletableFuture<Capabilities> = scope.future { finder.capabilities() }

    /** See [FoundCard.open]. */
    @JvmOverloads
    public fun open(card: FoundCard, options: LpaOptions = LpaOptions()): CompletableFuture<Lpa> =
        scope.future { card.open(options) }

    /** See [CardFinder.cards]; told on the executor, until what comes back is closed. */
    public fun watch(executor: Executor, listener: Consumer<List<FoundCard>>): AutoCloseable {
        val watching = scope.launch(executor.asCoroutineDispatcher()) { finder.cards().collect { listener.accept(it) } }
        return AutoCloseable { watching.cancel() }
    }
}
