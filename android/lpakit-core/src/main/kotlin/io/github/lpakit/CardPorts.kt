package io.github.lpakit

/** What a port does by itself, so that lpakit does the rest. The defaults are those of a plain port. */
public data class PortAbilities @JvmOverloads constructor(
    /** The largest command data field in octets, 1 to 255. */
    public val maxCommandData: Int = 255,
    /** Whether a command that expects an answer must say so with Le. */
    public val wantsLe: Boolean = false,
    /** Whether the port fetches long answers itself, so that `61xx` is never seen. */
    public val handlesGetResponse: Boolean = false,
    /** Whether the platform's own terminal fetches proactive commands after `91xx`. */
    public val handlesProactive: Boolean = true,
    /** Whether the port writes the channel number into the class byte itself. */
    public val setsChannelInClass: Boolean = false,
    /** Whether the card can be reset through the port. */
    public val canReset: Boolean = false,
)

/** Why a port could not do what it was asked. Whatever else a port throws counts as [Reason.CONNECTION_FAILED]. */
public class CardPortException @JvmOverloads constructor(
    /** Why. */
    public val reason: Reason,
    cause: Throwable? = null,
) : Exception(reason.name, cause) {

    /** What there is to say of a card that does not answer. */
    public enum class Reason {
        /** There is no card, or it was taken out. */
        CARD_GONE,

        /** Another program holds the card. */
        CARD_BUSY,

        /** The platform's access rules keep this app from the card. */
        ACCESS_DENIED,

        /** The card has no application with this AID. */
        NO_SUCH_APPLICATION,

        /** The card has no free logical channel. */
        NO_FREE_CHANNEL,

        /** The reader, the modem or the program behind the port failed. */
        CONNECTION_FAILED,

        /** The card did not answer in time. */
        TIMED_OUT,
    }
}

/** An open logical channel. */
public data class OpenedChannel @JvmOverloads constructor(
    /** Its number, 0 to 19. */
    public val number: Int,
    /** How many command APDUs it took; MANAGE CHANNEL and SELECT unless the port knows better. For statistics. */
    public val apdus: Int = 2,
)

/**
 * Port to a card through a platform that opens logical channels itself, such as Android's OMAPI.
 *
 * All calls come from the card's own thread, one at a time, and may block; each must end within a limit of its own (30 s
 * is plenty for any APDU). That thread is a daemon named `lpakit-card`, never the main thread. Whatever is thrown becomes
 * an error of the operation; what is no [CardPortException] counts as a connection that failed.
 *
 * The LPA holds the port until it is closed, so a port should not hold the LPA.
 */
public interface CardChannel {
    /** What this port does by itself. */
    public val abilities: PortAbilities get() = PortAbilities()

    /** Opens a logical channel and selects the application. */
    @Throws(CardPortException::class)
    public fun openChannel(aid: ByteArray): OpenedChannel

    /** Sends one command APDU; the answer with its status word. */
    @Throws(CardPortException::class)
    public fun transmit(channel: Int, command: ByteArray): ByteArray

    /** Closes a channel. */
    @Throws(CardPortException::class)
    public fun closeChannel(channel: Int)

    /** Resets the card, if the port can ([PortAbilities.canReset]). */
    @Throws(CardPortException::class)
    public fun reset() {
        throw CardPortException(CardPortException.Reason.CONNECTION_FAILED)
    }

    /** The LPA is done with the card: nothing is asked of the port any more. */
    public fun release() {}
}

/** Port to a card that only carries APDUs, such as a reader. Called as [CardChannel] is. */
public interface RawCard {
    /** What this port does by itself. */
    public val abilities: PortAbilities get() = PortAbilities()

    /** Sends one command APDU; the answer with its status word. */
    @Throws(CardPortException::class)
    public fun transmit(command: ByteArray): ByteArray

    /** Resets the card, if the port can ([PortAbilities.canReset]); it forgets channels and sessions. */
    @Throws(CardPortException::class)
    public fun reset() {
        throw CardPortException(CardPortException.Reason.CONNECTION_FAILED)
    }

    /** The LPA is done with the card: nothing is asked of the port any more. */
    public fun release() {}
}
