import LPAKitAPI

/// lpakit's log, for the app's own. No identifier and no secret stands in it.
public enum LPALog {
    /// How much is told.
    public enum Level: Int, Comparable, Hashable, Sendable, CaseIterable {
        /// What failed.
        case error
        /// What is odd.
        case warning
        /// What is done.
        case info
        /// How it is done.
        case debug

        /// Whether one is more urgent than the other.
        public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    /// A line of the log.
    public struct Line: Hashable, Sendable {
        /// How urgent it is.
        public let level: Level
        /// The part of lpakit that says it.
        public let source: String
        /// What it says.
        public let text: String
    }

    /// Hands the log to a listener, up to this level; there is one listener in a process. It is called from any thread,
    /// so it must be quick and must not call lpakit.
    public static func listen(upTo level: Level = .info, _ listener: @escaping @Sendable (Line) -> Void) {
        // A library that fails says nothing.
        try? Native.setLogListener(Listener(take: listener), level.native)
    }

    /// Hands the log to nobody.
    public static func stopListening() { try? Native.setLogListener(nil, Level.error.native) }
}

private final class Listener: Native.LogListener {
    let take: @Sendable (LPALog.Line) -> Void

    init(take: @escaping @Sendable (LPALog.Line) -> Void) { self.take = take }

    func log(level: Native.LogLevel, target: String, line: String) throws {
        take(LPALog.Line(level: LPALog.Level(level), source: target, text: line))
    }
}

extension LPALog.Level {
    fileprivate init(_ native: Native.LogLevel) {
        self =
            switch native {
            case .error: .error
            case .warn: .warning
            case .info: .info
            case .debug: .debug
            }
    }

    fileprivate var native: Native.LogLevel {
        switch self {
        case .error: .error
        case .warning: .warn
        case .info: .info
        case .debug: .debug
        }
    }
}
