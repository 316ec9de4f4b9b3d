package io.github.lpakit.robolectric.euicc

import android.os.Bundle
import android.telephony.euicc.DownloadableSubscription

/**
 * What the platform asks of the LPA of a phone's system, in types that every release of Android has. Called on a thread of
 * [FakeEuiccController], one call after the other. Result codes are those of `EuiccService.RESULT_*` and larger ones.
 */
public interface LpaService {
    /** What the operator's server says of a plan: carrier name and access rules (BF76). */
    public fun metadata(slot: Int, port: Int, subscription: DownloadableSubscription, mayDeactivateSim: Boolean): Metadata

    /** Downloads a plan. */
    public fun download(order: Order): Downloaded

    /** Switches to a profile, or to none when [iccid] is null. [port] is null where the platform knows no ports. */
    public fun switchTo(slot: Int, port: Int?, iccid: String?, mayDeactivateSim: Boolean): Int

    /** Deletes a profile. */
    public fun delete(slot: Int, iccid: String): Int

    /** Gives a profile a name. */
    public fun rename(slot: Int, iccid: String, name: String): Int
}

/** A download, as the platform orders it. */
public class Order(
    /** The slot of the eUICC. */
    public val slot: Int,
    /** The port to switch on afterwards. */
    public val port: Int,
    /** What to download, with the confirmation code as far as it is known. */
    public val subscription: DownloadableSubscription,
    /** Whether to switch to the new profile. */
    public val switchAfterwards: Boolean,
    /** Whether another SIM may be switched off for it. */
    public val mayDeactivateSim: Boolean,
    /** What a person answered to `RESULT_RESOLVABLE_ERRORS`, and the name of the app that asked. */
    public val answers: Bundle,
)

/** What [LpaService.metadata] found. */
public class Metadata(
    /** `RESULT_OK`, `RESULT_MUST_DEACTIVATE_SIM` or an error. */
    public val result: Int,
    /** The plan with its carrier name and access rules, when it is `RESULT_OK`. */
    public val subscription: DownloadableSubscription? = null,
)

/** How [LpaService.download] ended. */
public class Downloaded(
    /** `RESULT_OK`, `RESULT_MUST_DEACTIVATE_SIM`, `RESULT_RESOLVABLE_ERRORS` or an error. */
    public val result: Int,
    /** With `RESULT_RESOLVABLE_ERRORS`, what a person must resolve; 0 on Android 9. */
    public val resolvableErrors: Int = 0,
)
