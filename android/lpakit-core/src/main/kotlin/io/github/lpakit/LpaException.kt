package io.github.lpakit

import io.github.lpakit.internal.explainNatively
import java.util.Locale

/** What an error is about, for code that decides. There will never be more than these nine. */
public enum class ErrorKind {
    /** What the person or the app gave cannot be used. */
    INPUT,

    /** The eUICC, or the way to it. */
    CARD,

    /** The server answered, and refused or made no sense. */
    SERVER,

    /** The server could not be reached or did not answer. */
    NETWORK,

    /** The server is not who it should be, or changed its word. */
    TRUST,

    /** The eUICC's or the operator's rules forbid it. */
    POLICY,

    /** The person wanted it to end, or did not answer in time. */
    CANCELLED,

    /** Something else is going on. */
    BUSY,

    /** The library was shut down. */
    CLOSED,
}

/** What has become of the plan that was to be installed. */
public enum class PlanState {
    /** No plan is concerned. */
    NOT_CONCERNED,

    /** The code can be used again. */
    STILL_VALID,

    /** The code cannot be used again, or not by this device. */
    NO_LONGER_VALID,

    /** The profile is on the card. */
    INSTALLED,

    /** It is not known; the card's list of profiles, or the operator, tells. */
    UNKNOWN,
}

/** What to do now. */
public enum class Advice {
    /** Nothing can be done. */
    NOTHING,

    /** Try again at once. */
    TRY_AGAIN,

    /** Try again later. */
    TRY_LATER,

    /** Change what was given, then try again. */
    CHANGE_INPUT,

    /** Free space on the eSIM, then try again. */
    FREE_SPACE,

    /** Look at the list of profiles. */
    CHECK_PROFILES,

    /** Ask the operator, usually for a new code. */
    ASK_OPERATOR,

    /** Set the device's clock right, then try again. */
    CHECK_CLOCK,

    /** Look after the internet connection, then try again. */
    CHECK_NETWORK,

    /** Switch the profile off, then try again. */
    SWITCH_OFF,

    /** Close other programs that use the eSIM, then try again. */
    CLOSE_OTHER_APP,
}

/** What is told of an error to a person: a sentence each, empty where there is nothing to say. */
public data class Explanation(
    /** What happened. */
    public val what: String,
    /** Whether the plan is still usable. */
    public val plan: String,
    /** What to do now. */
    public val advice: String,
    /** All of it in a row. */
    public val text: String,
)

/**
 * Everything that can go wrong: what it was, what it means for the plan, and what to do now. No identifier and no secret
 * stands in it. Errors that are not in lpakit's catalogue, such as those of scripted fakes, bring a text of their own.
 */
public class LpaException @JvmOverloads constructor(
    /** What it is about. */
    public val kind: ErrorKind,
    /** A stable name of what exactly went wrong (`docs/errors.md`). New ones may come. */
    public val key: String,
    /** Values for its text, by name. */
    public val arguments: Map<String, String> = emptyMap(),
    /** What has become of the plan. */
    public val plan: PlanState = PlanState.NOT_CONCERNED,
    /** What to do now. */
    public val advice: Advice = Advice.NOTHING,
    cause: Throwable? = null,
    private val text: String? = null,
) : Exception(null, cause) {

    /** The text in the device's language, rendered when it is asked for. */
    override val message: String get() = explanation().text

    /**
     * Explains the error in the first of these languages that lpakit speaks, else in English. Without the native library
     * it is the [key] that is shown.
     */
    @JvmOverloads
    public fun explanation(locales: List<Locale> = listOf(Locale.getDefault())): Explanation {
        val own = text ?: return explainNatively(this, locales) ?: Explanation(key, "", "", key)
        return Explanation(own, "", "", own)
    }
}
