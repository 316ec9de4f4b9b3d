package io.github.lpakit

import kotlinx.coroutines.flow.Flow

/** What an offer needs of the person before it can be accepted. */
public enum class Need {
    /** Consent to the installation; every offer needs it. */
    CONSENT,

    /** Consent to "cannot be switched off" (PPR1). */
    CONSENT_TO_NO_DISABLING,

    /** Consent to "cannot be deleted" (PPR2). */
    CONSENT_TO_NO_DELETING,

    /** Consent to try although the card seems to have too little memory. */
    CONSENT_TO_LOW_MEMORY,

    /** The operator's confirmation code. */
    CONFIRMATION_CODE,
}

/** What the person answered to an offer. */
public data class Answers @JvmOverloads constructor(
    /** What the person agreed to, each shown in its own words. */
    public val agreed: Set<Need>,
    /** The confirmation code that the person typed. */
    public val confirmationCode: ConfirmationCode? = null,
)

/** Why an offer is not taken. */
public enum class RejectReason {
    /** The person does not want it (endUserRejection). The operator may end the order. */
    REFUSED,

    /** The person wants to decide later (postponed). The order stays as it is. */
    LATER,
}

/**
 * What the operator's server offers, before anything is written to the card. It holds the card's only RSP session, but
 * not the card. Unanswered it is cancelled after five minutes (timeout), or when it is closed or forgotten (postponed).
 */
public interface Offer : AutoCloseable {
    /** Names, icon, operator and rules of the profile. */
    public val profile: ProfileDescription

    /** What [accept] must be given an answer to. */
    public val needs: Set<Need>

    /** The server that offers, as the code names it. */
    public val server: String

    /** Whether it can still be answered. */
    public val isOpen: Boolean

    /**
     * Accepts, and starts the installation, which goes on by itself.
     *
     * Throws `input.consent_missing` and `input.confirmation_code_missing`, after which the offer is still open, and
     * `cancelled.offer_expired` and `input.offer_used`, when it is over.
     */
    @Throws(LpaException::class)
    public fun accept(answers: Answers): InstallTask

    /**
     * Rejects. Answers whether the server could be told; the card's half is done in any case. Throws `input.offer_used`
     * when it was answered before.
     */
    @Throws(LpaException::class)
    public suspend fun reject(reason: RejectReason): Boolean

    /** Lets the offer go; one that is open is postponed. Never blocks, never throws. */
    override fun close()
}

/** What an installation does. The order is the order in which they come. */
public enum class Phase {
    /** The card prepares to receive. */
    PREPARING,

    /** The server binds the package and sends it. */
    DOWNLOADING,

    /** The package is written to the card; bytes are counted. From its first byte on it runs to its end. */
    INSTALLING,

    /** The operator is told the result. */
    NOTIFYING,

    /** It is over; the outcome is there. */
    FINISHED,
}

/** How far an installation is. */
public data class Progress @JvmOverloads constructor(
    /** What is being done. */
    public val phase: Phase,
    /** Octets of the package that the card has taken. */
    public val bytesDone: Long = 0,
    /** Octets of the whole package; 0 until it has arrived. */
    public val bytesTotal: Long = 0,
)

/** What an installation is doing. */
public sealed interface InstallState {
    /** It is under way. */
    public data class Running(
        /** How far it is. */
        public val progress: Progress,
    ) : InstallState

    /** It is over; [InstallTask.outcome] tells how. */
    public object Finished : InstallState {
        override fun toString(): String = "Finished"
    }
}

/** An installation. It goes on whatever becomes of this object, and can be found again by its [id]. */
public interface InstallTask {
    /** Its name within this process, for [Lpa.installTask]. */
    public val id: Long

    /** What it is doing now. */
    public val state: InstallState

    /**
     * How far it is, from now to its end: cold and conflated, for any number of collectors, each of which sees the newest
     * state only. It completes when there is no more to come; how it ended is told by [outcome].
     */
    public val progress: Flow<Progress>

    /**
     * Wishes to cancel. Until the first byte is written to the card the session is cancelled and the outcome is
     * `cancelled.by_user`; after it the installation runs to its end and its outcome tells of the wish. Never blocks.
     */
    public fun cancel()

    /**
     * Waits for the end, which may be asked for any number of times; throws whatever went wrong.
     *
     * When the caller is cancelled, the installation is: this waits until its session has ended (one step of the card, then
     * at most 5 s of network), or until it is too late and it goes on by itself. A caller who only watches says
     * `outcome(cancelWithCaller = false)`.
     */
    @Throws(LpaException::class)
    public suspend fun outcome(cancelWithCaller: Boolean = true): InstallOutcome
}

/** Whether the operator knows of an installation. */
public enum class ReportState {
    /** The operator's server has taken the result. */
    DELIVERED,

    /** The result waits on the card and will be sent with the next notifications. */
    QUEUED,
}

/** A profile that is on the card now, disabled. */
public data class InstalledProfile @JvmOverloads constructor(
    /** Its ICCID. */
    public val iccid: Iccid,
    /** What was installed, as it was offered. */
    public val profile: ProfileDescription,
    /** The AID of its ISD-P. */
    public val isdpAid: IsdpAid,
    /** Whether the operator knows already. */
    public val report: ReportState = ReportState.DELIVERED,
    /** Whether the person wanted to cancel when it was too late; the app can offer to delete. */
    public val wasCancelRequested: Boolean = false,
)

/** How an installation ended, when it did not fail. */
public sealed interface InstallOutcome {
    /** The profile is on the card. */
    public data class Installed(
        /** The profile. */
        public val profile: InstalledProfile,
    ) : InstallOutcome

    /** The confirmation code was wrong. Each try is a whole new session by the standard: here is the fresh offer. */
    public data class ConfirmationCodeRefused(
        /** The same plan, to be answered again. */
        public val offer: Offer,
        /** What to say. */
        public val error: LpaException,
    ) : InstallOutcome
}
