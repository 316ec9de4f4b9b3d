package io.github.lpakit

/** Where a plan comes from. */
public sealed interface ProfileSource {
    /** An activation code. */
    public data class Code(
        /** The code. */
        public val code: ActivationCode,
    ) : ProfileSource

    /** The default SM-DP+ address on the card: the operator has prepared a plan for this very EID. */
    public object DefaultServer : ProfileSource {
        override fun toString(): String = "DefaultServer"
    }

    /** An event that waited at an SM-DS. */
    public data class Event(
        /** What was found. */
        public val plan: WaitingPlan,
    ) : ProfileSource
}

/** A plan that waits for this card. */
public interface WaitingPlan {
    /** The server that has it, or knows who has it. */
    public val server: String

    /** The SM-DS that named it. */
    public val foundAt: String
}

/** What an SM-DS could not tell, or told wrong. */
public data class SearchTrouble(
    /** The SM-DS. */
    public val server: String,
    /** What was wrong. */
    public val error: LpaException,
)

/** What was found. One SM-DS that fails does not hide what others know. */
public data class Discovery(
    /** What waits. */
    public val plans: List<WaitingPlan>,
    /** What went wrong. */
    public val troubles: List<SearchTrouble>,
)
