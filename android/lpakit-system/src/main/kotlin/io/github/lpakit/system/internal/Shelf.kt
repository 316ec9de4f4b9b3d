package io.github.lpakit.system.internal

import io.github.lpakit.Offer
import io.github.lpakit.RejectReason

/** An offer that waits for what the person answers, or for the platform to go on. */
internal class Held(
    /** The code that it is for; it holds the token. */
    val key: String,
    val offer: Offer,
    /** Whether the person has agreed to the profile's rules, on a screen of this LPA. */
    @Volatile var areRulesAllowed: Boolean = false,
    /** Whether a confirmation code was refused. */
    val wasRefused: Boolean = false,
)

/**
 * Where an offer lies between two steps of the platform, which asks for metadata, answers and the download one by one:
 * the server is asked once. An offer that nobody comes back for is cancelled after five minutes by itself.
 */
internal class Shelf {
    private var held: Held? = null

    /** The offer for this code, taken off the shelf; one for another code is put off. */
    suspend fun take(key: String): Held? {
        val found = synchronized(this) { held.also { held = null } } ?: return null
        if (!found.offer.isOpen) return null
        if (found.key == key) return found
        found.offer.reject(RejectReason.LATER)
        return null
    }

    fun put(offer: Held): Unit = synchronized(this) { held = offer }

    /** What lies there, without taking it. */
    fun look(): Held? = synchronized(this) { held?.takeIf { it.offer.isOpen } }
}
