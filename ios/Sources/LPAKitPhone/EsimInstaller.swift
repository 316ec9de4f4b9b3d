import Foundation
import LPAKit

/// Installs profiles on the phone's own eSIM, by the best way that iOS leaves to this app: its own LPA for operators' apps
/// with Apple's entitlement, a link to its settings for others, and a QR code for another screen where there is no link.
///
/// It may be used from any task and thread. The system does one thing at a time: a second request meanwhile ends as
/// `os.busy`, from whatever installer it came.
public final class EsimInstaller: Sendable {
    /// A request that the system works on, in this process.
    private struct UnderWay: Sendable {
        let id: String
        let ending: Awaited<EsimOutcome.Ending>
    }

    private static let underWay = Locked<UnderWay?>(nil)

    private let options: EsimInstallerOptions
    private let journal: Journal

    /// An installer.
    public init(options: EsimInstallerOptions = EsimInstallerOptions()) {
        self.options = options
        journal = Journal(options.journal)
    }

    /// Every way to install a profile on this phone, the best one first, with the reasons why others are shut.
    ///
    /// - Throws: `input.library_version`, `closed.fault`.
    public func capabilities() async throws(LPAError) -> [InstallWay] {
        let version = options.systemVersion
        let readers = await options.readers?()
        return try PhoneFacts(
            systemMajor: version.majorVersion, systemMinor: version.minorVersion,
            standing: SystemPlans.takesPlans ? .operator : .plain, hasESIM: SystemPlans.hasESIM, readers: readers,
            opensSetupLinks: options.openURL == nil ? false : nil
        ).installWays()
    }

    /// Installs a profile by the best way that is open, and says how it ended.
    ///
    /// The system offers no way to cancel: a caller who is cancelled gets `os.left_alone` at once, what the system has
    /// begun goes on, and ``resume(_:)`` tells how it ended. A caller who was cancelled before gets `cancelled.by_user`, and
    /// nothing was begun.
    public func install(_ request: InstallRequest) async -> EsimOutcome {
        EsimOutcome(requestID: request.id, ending: await ending(of: request))
    }

    /// What became of a request, for an app that was ended or has lost its caller: waits while it is under way in this
    /// process, else says what the system told since; `os.unknown` when nothing tells.
    public func resume(_ requestID: String) async -> EsimOutcome {
        let now = Self.underWay.withLock { $0 }
        if let now, now.id == requestID {
            return EsimOutcome(requestID: requestID, ending: await now.ending.value() ?? Self.leftAlone)
        }
        let known = journal.find(requestID)
        let ending = known?.ending ?? Self.unknown
        if known != nil { journal.note(requestID, ending, ifUnderWay: true) }
        return EsimOutcome(requestID: requestID, ending: ending)
    }

    /// The requests that are remembered, oldest first: the newest sixteen, without those forgotten.
    public func requests() -> [SavedRequest] {
        journal.all.map { SavedRequest(id: $0.id, state: SavedRequest.State(rawValue: $0.state) ?? .ended) }
    }

    /// Forgets a request. What the system does for it goes on.
    public func forget(_ requestID: String) { journal.forget(requestID) }

    /// Tells the system more of a plan that this app has installed, from iOS 26 on.
    ///
    /// - Throws: `os.too_old`, `input.setting` without ICCID, `os.failed`, `os.no_answer`; `cancelled.by_user` when the
    ///   caller is cancelled.
    public func update(_ properties: PlanProperties) async throws(LPAError) {
        guard !Task.isCancelled else { throw .named("cancelled.by_user") }
        guard properties.iccid != nil else { throw .named("input.setting", arguments: ["name": "iccid"]) }
        let answer = Awaited<Result<Void, LPAError>>()
        let isAsked = SystemPlans.update(properties, on: options.systemVersion) { result in
            // What the system's error says may hold the ICCID.
            answer.give(result.mapError { .named("os.failed", arguments: ["code": "\(($0 as NSError).code)"]) })
        }
        guard isAsked else { throw .named("os.too_old") }
        let told = await answer.value(within: options.answerLimit, pass: options.pass)
        guard let told else { throw .named(Task.isCancelled ? "cancelled.by_user" : "os.no_answer") }
        try told.get()
    }
}

extension EsimInstaller {
    private static let unknown = EsimOutcome.Ending.ended(.named("os.unknown"))
    private static let leftAlone = EsimOutcome.Ending.ended(.named("os.left_alone"))

    private func ending(of request: InstallRequest) async -> EsimOutcome.Ending {
        guard !Task.isCancelled else { return .ended(.named("cancelled.by_user")) }
        guard request.source != .link || request.isAgreed else { return .ended(.named("os.link_not_agreed")) }
        do {
            let ways = try await capabilities()
            for way in ways where way.passage != .shut {
                switch way.route {
                case .systemLPA: return await installBySystem(request)
                case .setupLink: if await opensLink(of: request) { return .handedOver }
                case .otherScreen: return .otherScreen(try QRPicture(of: request.code.qrText))
                // lpakit's own LPA is another call.
                case .phoneCard, .simCard, .reader: continue
                }
            }
            let door = ways.first { $0.route == .otherScreen } ?? ways.first
            return .ended(.named(door?.reasons.first ?? "os.no_esim"))
        } catch {
            return .ended(error)
        }
    }

    private func opensLink(of request: InstallRequest) async -> Bool {
        guard let open = options.openURL, let link = request.code.setupLink, await open(link) else { return false }
        journal.note(request.id, .handedOver)
        return true
    }

    private func installBySystem(_ request: InstallRequest) async -> EsimOutcome.Ending {
        let task = UnderWay(id: request.id, ending: Awaited())
        let isFree = Self.underWay.withLock { now in
            guard now == nil else { return false }
            now = task
            return true
        }
        guard isFree else { return .ended(.named("os.busy")) }
        journal.note(request.id, nil)
        let background = options.backgroundTime.map(BackgroundBracket.init)
        let answer = Awaited<UInt>()
        let isAnswered = Locked(false)
        let journal = journal
        SystemPlans.add(request, on: options.systemVersion) { result in
            let isFirst = isAnswered.withLock { isAnswered in
                defer { isAnswered = true }
                return !isAnswered
            }
            guard isFirst else { return }
            // Here, for nobody may wait any more: what the system says late is remembered too.
            journal.note(request.id, EsimOutcome.Ending(systemResult: result))
            answer.give(result)
        }
        // It goes on whatever becomes of the caller.
        Task { [options] in
            let result = await answer.value(within: options.answerLimit, pass: options.pass)
            let ending = result.map(EsimOutcome.Ending.init(systemResult:)) ?? .ended(.named("os.no_answer"))
            if result == nil { journal.note(request.id, ending, ifUnderWay: true) }
            background?.end()
            Self.underWay.withLock { $0 = nil }
            task.ending.give(ending)
        }
        return await task.ending.value() ?? Self.leftAlone
    }
}
