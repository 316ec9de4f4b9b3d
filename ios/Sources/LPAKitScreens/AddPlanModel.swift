import LPAKitAPI

/// Adding a plan: from its code over the operator's offer to the profile on the card.
public final class AddPlanModel: ScreenModel {
    /// What the operator offers, for the person to decide.
    public struct OfferView: Hashable, Sendable {
        /// Names, icon, operator and rules.
        public let profile: ProfileDescription
        /// What has to be answered.
        public let needs: [Need]
        /// The server that offers.
        public let server: String
        /// What was wrong with the last answer, such as the confirmation code.
        public let error: LPAError?

        /// An offer; for an app's tests and previews.
        public init(profile: ProfileDescription, needs: [Need], server: String, error: LPAError? = nil) {
            self.profile = profile
            self.needs = needs
            self.server = server
            self.error = error
        }
    }

    /// What the screen shows.
    public enum State: Hashable, Sendable {
        /// A code is wanted; with what was wrong with the last one.
        case wantsCode(LPAError?)
        /// The operator's server is asked.
        case asking
        /// The person decides.
        case offered(OfferView)
        /// The offer is being declined.
        case declining
        /// It is being installed.
        case installing(InstallProgress)
        /// It is on the card.
        case installed(InstalledProfile)
        /// It did not work; the error says what that means and what to do.
        case failed(LPAError)
    }

    private enum Work {
        case none
        case asking(Task<Offer, any Error>)
        case offer(Offer)
        case installing(InstallTask)
    }

    private let lpa: any LPA
    private let shown = Shown(State.wantsCode(nil))
    private let work = Locked(Work.none)

    /// Adding a plan to this card.
    public init(lpa: any LPA) { self.lpa = lpa }

    /// What the screen shows now.
    public var state: State { shown.state }

    /// What it shows now, then each change.
    public var states: AsyncStream<State> { shown.states }

    /// A code was typed, pasted, scanned or followed as a link.
    public func enter(_ text: String) async {
        do {
            let code = try lpa.activationCode(text)
            await ask(.code(code))
        } catch {
            shown.change { if $0.wantsCode { $0 = .wantsCode(LPAError.shown(error)) } }
        }
    }

    /// Asks the operator's server what it offers, for a code that was read elsewhere, or without one.
    public func ask(_ source: ProfileSource) async {
        let asking: Task<Offer, any Error>? = work.withLock { work in
            let begins = shown.change { state in
                guard state.wantsCode else { return false }
                state = .asking
                return true
            }
            guard begins else { return nil }
            let task = Task { [lpa] in try await lpa.authenticate(source) }
            work = .asking(task)
            return task
        }
        guard let task = asking else { return }
        let answer = await withTaskCancellationHandler { await task.result } onCancel: { task.cancel() }
        switch answer {
        case .success(let offer): present(offer, nil)
        case .failure(let error):
            work.withLock { $0 = .none }
            shown.change { $0 = LPAError.shown(error).map(State.failed) ?? .wantsCode(nil) }
        }
    }

    /// The person accepts, with these answers; returns when the installation has ended.
    ///
    /// The installation goes on when the caller's task is cancelled; ``cancel()`` cancels it.
    public func accept(_ answers: Answers) async {
        guard case .offer(let offer) = work.withLock({ $0 }) else { return }
        // Whoever comes second finds no offer.
        let begins = shown.change { state in
            guard case .offered = state else { return false }
            state = .installing(InstallProgress(phase: .preparing))
            return true
        }
        guard begins else { return }
        let task: InstallTask
        do {
            task = try offer.accept(answers)
        } catch {
            // The offer stays open while something is missing.
            return offer.isOpen ? present(offer, error) : fail(error)
        }
        work.withLock { $0 = .installing(task) }
        // A task of its own: the screen may go away, the installation does not.
        await Task {
            for await step in task.progress where step.phase != .finished { shown.change { $0 = .installing(step) } }
            await self.finish(task)
        }.value
    }

    /// The person does not accept.
    public func reject(_ reason: RejectReason) async {
        guard case .offer(let offer) = work.withLock({ $0 }) else { return }
        let begins = shown.change { state in
            guard case .offered = state else { return false }
            state = .declining
            return true
        }
        guard begins else { return }
        work.withLock { $0 = .none }
        // An offer that is over already is declined as well.
        _ = try? await offer.reject(reason)
        shown.change { $0 = .wantsCode(nil) }
    }

    /// The person wants to cancel what is under way. What is written to the card already is brought to its end; then
    /// ``InstalledProfile/cancelRequested`` says that the person did not want it.
    public func cancel() {
        switch work.withLock({ $0 }) {
        case .asking(let task): task.cancel()
        case .installing(let task): task.cancel()
        case .none, .offer: break
        }
    }

    /// Back to the beginning, after an end.
    public func startOver() {
        shown.change { state in
            switch state {
            case .installed, .failed: state = .wantsCode(nil)
            default: break
            }
        }
    }

    private func present(_ offer: Offer, _ error: LPAError?) {
        work.withLock { $0 = .offer(offer) }
        let view = OfferView(profile: offer.profile, needs: offer.needs, server: offer.server, error: error)
        shown.change { $0 = .offered(view) }
    }

    private func finish(_ task: InstallTask) async {
        do {
            switch try await task.outcome() {
            case .installed(let done):
                work.withLock { $0 = .none }
                shown.change { $0 = .installed(done) }
            // Each try is a whole new session: here is the fresh offer.
            case .confirmationCodeRefused(let offer, let error): present(offer, error)
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: any Error) {
        work.withLock { $0 = .none }
        shown.change { $0 = LPAError.shown(error).map(State.failed) ?? .wantsCode(nil) }
    }
}

extension AddPlanModel.State {
    fileprivate var wantsCode: Bool {
        if case .wantsCode = self { true } else { false }
    }
}
