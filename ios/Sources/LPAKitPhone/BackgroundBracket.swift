import LPAKit

/// Background time that is ended once, whichever comes first: the answer, or its own end.
final class BackgroundBracket: Sendable {
    private enum State {
        case beginning
        case open(Int)
        case over
    }

    private let time: BackgroundTime
    private let state = Locked(State.beginning)

    init(_ time: BackgroundTime) {
        self.time = time
        let task = time.begin { [weak self] in self?.end() }
        let isLate = state.withLock { state in
            guard case .beginning = state else { return true }
            state = .open(task)
            return false
        }
        if isLate { time.end(task) }
    }

    func end() {
        let task: Int? = state.withLock { state in
            defer { state = .over }
            if case .open(let task) = state { return task } else { return nil }
        }
        if let task { time.end(task) }
    }
}
