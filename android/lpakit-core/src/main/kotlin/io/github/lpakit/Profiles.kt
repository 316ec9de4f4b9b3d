package io.github.lpakit

import io.github.lpakit.internal.Native
import java.util.Locale

/** A picture of at most 1024 octets that stands for the operator. */
public class Icon(
    /** The file type. */
    public val kind: Kind,
    /** The picture file. */
    public val data: ByteArray,
) {
    /** The file type of an icon. */
    public enum class Kind {
        /** JPEG. */
        JPEG,

        /** PNG. */
        PNG,
    }

    override fun equals(other: Any?): Boolean =
        other is Icon && other.kind == kind && other.data.contentEquals(data)

    override fun hashCode(): Int = data.contentHashCode()

    override fun toString(): String = "Icon($kind, ${data.size} octets)"
}

/** What a profile is for. */
public enum class ProfileClass {
    /** For tests of devices. */
    TEST,

    /** Brings connectivity for downloading another profile. */
    PROVISIONING,

    /** An ordinary subscription. */
    OPERATIONAL,

    /** A class that this version does not know. */
    OTHER,
}

/** Who owns a profile. */
public data class Operator(
    /** Country and network code as `262-01`; `E` in a rule stands for any digit. */
    public val mccMnc: String,
    /** Group identifier level 1, in octets. */
    public val gid1: List<Byte>? = null,
    /** Group identifier level 2, in octets. */
    public val gid2: List<Byte>? = null,
)

/** What a profile's owner forbids (SGP.22, 2.4.5). */
public data class PolicyRules @JvmOverloads constructor(
    /** Whether it cannot be switched off (PPR1). */
    public val forbidsDisabling: Boolean = false,
    /** Whether it cannot be deleted (PPR2). */
    public val forbidsDeleting: Boolean = false,
) {
    /** The rules in plain words, in the first of these languages that lpakit speaks, else in English. */
    @JvmOverloads
    @Throws(LpaException::class)
    public fun inWords(locales: List<Locale> = listOf(Locale.getDefault())): List<String> =
        Native.rulesInWords(this, locales)
}

/** An app that the operator of a profile trusts (GlobalPlatform access rules, `BF76`, which Android reads). */
public class CarrierApp @JvmOverloads constructor(
    /** Hash of the certificate that it is signed with: SHA-1 (20 octets) or SHA-256 (32). */
    public val certificateHash: ByteArray,
    /** Only the app of this package name, if any. */
    public val packageName: String? = null,
) {
    override fun equals(other: Any?): Boolean =
        other is CarrierApp && other.certificateHash.contentEquals(certificateHash) && other.packageName == packageName

    override fun hashCode(): Int = certificateHash.contentHashCode()

    override fun toString(): String = "CarrierApp(${packageName ?: "any package"})"
}

/** A profile on the card. */
public data class Profile @JvmOverloads constructor(
    /** Its ICCID. */
    public val iccid: Iccid,
    /** The nickname, else the plan's name, else the operator's. */
    public val displayName: String,
    /** Whether it is switched on. */
    public val isEnabled: Boolean,
    /** The operator's name. */
    public val serviceProviderName: String = "",
    /** The plan's name. */
    public val profileName: String = "",
    /** The name that the user gave, if any. */
    public val nickname: String? = null,
    /** What it is for. */
    public val profileClass: ProfileClass = ProfileClass.OPERATIONAL,
    /** What its owner forbids. */
    public val rules: PolicyRules = PolicyRules(),
    /** The AID of its ISD-P, where it was asked for ([Lpa.profile], [Lpa.profilesInDetail]). */
    public val isdpAid: IsdpAid? = null,
    /** The operator's picture, where it was asked for ([Lpa.profile]). */
    public val icon: Icon? = null,
    /** Who owns it, where it was asked for ([Lpa.profile], [Lpa.profilesInDetail]). */
    public val owner: Operator? = null,
    /** The apps that its operator trusts, where they were asked for ([Lpa.profilesInDetail]). */
    public val carrierApps: List<CarrierApp> = emptyList(),
)

/** A profile that is on offer, or was installed. */
public data class ProfileDescription @JvmOverloads constructor(
    /** Its ICCID. */
    public val iccid: Iccid,
    /** The operator's name. */
    public val serviceProviderName: String,
    /** The plan's name. */
    public val profileName: String,
    /** What it is for. */
    public val profileClass: ProfileClass = ProfileClass.OPERATIONAL,
    /** What its owner forbids. */
    public val rules: PolicyRules = PolicyRules(),
    /** The operator's picture. */
    public val icon: Icon? = null,
    /** Who owns it. */
    public val owner: Operator? = null,
    /** How many octets it will need, if the server says (v3). */
    public val estimatedSize: Long? = null,
    /** The apps that its operator trusts. */
    public val carrierApps: List<CarrierApp> = emptyList(),
)
