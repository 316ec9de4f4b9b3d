package io.github.lpakit

/** One eUICC on a card with several. */
public data class Euicc(
    /** The AID of its ISD-R, in hexadecimal, for [Lpa.euicc]. */
    public val isdrAid: String,
    /** Its EID. */
    public val eid: Eid,
)

/** A row of the Rules Authorisation Table (SGP.22, 2.4.11.1). */
public data class AuthorisationRule(
    /** Whether it is about "cannot be switched off" (PPR1). */
    public val aboutDisabling: Boolean,
    /** Whether it is about "cannot be deleted" (PPR2). */
    public val aboutDeleting: Boolean,
    /** The operators whose profiles may have these rules. */
    public val operators: List<Operator>,
    /** Whether the person must consent. */
    public val isConsentRequired: Boolean,
)

/** What an eUICC says of itself (SGP.22, EUICCInfo2, configured addresses, RAT). */
public data class ChipInfo @JvmOverloads constructor(
    /** Its EID. */
    public val eid: Eid,
    /** SGP.22 version; of a v3 eUICC the lowest one. */
    public val sgp22Version: String,
    /** The highest SGP.22 version that the eUICC speaks (v3). */
    public val highestSgp22Version: String? = null,
    /** Version of the profile package format (TCA). */
    public val profileVersion: String = "",
    /** Firmware version. */
    public val firmwareVersion: String = "",
    /** Java Card API version. */
    public val javaCardVersion: String? = null,
    /** GlobalPlatform version. */
    public val globalPlatformVersion: String? = null,
    /** Protection profile version. */
    public val protectionProfileVersion: String = "",
    /** How many applications are installed. */
    public val installedApplications: Long = 0,
    /** Free memory for profiles, in octets. */
    public val freeMemory: Long = 0,
    /** Free working memory, in octets. */
    public val freeWorkingMemory: Long = 0,
    /** Issuers (CI public keys) under which servers are believed, in hexadecimal. */
    public val verificationKeys: List<String> = emptyList(),
    /** Issuers under which the eUICC has certificates, in hexadecimal. */
    public val signingKeys: List<String> = emptyList(),
    /** SAS accreditation number of the maker. */
    public val sasAccreditationNumber: String = "",
    /** Platform label of the security certification. */
    public val platformLabel: String? = null,
    /** Default SM-DP+ address, if one is set. */
    public val defaultSmdpAddress: String? = null,
    /** Root SM-DS. */
    public val rootSmdsAddress: String = "",
    /** Further root SM-DSs (v3). */
    public val furtherSmdsAddresses: List<String> = emptyList(),
    /** The Rules Authorisation Table; empty on cards that have none. */
    public val rules: List<AuthorisationRule> = emptyList(),
)

/** What a memory reset deletes (SGP.22, 5.7.19). */
public data class MemoryReset @JvmOverloads constructor(
    /** Operational profiles. */
    public val operationalProfiles: Boolean = false,
    /** Test profiles that were loaded in the field. */
    public val fieldLoadedTestProfiles: Boolean = false,
    /** The default SM-DP+ address is set back to the maker's. */
    public val defaultSmdpAddress: Boolean = false,
    /** Test profiles that the maker loaded (v3). */
    public val preLoadedTestProfiles: Boolean = false,
    /** Provisioning profiles (v3). */
    public val provisioningProfiles: Boolean = false,
)

/** What was exchanged with a card and over HTTP so far. */
public data class Statistics(
    /** Command APDUs. */
    public val apdus: Long,
    /** Octets of commands. */
    public val cardBytesOut: Long,
    /** Octets of answers. */
    public val cardBytesIn: Long,
    /** HTTP requests. */
    public val requests: Long,
    /** TLS handshakes begun. */
    public val tlsHandshakes: Long,
    /** Octets of request bodies. */
    public val httpBytesOut: Long,
    /** Octets of response bodies. */
    public val httpBytesIn: Long,
)
