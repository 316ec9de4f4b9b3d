package io.github.lpakit

/** What a notification tells the operator. */
public enum class NotificationEvent {
    /** A profile was installed, or its installation failed. */
    INSTALL,

    /** A profile was enabled. */
    ENABLE,

    /** A profile was disabled. */
    DISABLE,

    /** A profile was deleted. */
    DELETE,

    /** An event of a later version. */
    OTHER,
}

/** What keeps a notification from arriving. */
public data class DeliveryTrouble(
    /** How often it was tried. */
    public val tries: Int,
    /** How long ago the first try failed, in seconds. */
    public val lastingSeconds: Long,
    /** Why the last try failed; nothing when that was in an earlier run of the app. */
    public val error: LpaException?,
    /** Whether there is little hope left: the app may offer to remove it by hand. */
    public val offerRemoval: Boolean,
)

/** A notification to an operator that waits on the card (SGP.22, 3.5). */
public data class PendingNotification @JvmOverloads constructor(
    /** Its number on the card. */
    public val seqNumber: Long,
    /** What it tells; one event by the standard. */
    public val events: List<NotificationEvent>,
    /** The server it goes to. */
    public val address: String,
    /** The profile it is about. */
    public val iccid: Iccid? = null,
    /** What keeps it from arriving, after the first failure. */
    public val trouble: DeliveryTrouble? = null,
)

/** A notification that could not be delivered; it stays on the card. */
public data class UnsentNotification(
    /** Its number on the card. */
    public val seqNumber: Long,
    /** Why. */
    public val error: LpaException,
)

/** What became of the pending notifications. */
public data class NotificationReport(
    /** Taken by their servers, in ascending order. */
    public val delivered: List<Long>,
    /** Not delivered, and still on the card, in ascending order. */
    public val unsent: List<UnsentNotification>,
)
