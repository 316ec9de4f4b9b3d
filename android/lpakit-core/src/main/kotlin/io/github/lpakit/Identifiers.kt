package io.github.lpakit

/**
 * A number or a word that belongs to a person or is worth a plan. Its text form hides it, so that it can stand in a log
 * by mistake without harm; [value] is the thing itself.
 */
public sealed class Sensitive(
    /** The digits or the word. */
    public val value: String,
) {
    final override fun equals(other: Any?): Boolean =
        other is Sensitive && other.javaClass == javaClass && other.value == value

    final override fun hashCode(): Int = value.hashCode()

    /** Its kind, and nothing of it. */
    final override fun toString(): String = "${javaClass.simpleName}(…)"
}

/** The number of an eUICC, 32 digits (SGP.02, SGP.29). */
public class Eid(value: String) : Sensitive(value) {
    /** The digits in groups of four, as a person reads them. */
    public val inGroups: String get() = value.chunked(4).joinToString(" ")
}

/** The number of a device, 15 digits (3GPP TS 23.003). */
public class Imei(value: String) : Sensitive(value)

/** The token of an activation code (SGP.22, 4.1). It may be empty: the order is then bound to the EID. */
public class MatchingId(value: String) : Sensitive(value)

/** The code that the operator gave the person beside the activation code (SGP.22, 4.7). */
public class ConfirmationCode(value: String) : Sensitive(value)

/** The name of a profile on a card: an [Iccid] or an [IsdpAid]. */
public sealed interface ProfileId

/** The number of a profile, 18 to 20 digits (ITU-T E.118). */
public class Iccid(value: String) : Sensitive(value), ProfileId

/** The AID of a profile's ISD-P, in hexadecimal (SGP.22, 2.4.3). */
public data class IsdpAid(
    /** The AID, 32 hexadecimal digits. */
    public val hex: String,
) : ProfileId
