import Foundation
import LPAKitAPI

/// An ``LPA`` for an app's tests and previews: it keeps its profiles in memory, does what its plans say, and fails when it
/// is told to. It needs neither a card, nor a network, nor the Rust library.
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

    private struct State {
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

    /// The card's name.
    public let cardID: String
    private let state: Locked<State>
    private let newest = Locked<(offer: Offer, source: FakeOffer)?>(nil)

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
    private func begin(_ operation: Operation) async throws {
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

    private func open() throws(LPAError) { if state.withLock({ $0.isClosed }) { throw .closed } }
}

// What it is.
extension FakeLPA {
    /// Closes.
    public func close() {
        state.withLock { $0.isClosed = true }
        newest.withLock { $0?.source.end() }
    }

    /// Closes.
    public func closeAndWait() async { close() }

    /// One eUICC.
    public func euiccs() async throws -> [EUICC] {
        try await begin(.chip)
        return [EUICC(isdrAID: "A0000005591010FFFFFFFF8900000100", eid: chipOnCard.eid)]
    }

    /// Itself.
    public func euicc(isdrAID: String) throws(LPAError) -> any LPA {
        try open()
        return self
    }

    /// The EID.
    public func eid() async throws -> EID {
        try await begin(.eid)
        return chipOnCard.eid
    }

    /// What the chip says of itself.
    public func chip() async throws -> ChipInfo {
        try await begin(.chip)
        return chipOnCard
    }

    /// EID and IMEI.
    public func shareText(imei: IMEI?, locales: [String]) async throws -> String {
        try await begin(.eid)
        return ([chipOnCard.eid.value] + [imei?.value].compactMap { $0 }).joined(separator: "\n")
    }

    /// Sets the default server.
    public func setDefaultAddress(_ address: String) async throws {
        try await begin(.setDefaultAddress)
        chipOnCard.defaultSMDPAddress = address.isEmpty ? nil : address
    }

    /// Nothing.
    public func hints() async throws -> String {
        try await begin(.other)
        return "{}"
    }

    /// Nothing.
    public func deliveryMemory() throws(LPAError) -> String {
        try open()
        return "{}"
    }

    /// Nothing to do.
    public func releaseCard() async throws { try await begin(.other) }

    /// Nothing was exchanged.
    public func statistics() async throws -> Statistics {
        try await begin(.other)
        return Statistics()
    }
}

// What is on it.
extension FakeLPA {
    /// The profiles.
    public func profiles() async throws -> [Profile] {
        try await begin(.profiles)
        return profilesOnCard
    }

    /// One profile.
    public func profile(_ id: ProfileID) async throws -> Profile {
        try await begin(.profiles)
        return try change(id) { _ throws(LPAError) in }
    }

    /// Switches a profile on, and the others off.
    @discardableResult
    public func enable(_ id: ProfileID) async throws -> Profile {
        try await begin(.enable)
        let on = try change(id) { profile throws(LPAError) in
            if profile.isEnabled { throw .alreadySwitched }
            profile.isEnabled = true
        }
        state.withLock { state in
            for at in state.profiles.indices where state.profiles[at].iccid != on.iccid {
                state.profiles[at].isEnabled = false
            }
        }
        return on
    }

    /// Switches a profile off.
    @discardableResult
    public func disable(_ id: ProfileID) async throws -> Profile {
        try await begin(.disable)
        return try change(id) { profile throws(LPAError) in
            if !profile.isEnabled { throw .alreadySwitched }
            if profile.rules.forbidsDisabling { throw .forbidden }
            profile.isEnabled = false
        }
    }

    /// Deletes a profile that is off.
    public func delete(_ id: ProfileID) async throws {
        try await begin(.delete)
        let gone = try change(id) { profile throws(LPAError) in
            if profile.isEnabled { throw .stillOn }
            if profile.rules.forbidsDeleting { throw .forbidden }
        }
        profilesOnCard.removeAll { $0.iccid == gone.iccid }
    }

    /// Renames a profile.
    public func rename(_ id: ProfileID, to name: String) async throws {
        try await begin(.rename)
        _ = try change(id) { profile throws(LPAError) in profile.nickname = name.isEmpty ? nil : name }
    }

    /// Deletes what is named.
    public func resetMemory(_ what: MemoryReset) async throws {
        try await begin(.resetMemory)
        let classes: [ProfileClass: MemoryReset] = [
            .operational: .operationalProfiles, .test: .fieldLoadedTestProfiles, .provisioning: .provisioningProfiles,
        ]
        profilesOnCard.removeAll { classes[$0.profileClass].map(what.contains) ?? false }
        if what.contains(.defaultSMDPAddress) { chipOnCard.defaultSMDPAddress = nil }
    }

    private func change(
        _ id: ProfileID, _ work: (inout Profile) throws(LPAError) -> Void
    ) throws(LPAError) -> Profile {
        let done: Result<Profile, LPAError> = state.withLock { state in
            let at = state.profiles.firstIndex { profile in
                switch id {
                case .iccid(let iccid): profile.iccid == iccid
                case .isdpAID(let aid): profile.isdpAID == aid
                }
            }
            guard let at else { return .failure(.profileNotFound) }
            do throws(LPAError) { try work(&state.profiles[at]) } catch { return .failure(error) }
            return .success(state.profiles[at])
        }
        return try done.get()
    }
}

// What comes onto it.
extension FakeLPA {
    /// Reads `LPA:1$ADDRESS$TOKEN` and no other spelling.
    public func activationCode(_ text: String) throws(LPAError) -> ActivationCode {
        try open()
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, ["LPA:1", "1"].contains(parts[0]), !parts[1].isEmpty else { throw .notACode }
        let plain = text.hasPrefix("LPA:") ? String(text.dropFirst(4)) : text
        return ActivationCode(
            address: parts[1], matchingID: MatchingID(parts[2]),
            confirmationCodeRequired: parts.count > 4 && parts[4] == "1",
            oid: parts.count > 3 && !parts[3].isEmpty ? parts[3] : nil, warnings: [], text: plain,
            qrText: "LPA:\(plain)", handle: FakeCode(plain))
    }

    /// The plans that can be found.
    public func discover(at servers: [String]) async throws -> Discovery {
        try await begin(.discover)
        let found = state.withLock { $0.plans.filter(\.isDiscoverable) }
        return Discovery(plans: found.map { WaitingPlan(server: "fake", foundAt: servers.first ?? "fake", handle: $0) })
    }

    /// Offers the plan that the source names.
    public func authenticate(_ source: ProfileSource) async throws -> Offer {
        try await begin(.authenticate)
        if openOffer != nil { throw LPAError.offerOpen }
        let token: MatchingID? =
            switch source {
            case .code(let code): code.matchingID
            case .defaultServer: nil
            case .event(let plan): (plan.handle as? FakePlan)?.matchingID
            }
        guard let plan = state.withLock({ $0.plans.first { $0.matchingID == token } }) else {
            throw LPAError.codeUnknown
        }
        return offer(of: plan)
    }

    /// The offer that is open.
    public var openOffer: Offer? { newest.withLock { $0?.offer }.flatMap { $0.isOpen ? $0 : nil } }

    /// An installation by its id.
    public func installTask(_ id: InstallTask.ID) -> InstallTask? { installTasks.first { $0.id == id } }

    /// The installations, oldest first.
    public var installTasks: [InstallTask] { state.withLock { $0.installations }.map { InstallTask($0) } }

    func offer(of plan: FakePlan) -> Offer {
        let source = FakeOffer(plan, on: self)
        let offer = Offer(profile: plan.profile, needs: plan.needs, server: "fake", source: source)
        newest.withLock { $0 = (offer, source) }
        return offer
    }

    func install(_ plan: FakePlan, codeIsRight: Bool) -> InstallTask {
        note(.accept)
        let installation = state.withLock { state in
            let number = UInt64(state.installations.count + 1)
            let installation = FakeInstallation(number, plan, codeIsRight: codeIsRight, on: self)
            state.installations.append(installation)
            return installation
        }
        installation.start()
        return InstallTask(installation)
    }

    func hasInstalled(_ done: InstalledProfile) {
        let offered = done.profile
        state.withLock { state in
            guard !state.profiles.contains(where: { $0.iccid == done.iccid }) else { return }
            state.plans.removeAll { $0.profile.iccid == done.iccid }
            state.profiles.append(
                Profile(
                    iccid: done.iccid, serviceProviderName: offered.serviceProviderName,
                    profileName: offered.profileName, profileClass: offered.profileClass, rules: offered.rules,
                    icon: offered.icon, isdpAID: done.isdpAID, owner: offered.owner))
            guard done.report == .queued else { return }
            let number = (state.reports.map(\.seqNumber).max() ?? 0) + 1
            let report = PendingReport(seqNumber: number, events: [.install], address: "fake", iccid: done.iccid)
            state.reports.append(report)
        }
    }
}

// What is told of it.
extension FakeLPA {
    /// The reports.
    public func notifications() async throws -> [PendingReport] {
        try await begin(.notifications)
        return reportsOnCard
    }

    /// Delivers all reports.
    @discardableResult
    public func sendNotifications() async throws -> SendReport {
        try await begin(.notifications)
        return state.withLock { state in
            defer { state.reports = [] }
            return SendReport(delivered: state.reports.map(\.seqNumber))
        }
    }

    /// Delivers all reports.
    public func deliverSoon() throws(LPAError) {
        try open()
        reportsOnCard = []
    }

    /// Removes a report.
    public func removeNotification(_ seqNumber: UInt32) async throws {
        try await begin(.notifications)
        reportsOnCard.removeAll { $0.seqNumber == seqNumber }
    }
}
