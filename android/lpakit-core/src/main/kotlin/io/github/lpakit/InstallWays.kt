package io.github.lpakit

import io.github.lpakit.internal.Native
import java.util.Locale

/** What an app is to the phone it runs on. */
public enum class AppStanding {
    /** An app like any other. */
    PLAIN,

    /** An operator's, with carrier privileges. */
    OPERATOR,

    /** Part of the phone's system: it is its LPA, or holds the privileged permissions of one. */
    SYSTEM,
}

/** How far a try to reach the eUICC in one slot or reader came. */
public enum class CardAccess {
    /** Its ISD-R answers. */
    OPEN,

    /** There is no card in it. */
    NO_CARD,

    /** There is a card without an ISD-R, or one that hides it. */
    NO_EUICC,

    /** The card's access rules (ARA-M) do not list this app. */
    DENIED,

    /** The card has no free logical channel. */
    NO_CHANNEL,

    /** It could not be asked. */
    FAILED,
}

/** A way to install a profile. */
public enum class InstallRoute {
    /** lpakit's own LPA on the phone's eUICCs, for parts of the system. */
    PHONE_CARD,

    /** The phone's own LPA, by EuiccManager. */
    SYSTEM_LPA,

    /** lpakit's own LPA on a removable eUICC in a SIM slot, by OMAPI. */
    SIM_CARD,

    /** lpakit's own LPA on a removable eUICC in a USB reader. */
    READER,

    /** A link that opens the phone's own settings with the code. The person goes on there; nothing comes back. */
    SETUP_LINK,

    /** The QR code on another screen or on paper, scanned by the phone's own settings. */
    OTHER_SCREEN,
}

/** Whether a way can be gone. */
public enum class Passage {
    /** It can. */
    OPEN,

    /** It can be tried; [InstallWay.reasons] say on what it depends. */
    PERHAPS,

    /** It cannot; [InstallWay.reasons] say why. */
    SHUT,
}

/** What is known of an Android phone and of this app; `lpakit-android` gathers it. */
public data class PhoneFacts @JvmOverloads constructor(
    /** `Build.VERSION.SDK_INT`. */
    public val apiLevel: Int,
    /** What the app is to the phone. */
    public val standing: AppStanding = AppStanding.PLAIN,
    /** Whether the phone has an eSIM that its system uses; null where the system does not say. */
    public val esim: Boolean? = null,
    /** What OMAPI reaches, a value for each reader; null when there is no such service, or it does not answer. */
    public val sims: List<CardAccess>? = null,
    /** What TelephonyManager reaches, a value for each slot; null when it was not asked. */
    public val slots: List<CardAccess>? = null,
    /** What USB readers hold; null when the phone cannot have one. */
    public val readers: List<CardAccess>? = null,
    /** Whether something on this phone opens links to its eSIM settings; null where that is not known. */
    public val opensSetupLinks: Boolean? = null,
) {
    /**
     * Every way to install a profile, the best one first: those that can be gone before those that are shut, and the ones
     * that end in the app before the ones that a person goes by hand.
     */
    @Throws(LpaException::class)
    public fun installWays(): List<InstallWay> = Native.installWays(this)
}

/** A way to install a profile, whether it can be gone, and why. */
public data class InstallWay(
    /** Which. */
    public val route: InstallRoute,
    /** Whether it can be gone. */
    public val passage: Passage,
    /** Keys (`docs/errors.md`) of why it is shut, or on what it depends. Empty when it is open. */
    public val reasons: List<String>,
) {
    /** The reasons in the first of these languages that lpakit speaks, else in English: a sentence each. */
    @JvmOverloads
    @Throws(LpaException::class)
    public fun explanations(locales: List<Locale> = listOf(Locale.getDefault())): List<String> =
        reasons.map { LpaKit.text(it, locales = locales) }
}
