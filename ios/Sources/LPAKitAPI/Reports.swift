/// What a report to an operator tells.
public enum ReportEvent: String, Hashable, Sendable {
    /// A profile was installed, or its installation failed.
    case install
    /// A profile was enabled.
    case enable
    /// A profile was disabled.
    case disable
    /// A profile was deleted.
    case delete
    /// An event of a later version.
    case other
}

/// What keeps a report from arriving.
public struct DeliveryTrouble: Hashable, Sendable {
    /// How often it was tried.
    public var tries: Int
    /// How long ago the first try failed.
    public var lasting: Duration
    /// Why the last try failed; nothing when that was in an earlier run of the app.
    public var error: LPAError?
    /// Whether there is little hope left: the app may offer to remove it by hand.
    public var offerRemoval: Bool

    /// A trouble; for an app's tests and previews.
    public init(tries: Int, lasting: Duration, error: LPAError? = nil, offerRemoval: Bool = false) {
        self.tries = tries
        self.lasting = lasting
        self.error = error
        self.offerRemoval = offerRemoval
    }
}

/// A report to an operator that waits on the card (SGP.22: a pending notification).
public struct PendingReport: Hashable, Sendable, Identifiable {
    /// Its number on the card.
    public var seqNumber: UInt32
    /// What it tells; one event by the standard.
    public var events: [ReportEvent]
    /// The server it goes to.
    public var address: String
    /// The profile it is about.
    public var iccid: ICCID?
    /// What keeps it from arriving, after the first failure.
    public var trouble: DeliveryTrouble?

    /// A report; for an app's tests and previews.
    public init(
        seqNumber: UInt32, events: [ReportEvent], address: String, iccid: ICCID? = nil,
        trouble: DeliveryTrouble? = nil
    ) {
        self.seqNumber = seqNumber
        self.events = events
        self.address = address
        self.iccid = iccid
        self.trouble = trouble
    }

    /// Its number on the card.
    public var id: UInt32 { seqNumber }
}

/// A report that could not be delivered; it stays on the card.
public struct UnsentReport: Hashable, Sendable {
    /// Its number on the card.
    public var seqNumber: UInt32
    /// Why.
    public var error: LPAError

    /// A report that stays; for an app's tests and previews.
    public init(seqNumber: UInt32, error: LPAError) {
        self.seqNumber = seqNumber
        self.error = error
    }
}

/// What became of the pending reports.
public struct SendReport: Hashable, Sendable {
    /// Taken by their servers, in ascending order.
    public var delivered: [UInt32]
    /// Not delivered, and still on the card, in ascending order.
    public var unsent: [UnsentReport]

    /// What became of reports; for an app's tests and previews.
    public init(delivered: [UInt32], unsent: [UnsentReport] = []) {
        self.delivered = delivered
        self.unsent = unsent
    }
}
