package io.github.lpakit.android

import io.github.lpakit.CardPortException
import io.github.lpakit.InstallRoute
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions

/**
 * A way to cards, which a [CardFinder] looks through. [OmapiSource] is the one that every app has; parts of the system and
 * readers bring their own. Its functions may block, and are never called on the main looper.
 */
public interface CardSource {
    /** The way to install a profile that its cards open. */
    public val route: InstallRoute

    /** Gets ready for several questions in a row, until what comes back is closed. */
    public fun prepare(): AutoCloseable = AutoCloseable {}

    /** Where cards may be, whether there is one or not; null when this way is shut on this phone. */
    public fun places(): List<CardPlace>?

    /**
     * Has [changed] called whenever a card may have come or gone, until what comes back is closed. It may be called from
     * any thread, often and for nothing. A source that is never told of changes does nothing here: it is asked again and
     * again.
     */
    public fun watch(changed: Runnable): AutoCloseable
}

/** A SIM slot, a chip in the phone or a reader: where a card is, or may be. What it must not do, see [CardSource]. */
public interface CardPlace {
    /** A name of the place that stays the same, and by which a card in it is opened. */
    public val id: String

    /** What the platform calls it. */
    public val name: String

    /** The SIM slot, from 0, if it is one. */
    public val slot: Int?

    /** Whether the card can be taken out; null where the platform does not say. */
    public val isRemovable: Boolean?

    /** Whether an LPA of this process has a connection to the card, and so may be in the middle of something. */
    public val isInUse: Boolean

    /** Whether a card is there. */
    @Throws(CardPortException::class)
    public fun isPresent(): Boolean

    /** Opens the card under [id], as `LpaKit.open` does. Nothing is sent to it yet. */
    @Throws(LpaException::class)
    public fun open(options: LpaOptions): Lpa
}
