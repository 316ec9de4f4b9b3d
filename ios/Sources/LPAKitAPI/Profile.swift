import Foundation

/// The name of a profile in a call.
public enum ProfileID: Hashable, Sendable {
    /// By its ICCID.
    case iccid(ICCID)
    /// By the AID of its ISD-P, 32 hexadecimal digits.
    case isdpAID(String)
}

/// A picture of at most 1024 octets that stands for an operator.
public struct Icon: Hashable, Sendable {
    /// The file type of an icon.
    public enum Format: Hashable, Sendable {
        /// JPEG.
        case jpeg
        /// PNG.
        case png
    }

    /// JPEG or PNG.
    public var format: Format
    /// The picture file.
    public var data: Data

    /// A picture.
    public init(format: Format, data: Data) {
        self.format = format
        self.data = data
    }
}

/// What a profile is for.
public enum ProfileClass: Hashable, Sendable {
    /// For tests of devices.
    case test
    /// Brings connectivity for downloading another profile.
    case provisioning
    /// An ordinary subscription.
    case operational
    /// A class that this version does not know.
    case other
}

/// Who owns a profile.
public struct Operator: Hashable, Sendable {
    /// Country and network code as `262-01`; `E` in a rule stands for any digit.
    public var mccMNC: String
    /// Group identifier level 1.
    public var gid1: Data?
    /// Group identifier level 2.
    public var gid2: Data?

    /// An operator.
    public init(mccMNC: String, gid1: Data? = nil, gid2: Data? = nil) {
        self.mccMNC = mccMNC
        self.gid1 = gid1
        self.gid2 = gid2
    }
}

/// What an operator forbids to do with a profile.
public struct PolicyRules: Hashable, Sendable {
    /// Whether it cannot be switched off (PPR1).
    public var forbidsDisabling: Bool
    /// Whether it cannot be deleted (PPR2).
    public var forbidsDeleting: Bool

    /// Rules; nothing is forbidden unless given.
    public init(forbidsDisabling: Bool = false, forbidsDeleting: Bool = false) {
        self.forbidsDisabling = forbidsDisabling
        self.forbidsDeleting = forbidsDeleting
    }
}

/// An app that the operator of a profile trusts (GlobalPlatform access rules, `BF76`). Android reads them.
public struct CarrierApp: Hashable, Sendable {
    /// Hash of the certificate that it is signed with: SHA-1 (20 octets) or SHA-256 (32).
    public var certificateHash: Data
    /// Only the app of this package name, if any.
    public var packageName: String?

    /// An app.
    public init(certificateHash: Data, packageName: String? = nil) {
        self.certificateHash = certificateHash
        self.packageName = packageName
    }
}

/// A profile on the card.
public struct Profile: Hashable, Sendable, Identifiable {
    /// Its ICCID.
    public var iccid: ICCID
    /// The AID of its ISD-P in hexadecimal, where it was asked for.
    public var isdpAID: String?
    /// On or off.
    public var isEnabled: Bool
    /// The name that the user gave, if any.
    public var nickname: String?
    /// The operator's name.
    public var serviceProviderName: String
    /// The plan's name.
    public var profileName: String
    /// The operator's picture, where it was asked for.
    public var icon: Icon?
    /// What it is for.
    public var profileClass: ProfileClass
    /// What its operator forbids.
    public var rules: PolicyRules
    /// Who owns it, where it was asked for.
    public var owner: Operator?
    /// The apps that its operator trusts, where they were asked for.
    public var carrierApps: [CarrierApp]

    /// A profile; for an app's tests and previews.
    public init(
        iccid: ICCID, isEnabled: Bool = false, nickname: String? = nil, serviceProviderName: String,
        profileName: String, profileClass: ProfileClass = .operational, rules: PolicyRules = PolicyRules(),
        icon: Icon? = nil, isdpAID: String? = nil, owner: Operator? = nil, carrierApps: [CarrierApp] = []
    ) {
        self.iccid = iccid
        self.isEnabled = isEnabled
        self.nickname = nickname
        self.serviceProviderName = serviceProviderName
        self.profileName = profileName
        self.profileClass = profileClass
        self.rules = rules
        self.icon = icon
        self.isdpAID = isdpAID
        self.owner = owner
        self.carrierApps = carrierApps
    }

    /// Its name in calls.
    public var id: ProfileID { .iccid(iccid) }

    /// The nickname, else the plan's name, else the operator's.
    public var displayName: String {
        [nickname, profileName].compactMap { $0 }.first { !$0.isEmpty } ?? serviceProviderName
    }
}

/// A profile that is on offer, or was installed.
public struct ProfileDescription: Hashable, Sendable {
    /// Its ICCID.
    public var iccid: ICCID
    /// The operator's name.
    public var serviceProviderName: String
    /// The plan's name.
    public var profileName: String
    /// The operator's picture.
    public var icon: Icon?
    /// What it is for.
    public var profileClass: ProfileClass
    /// What its operator forbids.
    public var rules: PolicyRules
    /// Who owns it.
    public var owner: Operator?
    /// How many octets it will need, if the server says (v3).
    public var estimatedSize: Int?
    /// The apps that its operator trusts.
    public var carrierApps: [CarrierApp]

    /// A profile on offer; for an app's tests and previews.
    public init(
        iccid: ICCID, serviceProviderName: String, profileName: String, icon: Icon? = nil,
        profileClass: ProfileClass = .operational, rules: PolicyRules = PolicyRules(), owner: Operator? = nil,
        estimatedSize: Int? = nil, carrierApps: [CarrierApp] = []
    ) {
        self.iccid = iccid
        self.serviceProviderName = serviceProviderName
        self.profileName = profileName
        self.icon = icon
        self.profileClass = profileClass
        self.rules = rules
        self.owner = owner
        self.estimatedSize = estimatedSize
        self.carrierApps = carrierApps
    }
}

/// What a memory reset deletes (SGP.22, 5.7.19).
public struct MemoryReset: OptionSet, Hashable, Sendable {
    /// One bit for each thing.
    public let rawValue: UInt8

    /// What these bits stand for.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Operational profiles.
    public static let operationalProfiles = MemoryReset(rawValue: 1)
    /// Test profiles that were loaded in the field.
    public static let fieldLoadedTestProfiles = MemoryReset(rawValue: 2)
    /// The default SM-DP+ address is set back to the maker's.
    public static let defaultSMDPAddress = MemoryReset(rawValue: 4)
    /// Test profiles that the maker loaded (v3).
    public static let preLoadedTestProfiles = MemoryReset(rawValue: 8)
    /// Provisioning profiles (v3).
    public static let provisioningProfiles = MemoryReset(rawValue: 16)
}
