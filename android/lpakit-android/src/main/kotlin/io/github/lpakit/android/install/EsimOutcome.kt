package io.github.lpakit.android.install

/**
 * A profile that the system has installed. The system tells apps little: neither ICCID nor EID, and what stands here only
 * when the profile's rules list the app.
 */
public data class EsimOutcome(
    /** [InstallRequest.id]. */
    public val requestId: String,
    /** The system's number of the new profile, for [EsimInstaller.switchTo]; null when the app cannot see it. */
    public val subscriptionId: Int?,
    /** The operator's name; null when the app cannot see it. */
    public val carrierName: String?,
)

/** How far an installation that was asked for once has come. */
public enum class RequestState {
    /** The system works on it, as far as is known here. */
    UNDER_WAY,

    /** The system has asked something, and the person could not be shown it. Nothing is installed. */
    UNANSWERED,

    /** It is installed. */
    INSTALLED,

    /** It failed; [EsimInstaller.resume] throws why. */
    FAILED,
}
