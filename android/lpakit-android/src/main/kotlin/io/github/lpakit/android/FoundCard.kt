package io.github.lpakit.android

import io.github.lpakit.CardAccess
import io.github.lpakit.Euicc
import io.github.lpakit.InstallRoute
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions
import io.github.lpakit.android.internal.Seat
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.util.Objects

/** A place for a card, and what is in it, as a [CardFinder] found it. Two that say the same are equal. */
public class FoundCard internal constructor(
    private val place: CardPlace,
    /** The way to install a profile that this card opens. */
    public val route: InstallRoute,
    /** Whether this app can use it. */
    public val access: CardAccess,
    /** The eUICCs on it: one, but for cards with several secure elements. Known of open cards only. */
    public val euiccs: List<Euicc>,
    /** Why it could not be asked, if it is that ([CardAccess.FAILED]). */
    public val error: LpaException?,
) {
    /** Names the reader or slot, and stays the same for it: a card in it is opened by this name. */
    public val id: String get() = place.id

    /** What the platform calls the reader, such as `SIM1`. */
    public val name: String get() = place.name

    /** The SIM slot, from 0, if it is one. */
    public val slot: Int? get() = place.slot

    /** Whether the card can be taken out; null where the platform does not tell this app. */
    public val isRemovable: Boolean? = place.isRemovable

    /**
     * Opens the card, as `LpaKit.open` does: nothing is sent to it yet, and a card that is open already gives a handle to
     * the same LPA.
     */
    @JvmOverloads
    @Throws(LpaException::class)
    public suspend fun open(options: LpaOptions = LpaOptions()): Lpa = withContext(Dispatchers.IO) {
        // Not while a finder looks into the card: the LPA would be the finder's, with its settings.
        Seat.of(place.id).mutex.withLock { place.open(options) }
    }

    override fun equals(other: Any?): Boolean = other is FoundCard && other.said() == said()

    override fun hashCode(): Int = Objects.hash(id, access)

    override fun toString(): String = "FoundCard($id, $access${error?.let { " ${it.key}" }.orEmpty()})"

    private fun said() = listOf(id, route, access, euiccs, error?.key)
}
