import Foundation
@_exported import LPAKitAPI

/// What stands behind a screen: its state, and what a person does there. It is plain Swift, for any user interface; all of
/// its functions may be called from any task, and end in a state, never in an error.
public protocol ScreenModel: AnyObject, Sendable {
    /// What the screen shows.
    associatedtype State: Sendable
    /// What the screen shows now.
    var state: State { get }
    /// What it shows now, then each change, of which only the newest is kept for a listener that is slow. Each access
    /// gives a stream of its own.
    var states: AsyncStream<State> { get }
}

/// A state and its listeners.
final class Shown<State: Sendable>: Sendable {
    private struct Kept {
        var state: State
        var listeners: [UUID: AsyncStream<State>.Continuation] = [:]
    }

    private let kept: Locked<Kept>

    init(_ state: State) { kept = Locked(Kept(state: state)) }

    var state: State { kept.withLock { $0.state } }

    var states: AsyncStream<State> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = UUID()
            continuation.onTermination = { [weak self] _ in
                self?.kept.withLock { _ = $0.listeners.removeValue(forKey: id) }
            }
            kept.withLock {
                $0.listeners[id] = continuation
                continuation.yield($0.state)
            }
        }
    }

    /// Changes the state, and tells everyone in the order of the changes.
    @discardableResult
    func change<Result>(_ work: (inout State) -> Result) -> Result {
        kept.withLock { kept in
            let result = work(&kept.state)
            for (_, listener) in kept.listeners { listener.yield(kept.state) }
            return result
        }
    }
}

extension LPAError {
    /// What a screen says of an error; nothing for a task of the app's own that was cancelled. What is no error of lpakit's
    /// is a fault.
    static func shown(_ error: any Error) -> LPAError? {
        if error is CancellationError { return nil }
        return error as? LPAError
            ?? LPAError(kind: .closed, key: "closed.fault", plan: .unknown, advice: .checkProfiles)
    }
}
