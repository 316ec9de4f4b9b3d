package io.github.lpakit.testing

import io.github.lpakit.Advice
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException
import io.github.lpakit.PlanState

/** Errors as the real LPA throws them, with their English texts, without the native library. */
public object FakeErrors {
    /** The LPA was closed. */
    @JvmStatic
    public fun closed(): LpaException = LpaException(
        ErrorKind.CLOSED,
        "closed",
        text = "The eSIM functions of this app have been shut down.",
    )

    /** Another offer is open. */
    @JvmStatic
    public fun offerOpen(): LpaException = LpaException(
        ErrorKind.BUSY,
        "busy.offer_open",
        plan = PlanState.STILL_VALID,
        advice = Advice.TRY_LATER,
        text = "Another download is waiting for an answer.",
    )

    /** The offer was answered before. */
    @JvmStatic
    public fun offerUsed(): LpaException = LpaException(
        ErrorKind.INPUT,
        "input.offer_used",
        plan = PlanState.UNKNOWN,
        advice = Advice.CHECK_PROFILES,
        text = "This offer has been answered already.",
    )

    /** A consent is missing. */
    @JvmStatic
    public fun consentMissing(): LpaException = input(
        "input.consent_missing",
        "This plan has special rules. It can only be installed if you agree to them.",
    )

    /** The confirmation code is missing. */
    @JvmStatic
    public fun confirmationCodeMissing(): LpaException =
        input("input.confirmation_code_missing", "The operator asks for a confirmation code.")

    /** The confirmation code is wrong. */
    @JvmStatic
    public fun confirmationCodeRefused(): LpaException =
        input("input.confirmation_code_refused", "The confirmation code is wrong.")

    /** The person cancelled. */
    @JvmStatic
    public fun cancelled(): LpaException = LpaException(
        ErrorKind.CANCELLED,
        "cancelled.by_user",
        plan = PlanState.STILL_VALID,
        advice = Advice.TRY_AGAIN,
        text = "The download was cancelled.",
    )

    /** The server knows no such code. */
    @JvmStatic
    public fun unknownCode(): LpaException = LpaException(
        ErrorKind.SERVER,
        "server.refused.8.2.6/3.8",
        plan = PlanState.NO_LONGER_VALID,
        advice = Advice.ASK_OPERATOR,
        text = "The operator does not accept this code: it may be mistyped or already used.",
    )

    /** The card has no such profile. */
    @JvmStatic
    public fun profileNotFound(): LpaException = LpaException(
        ErrorKind.CARD,
        "card.switch.not_found",
        advice = Advice.CHECK_PROFILES,
        text = "This plan was not found on the eSIM.",
    )

    /** The profile is on, or off, already. */
    @JvmStatic
    public fun alreadySwitched(): LpaException = LpaException(
        ErrorKind.CARD,
        "card.switch.already",
        advice = Advice.CHECK_PROFILES,
        text = "The plan is already in this state.",
    )

    /** A profile that is on cannot be deleted. */
    @JvmStatic
    public fun deletingEnabled(): LpaException = LpaException(
        ErrorKind.CARD,
        "card.delete.enabled",
        advice = Advice.SWITCH_OFF,
        text = "A plan that is switched on cannot be deleted.",
    )

    private fun input(key: String, text: String) = LpaException(
        ErrorKind.INPUT,
        key,
        plan = PlanState.STILL_VALID,
        advice = Advice.CHANGE_INPUT,
        text = text,
    )
}
