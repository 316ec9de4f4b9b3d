import LPAKitAPI

/// An ``LPA`` for an app's tests and previews: it keeps its profiles in memory, does what its plans say, and fails when
/// it is told to. It needs neither a card, nor a network, nor the Rust library.
public final class FakeLPA: LPA {
    /// What can be asked of it.
    public enum Operation: String, Hashable, Sendable, CaseIterable {
        /// Reads the EID.
        case eid
        /// Reads what the chip says of itself, or of which chips there are.
        case chip
        /// Sets the default server.
        case setDefaultAddress
        /// Reads the list of profiles, or one of them.
        case profiles
        /// Switches a profile on.
        case enable
        /// Switches a profile off.
        case disable
        /// Deletes a profile.
        case delete
        /// Renames a profile.
        case rename
        /// Resets the memory.
        case resetMemory
        /// Looks for waiting plans.
        case discover
        /// Asks for an offer.
        case authenticate
        /// Accepts an offer.
        case accept
        /// Rejects an offer.
        case reject
        /// Reads, sends or removes notifications.
        case notifications
        /// Anything else.
        case other
    }

    struct State {
        var profiles: [Profile]
        var plans: [FakePlan]
        var chip: ChipInfo
        var reports: [PendingReport] = []
        var calls: [Operation] = []
        var failures: [Operation: [LPAError]] = [:]
        var held: Set<Operation> = []
        var waiting: [(operation: Operation, continuation: CheckedContinuation<Void, Never>)] = []
        var installations: [FakeInstallation] = []
        var isClosed = false
    }

    /// An offer is over when nobody holds it any more.
    struct NewestOffer {
        weak var offer: Offer?
        weak var source: FakeOffer?
    }

    /// The card's name.
    public let cardID: String
    let state: Locked<State>
    let newest = Locked(NewestOffer())

    /// A card with these profiles, for which these plans are waiting.
    public init(
        cardID: String = "fake", eid: EID = EID("89049032000000000000000000000047"), profiles: [Profile] = [],
        plans: [FakePlan] = []
    ) {
        self.cardID = cardID
        state = Locked(State(profiles: profiles, plans: plans, chip: ChipInfo(eid: eid)))
    }
}

// The script.
extension FakeLPA {
    /// What was asked of it so far, in order.
    public var calls: [Operation] { state.withLock { $0.calls } }

    /// The profiles on the card, for a test to look at or to change behind the app's back.
    public var profilesOnCard: [Profile] {
        get { state.withLock { $0.profiles } }
        set { state.withLock { $0.profiles = newValue } }
    }

    /// What the chip says of itself.
    public var chipOnCard: ChipInfo {
        get { state.withLock { $0.chip } }
        set { state.withLock { $0.chip = newValue } }
    }

    /// The reports to operators that wait on the card.
    public var reportsOnCard: [PendingReport] {
        get { state.withLock { $0.reports } }
        set { state.withLock { $0.reports = newValue } }
    }

    /// Adds a plan that can be asked for.
    public func add(_ plan: FakePlan) { state.withLock { $0.plans.append(plan) } }

    /// Has the next such operation fail; called again, the one after it.
    public func fail(_ operation: Operation, with error: LPAError) {
        state.withLock { $0.failures[operation, default: []].append(error) }
    }

    /// Has such operations wait until ``letGo(_:)``, for tests of what a screen shows meanwhile.
    public func hold(_ operation: Operation) { state.withLock { _ = $0.held.insert(operation) } }

    /// Lets operations that wait go on.
    public func letGo(_ operation: Operation) {
        let going = state.withLock { state in
            state.held.remove(operation)
            defer { state.waiting.removeAll { $0.operation == operation } }
            return state.waiting.filter { $0.operation == operation }
        }
        going.forEach { $0.continuation.resume() }
    }

    /// Moves the newest installation whose plan steps by hand one step on.
    public func advance() { state.withLock { $0.installations.last }?.advance() }

    func note(_ operation: Operation) { state.withLock { $0.calls.append(operation) } }

    /// Begins an operation: it is noted, held, and fails, as the script says.
    func begin(_ operation: Operation) async throws {
        try Task.checkCancellation()
        note(operation)
        await withCheckedContinuation { continuation in
            let held = state.withLock { state in
                if state.held.contains(operation) { state.waiting.append((operation, continuation)) }
                return state.held.contains(operation)
            }
            if !held { continuation.resume() }
        }
        try Task.checkCancellation()
        try open()
        let failure = state.withLock { state in
            (state.failures[operation]?.isEmpty ?? true) ? nil : state.failures[operation]?.removeFirst()
        }
        if let failure { throw failure }
    }

    func open() throws(LPAError) { if state.withLock({ $0.isClosed }) { throw .closed } }
}
