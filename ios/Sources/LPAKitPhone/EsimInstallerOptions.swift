import Foundation
import LPAKit

/// The app's background time around an installation: iOS suspends an app that the person leaves, and with it the answer.
///
/// They are UIKit's `beginBackgroundTask(expirationHandler:)` and `endBackgroundTask(_:)`; an app extension, which may
/// not call them, goes without.
public struct BackgroundTime: Sendable {
    let begin: @Sendable (_ expired: @escaping @Sendable () -> Void) -> Int
    let end: @Sendable (Int) -> Void

    /// Background time.
    ///
    /// - Parameters:
    ///   - begin: Begins, and gives the task's raw value. It calls `expired` when the time is up.
    ///   - end: Ends the task with this raw value. It is called once for each that was begun.
    public init(
        begin: @escaping @Sendable (_ expired: @escaping @Sendable () -> Void) -> Int,
        end: @escaping @Sendable (Int) -> Void
    ) {
        self.begin = begin
        self.end = end
    }
}

/// What an ``EsimInstaller`` is given by its app. lpakit itself uses no UIKit, so that it may stand in an app extension.
public struct EsimInstallerOptions: Sendable {
    /// How long the system may take to answer; the person reads and types meanwhile.
    public var answerLimit: Duration = .seconds(600)
    /// Opens a link outside the app, such as `UIApplication.open`, and says whether that was done. Without it the setup
    /// link is no way.
    public var openURL: (@Sendable (URL) async -> Bool)?
    /// Background time for the answer.
    public var backgroundTime: BackgroundTime?
    /// What the readers hold, as `CardReaders.access()` of LPAKitReaders tells; `nil` when the system gives none.
    public var readers: (@Sendable () async -> [CardAccess]?)?
    /// The system's version.
    public var systemVersion: OperatingSystemVersion = ProcessInfo.processInfo.operatingSystemVersion
    /// The file in which requests are remembered, without their codes; `nil` remembers them in memory alone.
    public var journal: URL? = Self.ownJournal
    /// How time passes.
    package var pass: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Settings; each has a default.
    public init() {}

    /// A file of lpakit's in the app's own folder.
    private static var ownJournal: URL? {
        let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first
        return folder?.appendingPathComponent("lpakit/requests.json")
    }
}
