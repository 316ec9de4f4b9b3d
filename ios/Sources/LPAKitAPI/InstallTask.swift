/// How far an installation is.
public struct InstallProgress: Hashable, Sendable {
    /// What is being done, in the order in which they come.
    public enum Phase: Int, Hashable, Sendable, CaseIterable {
        /// The card prepares to receive.
        case preparing
        /// The server binds the package and sends it.
        case downloading
        /// The package is written to the card; bytes are counted. From its first byte on the installation runs to its
        /// end.
        case installing
        /// The operator is told the result.
        case notifying
        /// It is over; the outcome is there.
        case finished
    }

    /// What is being done.
    public var phase: Phase
    /// Octets of the package that the card has taken.
    public var bytesDone: Int
    /// Octets of the whole package; 0 until it has arrived.
    public var bytesTotal: Int

    /// A step; for an app's tests and previews.
    public init(phase: Phase, bytesDone: Int = 0, bytesTotal: Int = 0) {
        self.phase = phase
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }

    /// How much of the package the card has taken, 0 to 1; nothing until it has arrived.
    public var fraction: Double? { bytesTotal > 0 ? min(1, Double(bytesDone) / Double(bytesTotal)) : nil }
}

/// What an installation is doing.
public enum InstallState: Hashable, Sendable {
    /// It is under way.
    case running(InstallProgress)
    /// It is over; ``InstallTask/outcome()`` tells how.
    case finished
}

/// A profile that is on the card now, disabled.
public struct InstalledProfile: Hashable, Sendable, Identifiable {
    /// Whether the operator knows of an installation.
    public enum Report: String, Hashable, Sendable {
        /// The operator's server has taken the result.
        case delivered
        /// The result waits on the card and will be sent with the next notifications.
        case queued
    }

    /// Its ICCID.
    public var iccid: ICCID
    /// The AID of its ISD-P, in hexadecimal.
    public var isdpAID: String
    /// What was installed, as it was offered.
    public var profile: ProfileDescription
    /// Whether the operator knows already.
    public var report: Report
    /// Whether the person wanted to cancel when it was too late; the app can offer to delete.
    public var cancelRequested: Bool

    /// An installed profile; for an app's tests and previews.
    public init(
        iccid: ICCID, isdpAID: String, profile: ProfileDescription, report: Report = .delivered,
        cancelRequested: Bool = false
    ) {
        self.iccid = iccid
        self.isdpAID = isdpAID
        self.profile = profile
        self.report = report
        self.cancelRequested = cancelRequested
    }

    /// Its name in calls.
    public var id: ProfileID { .iccid(iccid) }
}

/// How an installation ended, when it did not fail.
public enum InstallOutcome: Sendable {
    /// The profile is on the card.
    case installed(InstalledProfile)
    /// The confirmation code was wrong. Each try is a whole new session by the standard: here is the fresh offer, and
    /// what to say.
    case confirmationCodeRefused(Offer, LPAError)
}

/// What stands behind an installation.
package protocol InstallSource: AnyObject, Sendable {
    var id: UInt64 { get }
    func state() -> InstallState
    /// Ends though the caller is cancelled; nothing when there is no more to come.
    func nextProgress(after seen: InstallProgress?) async -> InstallProgress?
    func cancel()
    /// Ends though the caller is cancelled.
    func outcome() async throws(LPAError) -> InstallOutcome
}

/// An installation. It goes on whatever becomes of this value, and ``LPA/installTask(_:)`` finds it again.
public final class InstallTask: Identifiable, Sendable {
    private let source: any InstallSource

    package init(_ source: any InstallSource) { self.source = source }

    /// Its name within this process.
    public var id: UInt64 { source.id }

    /// What it is doing now.
    public var state: InstallState { source.state() }

    /// Its progress: where it is now, then each step, of which only the newest is kept for a listener that is slow.
    ///
    /// Each access gives a stream of its own, and there may be any number of them. A listener that ends early does not
    /// disturb the installation.
    public var progress: AsyncStream<InstallProgress> {
        let source = source
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let listening = Task {
                var seen: InstallProgress?
                while !Task.isCancelled, let next = await source.nextProgress(after: seen) {
                    continuation.yield(next)
                    seen = next
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in listening.cancel() }
        }
    }

    /// Wishes to cancel, and returns at once. Until the first byte is written to the card the session is cancelled and
    /// ``outcome()`` throws `cancelled.by_user`; after it the installation runs to its end and its outcome tells of the
    /// wish.
    public func cancel() { source.cancel() }

    /// Waits for the end, which may be asked for any number of times.
    ///
    /// Cancelling the task that waits cancels the installation, as ``cancel()`` does; its end is waited for, and then
    /// `CancellationError` is thrown. To wait without that, wait in a `Task` of its own.
    ///
    /// - Throws: ``LPAError`` of any kind, or `CancellationError`.
    public func outcome() async throws -> InstallOutcome {
        let source = source
        let end: Result<InstallOutcome, LPAError> = await withTaskCancellationHandler {
            do throws(LPAError) { return .success(try await source.outcome()) } catch { return .failure(error) }
        } onCancel: {
            source.cancel()
        }
        try Task.checkCancellation()
        return try end.get()
    }
}
