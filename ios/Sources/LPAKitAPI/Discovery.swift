/// A plan that waits for this card.
public struct WaitingPlan: Sendable, CustomReflectable {
    /// The server that has it, or knows who has it.
    public let server: String
    /// The SM-DS that named it.
    public let foundAt: String
    package let handle: any Sendable

    package init(server: String, foundAt: String, handle: any Sendable) {
        self.server = server
        self.foundAt = foundAt
        self.handle = handle
    }

    /// The servers; the event's token is hidden.
    public var customMirror: Mirror { Mirror(self, children: ["server": server, "foundAt": foundAt]) }
}

/// What an SM-DS could not tell, or told wrong.
public struct SearchTrouble: Hashable, Sendable {
    /// The SM-DS.
    public var server: String
    /// What was wrong.
    public var error: LPAError

    /// A trouble; for an app's tests and previews.
    public init(server: String, error: LPAError) {
        self.server = server
        self.error = error
    }
}

/// What was found. One SM-DS that fails does not hide what others know.
public struct Discovery: Sendable {
    /// What waits.
    public var plans: [WaitingPlan]
    /// What went wrong.
    public var troubles: [SearchTrouble]

    /// What was found; for an app's tests and previews.
    public init(plans: [WaitingPlan], troubles: [SearchTrouble] = []) {
        self.plans = plans
        self.troubles = troubles
    }
}

/// Where a plan comes from.
public enum ProfileSource: Sendable {
    /// An activation code.
    case code(ActivationCode)
    /// The default SM-DP+ address on the card: the operator has prepared a plan for this very EID.
    case defaultServer
    /// An event that waited at an SM-DS.
    case event(WaitingPlan)
}
