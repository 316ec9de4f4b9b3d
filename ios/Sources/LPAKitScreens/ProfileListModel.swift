import LPAKitAPI

/// The list of a card's profiles.
public final class ProfileListModel: ScreenModel {
    /// What the list shows.
    public struct State: Hashable, Sendable {
        /// The profiles, as the card gave them last.
        public var profiles: [Profile] = []
        /// Whether they were read at all.
        public var isLoaded = false
        /// Whether they are being read.
        public var isLoading = false
        /// The profile that something is being done with; nothing else can be begun meanwhile.
        public var working: ProfileID?
        /// What went wrong last.
        public var error: LPAError?

        /// An empty list; for an app's tests and previews.
        public init() {}
    }

    private let lpa: any LPA
    private let shown = Shown(State())

    /// The list of a card. Call ``load()`` when the screen appears.
    public init(lpa: any LPA) { self.lpa = lpa }

    /// What the screen shows now.
    public var state: State { shown.state }

    /// What it shows now, then each change.
    public var states: AsyncStream<State> { shown.states }

    /// Reads the list.
    public func load() async {
        let begins = shown.change { state in
            guard !state.isLoading else { return false }
            state.isLoading = true
            return true
        }
        guard begins else { return }
        do {
            let profiles = try await lpa.profiles()
            shown.change {
                $0.profiles = profiles
                $0.isLoaded = true
                $0.isLoading = false
                $0.error = nil
            }
        } catch {
            shown.change {
                $0.isLoading = false
                $0.error = LPAError.shown(error)
            }
        }
    }

    /// Switches a profile on.
    public func switchOn(_ id: ProfileID) async { await work(on: id) { _ = try await $0.enable(id) } }

    /// Switches a profile off.
    public func switchOff(_ id: ProfileID) async { await work(on: id) { _ = try await $0.disable(id) } }

    /// Deletes a profile for good; the app has asked the person.
    public func delete(_ id: ProfileID) async { await work(on: id) { try await $0.delete(id) } }

    /// Gives a profile a name.
    public func rename(_ id: ProfileID, to name: String) async {
        await work(on: id) { try await $0.rename(id, to: name) }
    }

    /// The person has read the error.
    public func dismissError() { shown.change { $0.error = nil } }

    private func work(on id: ProfileID, _ work: @Sendable (any LPA) async throws -> Void) async {
        let begins = shown.change { state in
            guard state.working == nil else { return false }
            state.working = id
            state.error = nil
            return true
        }
        guard begins else { return }
        var failed: LPAError?
        do { try await work(lpa) } catch { failed = LPAError.shown(error) }
        // Whatever was said: what counts is what is on the card now.
        await load()
        shown.change {
            $0.working = nil
            if let failed { $0.error = failed }
        }
    }
}
