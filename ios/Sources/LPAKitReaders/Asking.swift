import Foundation
import LPAKit

/// Carries an object of the system's, none of which says that it is `Sendable`, to where it is used by one at a time.
struct Carried<Object>: @unchecked Sendable {
    let object: Object
}

private enum Asked<Answer> {
    case waiting
    case answered(Answer)
    case over
}

/// Asks something that answers in its own time, and waits for it: for a thread that may block.
///
/// The system answers on queues of its own. On the main thread it could not if the answer came there, so nothing is asked.
///
/// - Parameter late: What is done with an answer that comes after the limit.
func ask<Answer: Sendable>(
    within limit: Duration, late: @escaping @Sendable (Answer) -> Void = { _ in },
    _ begin: (@escaping @Sendable (Answer) -> Void) -> Void
) throws(CardPortError) -> Answer {
    guard !Thread.isMainThread else { throw .connectionFailed }
    let state = Locked(Asked<Answer>.waiting)
    let there = DispatchSemaphore(value: 0)
    begin { answer in
        let isLate = state.withLock { state in
            switch state {
            case .waiting:
                state = .answered(answer)
                there.signal()
                return false
            // A second answer is none.
            case .answered: return false
            case .over:
                state = .answered(answer)
                return true
            }
        }
        if isLate { late(answer) }
    }
    _ = there.wait(timeout: .now() + .nanoseconds(limit.nanoseconds))
    let answer: Answer? = state.withLock { state in
        if case .answered(let answer) = state { return answer }
        state = .over
        return nil
    }
    guard let answer else { throw .timedOut }
    return answer
}

/// Does something that blocks, on a thread that may, and waits without blocking.
func offMainActor<Value: Sendable>(
    _ work: @escaping @Sendable () -> Result<Value, CardPortError>
) async -> Result<Value, CardPortError> {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int {
        let (seconds, rest) = components
        return Int(clamping: seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + rest / 1_000_000_000)
    }
}
