import LPAKitAPI

/// An installation that runs through the steps of a plan.
final class FakeInstallation: InstallSource {
    enum End {
        case installed(InstalledProfile)
        case codeRefused
        case failed(LPAError)
    }

    private struct State {
        var steps: [InstallProgress]
        var now = InstallProgress(phase: .preparing)
        var cancelled = false
        var end: End?
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The card remembers its installations, not they the card.
        weak var lpa: FakeLPA?
    }

    let id: UInt64
    private let plan: FakePlan
    private let codeIsRight: Bool
    private let kept: Locked<State>

    init(_ id: UInt64, _ plan: FakePlan, codeIsRight: Bool, on lpa: FakeLPA) {
        self.id = id
        self.plan = plan
        self.codeIsRight = codeIsRight
        kept = Locked(State(steps: plan.steps, lpa: lpa))
    }

    /// Runs through, unless the plan is moved by hand.
    func start() {
        guard !plan.stepsByHand else { return }
        Task { while advance() { await Task.yield() } }
    }

    /// Goes one step on; whether there is more to come.
    @discardableResult
    func advance() -> Bool {
        let (goesOn, waiting): (Bool, [CheckedContinuation<Void, Never>]) = kept.withLock { state in
            let next = state.end == nil && (codeIsRight || state.now.phase == .preparing) ? state.steps.first : nil
            // Up to the first byte that is written, cancelling ends it.
            if state.end == nil, state.cancelled, state.now.phase.rawValue < InstallProgress.Phase.installing.rawValue {
                state.end = .failed(.cancelledByUser)
            } else if let next {
                state.steps.removeFirst()
                state.now = next
            } else if state.end == nil {
                let end = end(cancelRequested: state.cancelled)
                if case .installed(let done) = end { state.lpa?.hasInstalled(done) }
                state.end = end
            }
            if state.end != nil { state.now.phase = .finished }
            defer { state.waiting = [] }
            return (state.end == nil, state.waiting)
        }
        waiting.forEach { $0.resume() }
        return goesOn
    }

    private func end(cancelRequested: Bool) -> End {
        if let failure = plan.failure { return .failed(failure) }
        guard codeIsRight else { return .codeRefused }
        return .installed(
            InstalledProfile(
                iccid: plan.profile.iccid, isdpAID: "A0000005591010FFFFFFFF8900001000", profile: plan.profile,
                report: plan.report, cancelRequested: cancelRequested))
    }

    func state() -> InstallState { kept.withLock { $0.end == nil ? .running($0.now) : .finished } }

    func cancel() {
        let byHand = kept.withLock { state in
            state.cancelled = true
            return plan.stepsByHand && state.now.phase.rawValue < InstallProgress.Phase.installing.rawValue
        }
        if byHand { advance() }
    }

    func nextProgress(after seen: InstallProgress?) async -> InstallProgress? {
        while true {
            let (now, ended) = kept.withLock { ($0.now, $0.end != nil) }
            if now != seen { return now }
            if ended { return nil }
            await change(from: now)
        }
    }

    func outcome() async throws(LPAError) -> InstallOutcome {
        while true {
            let (now, end) = kept.withLock { ($0.now, $0.end) }
            switch end {
            case .installed(let done): return .installed(done)
            case .codeRefused:
                guard let lpa = kept.withLock({ $0.lpa }) else { throw .closed }
                return .confirmationCodeRefused(lpa.offer(of: plan), .confirmationCodeWrong)
            case .failed(let error): throw error
            case nil: await change(from: now)
            }
        }
    }

    /// Waits until it is no longer where it was.
    private func change(from seen: InstallProgress) async {
        await withCheckedContinuation { continuation in
            let moved = kept.withLock { state in
                if state.now == seen, state.end == nil { state.waiting.append(continuation) }
                return state.now != seen || state.end != nil
            }
            if moved { continuation.resume() }
        }
    }
}

/// An offer of a plan.
final class FakeOffer: OfferSource {
    private let plan: FakePlan
    private let lpa: FakeLPA
    private let open = Locked(true)

    init(_ plan: FakePlan, on lpa: FakeLPA) {
        self.plan = plan
        self.lpa = lpa
    }

    func isOpen() -> Bool { open.withLock { $0 } }

    func end() { open.withLock { $0 = false } }

    func accept(_ answers: Answers) throws(LPAError) -> InstallTask {
        guard isOpen() else { throw .offerUsed }
        guard answers.agreed.isSuperset(of: plan.needs.filter { $0 != .confirmationCode }) else {
            throw .consentMissing
        }
        if plan.confirmationCode != nil, answers.confirmationCode == nil { throw .confirmationCodeMissing }
        try take()
        return lpa.install(plan, codeIsRight: answers.confirmationCode == plan.confirmationCode)
    }

    func reject(_ reason: RejectReason) async throws(LPAError) -> Bool {
        try take()
        lpa.note(.reject)
        return true
    }

    private func take() throws(LPAError) {
        let wasOpen = open.withLock { open in
            defer { open = false }
            return open
        }
        if !wasOpen { throw .offerUsed }
    }
}

/// A code that the fake reads itself.
final class FakeCode: ActivationCodeHandle {
    let text: String

    init(_ text: String) { self.text = text }

    func says(sameAs other: any ActivationCodeHandle) -> Bool { (other as? FakeCode)?.text == text }
}
