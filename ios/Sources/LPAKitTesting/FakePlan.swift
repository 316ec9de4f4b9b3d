import LPAKitAPI

/// A plan that a ``FakeLPA`` is offered.
public struct FakePlan: Sendable {
    /// The token of the activation code that asks for it; none for one that the default server has.
    public var matchingID: MatchingID?
    /// What is offered.
    public var profile: ProfileDescription
    /// What the offer needs besides consent and, if there is one, the confirmation code.
    public var furtherNeeds: [Need] = []
    /// The confirmation code that is asked for.
    public var confirmationCode: ConfirmationCode?
    /// The steps of the installation, between the first and the end.
    public var steps: [InstallProgress] = [
        InstallProgress(phase: .downloading), InstallProgress(phase: .installing, bytesDone: 0, bytesTotal: 20_000),
        InstallProgress(phase: .installing, bytesDone: 10_000, bytesTotal: 20_000),
        InstallProgress(phase: .installing, bytesDone: 20_000, bytesTotal: 20_000),
        InstallProgress(phase: .notifying, bytesDone: 20_000, bytesTotal: 20_000),
    ]
    /// Whether the installation waits for ``FakeLPA/advance()`` before each step and before its end. Otherwise it runs
    /// through by itself.
    public var stepsByHand = false
    /// How the installation fails, if it does.
    public var failure: LPAError?
    /// Whether the operator hears of the installation at once.
    public var report: InstalledProfile.Report = .delivered
    /// Whether ``LPA/discover(at:)`` finds it.
    public var isDiscoverable = false

    /// A plan for the activation code with this token; for the default server without one.
    public init(matchingID: MatchingID? = nil, profile: ProfileDescription) {
        self.matchingID = matchingID
        self.profile = profile
    }

    var needs: [Need] {
        let first: [Need] = [.consent] + furtherNeeds
        return confirmationCode == nil ? first : first + [.confirmationCode]
    }
}
