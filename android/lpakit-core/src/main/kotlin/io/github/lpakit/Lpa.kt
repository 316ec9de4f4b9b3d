package io.github.lpakit

import java.util.Locale

/**
 * The Local Profile Assistant of a card. Operations on one card never interleave, whatever threads call; opening the same
 * card twice in a process gives handles to the same LPA, and the card is let go when the last has been closed.
 *
 * Every function that asks the card or a server suspends, may be called from any dispatcher and throws [LpaException].
 * When its caller is cancelled, [authenticate], [discover] and [sendNotifications] cancel what they do, wait until their
 * session has ended (one step of the card, then at most 5 s of network) and then throw the cancellation. All others are
 * short, and run to their end first.
 *
 * It is an interface so that tests of apps can use the scripted one of `lpakit-testing`.
 */
public interface Lpa : AutoCloseable {
    /** The card's name, as it was opened by. */
    public val cardId: String

    /** The eUICCs on this card: one, but for cards with several secure elements. */
    @Throws(LpaException::class)
    public suspend fun euiccs(): List<Euicc>

    /** The LPA for one eUICC of a card with several. It lives as long as the card is open. */
    @Throws(LpaException::class)
    public fun euicc(isdrAid: String): Lpa

    /** The EID. */
    @Throws(LpaException::class)
    public suspend fun eid(): Eid

    /** Everything that the eUICC says of itself. */
    @Throws(LpaException::class)
    public suspend fun chip(): ChipInfo

    /**
     * What a person sends to an operator who asks for the device: the EID and, where the app may read it, the IMEI. It
     * holds both.
     */
    @Throws(LpaException::class)
    public suspend fun shareText(imei: Imei? = null, locales: List<Locale> = listOf(Locale.getDefault())): String

    /** Sets the default SM-DP+ address, or clears it with an empty one (SGP.22, 5.7.4). */
    @Throws(LpaException::class)
    public suspend fun setDefaultAddress(address: String)

    /**
     * Reads an activation code with the rules that fit this LPA: test servers' addresses are taken only while a test
     * issuer is trusted.
     */
    @Throws(LpaException::class)
    public fun parseActivationCode(text: String): ActivationCode

    /** The profiles on the card, with what a list on a screen needs: no icons, AIDs and owners. */
    @Throws(LpaException::class)
    public suspend fun profiles(): List<Profile>

    /**
     * The profiles on the card with AIDs, owners and the apps that their operators trust, as a phone's system wants them;
     * no icons.
     */
    @Throws(LpaException::class)
    public suspend fun profilesInDetail(): List<Profile>

    /** One profile with its icon, AID and owner. */
    @Throws(LpaException::class)
    public suspend fun profile(id: ProfileId): Profile

    /** Switches a profile on. What comes back is what the card says afterwards. */
    @Throws(LpaException::class)
    public suspend fun enable(id: ProfileId): Profile

    /** Switches a profile off. What comes back is what the card says afterwards. */
    @Throws(LpaException::class)
    public suspend fun disable(id: ProfileId): Profile

    /** Deletes a profile for good; it must be off. */
    @Throws(LpaException::class)
    public suspend fun delete(id: ProfileId)

    /** Gives a profile a name, at most 64 octets of UTF-8; an empty one takes the name away. */
    @Throws(LpaException::class)
    public suspend fun rename(id: ProfileId, name: String)

    /** Resets the eUICC's memory. What it deletes is gone for good. */
    @Throws(LpaException::class)
    public suspend fun resetMemory(what: MemoryReset)

    /** Asks the SM-DSs that the card names, or those given, for plans that wait for this card. */
    @Throws(LpaException::class)
    public suspend fun discover(servers: List<String> = emptyList()): Discovery

    /**
     * Asks the operator's server what it offers. A person sees the offer before anything is written to the card. Throws
     * `busy.offer_open` while another is open.
     */
    @Throws(LpaException::class)
    public suspend fun authenticate(source: ProfileSource): Offer

    /** As the other [authenticate], with an activation code. */
    @Throws(LpaException::class)
    public suspend fun authenticate(code: ActivationCode): Offer = authenticate(ProfileSource.Code(code))

    /** The offer that is open, for whoever has lost it: a screen that was turned, for instance. */
    public fun openOffer(): Offer?

    /** An installation of this card, under way or ended, by its id; the newest sixteen are remembered. */
    public fun installTask(id: Long): InstallTask?

    /** The installations of this card, under way or ended, oldest first. */
    public fun installTasks(): List<InstallTask>

    /** The notifications to operators that wait on the card. */
    @Throws(LpaException::class)
    public suspend fun notifications(): List<PendingNotification>

    /** Sends everything that is pending, now. A notification leaves the card only after its server has taken it. */
    @Throws(LpaException::class)
    public suspend fun sendNotifications(): NotificationReport

    /** Sends in the background whatever is due: call it when the network has come back. */
    @Throws(LpaException::class)
    public fun deliverSoon()

    /** Removes a notification unsent, with the person's consent: the operator will not learn of what it tells. */
    @Throws(LpaException::class)
    public suspend fun removeNotification(seqNumber: Long)

    /** What to keep for [LpaOptions.deliveryMemory] of a later run. It holds no identifiers. */
    @Throws(LpaException::class)
    public fun deliveryMemory(): String

    /** What was learned of the card, to keep for [LpaOptions.hints] of a later run. It holds no identifiers. */
    @Throws(LpaException::class)
    public suspend fun hints(): String

    /** Lets the channel to the card go, after all that is queued. It opens again by itself when it is needed. */
    @Throws(LpaException::class)
    public suspend fun releaseCard()

    /** What was exchanged with the card and over HTTP so far. */
    @Throws(LpaException::class)
    public suspend fun statistics(): Statistics

    /**
     * Asks to close and returns at once; every later call throws [ErrorKind.CLOSED]. With the last handle the card is let
     * go: an open offer is cancelled, an installation that has written nothing yet ends as closed after its session was
     * cancelled, one that has is run to its end.
     */
    override fun close()

    /** Closes, and waits until it is done; for servers five seconds at most. Others may still hold the card open. */
    @Throws(LpaException::class)
    public suspend fun closeAndJoin()
}
