/// What an app is to the iPhone it runs on.
public enum AppStanding: Hashable, Sendable {
    /// An app like any other.
    case plain
    /// An operator's, with Apple's entitlement `public-cellular-plan`.
    case `operator`
}

/// How far a try to reach the eUICC in one reader came.
public enum CardAccess: Hashable, Sendable, CaseIterable {
    /// Its ISD-R answers.
    case open
    /// There is no card in it.
    case noCard
    /// There is a card without an ISD-R, or one that hides it.
    case noEUICC
    /// The card's access rules (ARA-M) do not list this app.
    case denied
    /// The card has no free logical channel.
    case noChannel
    /// It could not be asked.
    case failed
}

/// A way to install a profile.
public enum InstallRoute: Hashable, Sendable, CaseIterable {
    /// lpakit's own LPA on the phone's eUICCs. No iPhone lets an app do that.
    case phoneCard
    /// The phone's own LPA, by CTCellularPlanProvisioning.
    case systemLPA
    /// lpakit's own LPA on a removable eUICC in a SIM slot. No iPhone lets an app do that.
    case simCard
    /// lpakit's own LPA on a removable eUICC in a reader.
    case reader
    /// A link that opens the phone's own settings with the code. The person goes on there; nothing comes back.
    case setupLink
    /// The QR code on another screen or on paper, scanned by the phone's own settings.
    case otherScreen
}

/// Whether a way can be gone.
public enum Passage: Hashable, Sendable, CaseIterable {
    /// It can.
    case open
    /// It can be tried; ``InstallWay/reasons`` say on what it depends.
    case perhaps
    /// It cannot; ``InstallWay/reasons`` say why.
    case shut
}

/// What is known of an iPhone or iPad and of this app.
public struct PhoneFacts: Hashable, Sendable {
    /// The first number of the system's version.
    public var systemMajor: Int
    /// The second number of the system's version.
    public var systemMinor: Int
    /// What the app is to the phone.
    public var standing: AppStanding
    /// Whether the phone has an eSIM; nil where the system does not say.
    public var hasESIM: Bool?
    /// What readers hold, a value for each; nil when the system gives this app no readers.
    public var readers: [CardAccess]?
    /// Whether links to the phone's eSIM settings can be opened; nil where that is not known.
    public var opensSetupLinks: Bool?

    /// Facts; what is not given is not known.
    public init(
        systemMajor: Int, systemMinor: Int, standing: AppStanding = .plain, hasESIM: Bool? = nil,
        readers: [CardAccess]? = nil, opensSetupLinks: Bool? = nil
    ) {
        self.systemMajor = systemMajor
        self.systemMinor = systemMinor
        self.standing = standing
        self.hasESIM = hasESIM
        self.readers = readers
        self.opensSetupLinks = opensSetupLinks
    }
}

/// A way to install a profile, whether it can be gone, and why.
public struct InstallWay: Hashable, Sendable {
    /// Which.
    public var route: InstallRoute
    /// Whether it can be gone.
    public var passage: Passage
    /// Keys of lpakit's list of errors: why it is shut, or on what it depends. Empty when it is open.
    public var reasons: [String]

    /// A way; for an app's tests and previews.
    public init(route: InstallRoute, passage: Passage, reasons: [String] = []) {
        self.route = route
        self.passage = passage
        self.reasons = reasons
    }
}
