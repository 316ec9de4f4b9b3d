/// One eUICC on a card with several.
public struct EUICC: Hashable, Sendable {
    /// The AID of its ISD-R, in hexadecimal.
    public var isdrAID: String
    /// Its EID.
    public var eid: EID

    /// An eUICC; for an app's tests and previews.
    public init(isdrAID: String, eid: EID) {
        self.isdrAID = isdrAID
        self.eid = eid
    }
}

/// A row of the Rules Authorisation Table.
public struct AuthorisationRule: Hashable, Sendable {
    /// The rules it is about.
    public var rules: PolicyRules
    /// The operators whose profiles may have these rules.
    public var operators: [Operator]
    /// Whether the person must consent.
    public var consentRequired: Bool

    /// A row; for an app's tests and previews.
    public init(rules: PolicyRules, operators: [Operator], consentRequired: Bool) {
        self.rules = rules
        self.operators = operators
        self.consentRequired = consentRequired
    }
}

/// What an eUICC says of itself (SGP.22, EUICCInfo2, configured addresses, RAT).
public struct ChipInfo: Hashable, Sendable {
    /// Its EID.
    public var eid: EID
    /// SGP.22 version; of a v3 eUICC the lowest one.
    public var sgp22Version = ""
    /// The highest SGP.22 version that the eUICC speaks (v3).
    public var highestSGP22Version: String?
    /// Version of the profile package format (TCA).
    public var profileVersion = ""
    /// Firmware version.
    public var firmwareVersion = ""
    /// Java Card API version.
    public var javaCardVersion: String?
    /// GlobalPlatform version.
    public var globalPlatformVersion: String?
    /// Protection profile version.
    public var protectionProfileVersion = ""
    /// How many applications are installed.
    public var installedApplications = 0
    /// Free memory for profiles, in octets.
    public var freeMemory = 0
    /// Free working memory, in octets.
    public var freeWorkingMemory = 0
    /// Issuers (CI public keys) under which servers are believed, in hexadecimal.
    public var verificationKeys: [String] = []
    /// Issuers under which the eUICC has certificates, in hexadecimal.
    public var signingKeys: [String] = []
    /// SAS accreditation number of the maker.
    public var sasAccreditationNumber = ""
    /// Platform label of the security certification.
    public var platformLabel: String?
    /// Default SM-DP+ address, if one is set.
    public var defaultSMDPAddress: String?
    /// Root SM-DS.
    public var rootSMDSAddress = ""
    /// Further root SM-DSs (v3).
    public var furtherSMDSAddresses: [String] = []
    /// The Rules Authorisation Table; empty on cards that have none.
    public var rules: [AuthorisationRule] = []

    /// A chip of which only the EID is known; for an app's tests and previews.
    public init(eid: EID) { self.eid = eid }
}

/// What was exchanged with a card and over HTTP so far.
public struct Statistics: Hashable, Sendable {
    /// Command APDUs.
    public var apdus = 0
    /// Octets of commands.
    public var cardBytesOut = 0
    /// Octets of answers.
    public var cardBytesIn = 0
    /// HTTP requests.
    public var requests = 0
    /// TLS handshakes begun.
    public var tlsHandshakes = 0
    /// Octets of request bodies.
    public var httpBytesOut = 0
    /// Octets of response bodies.
    public var httpBytesIn = 0

    /// Nothing so far.
    public init() {}
}
