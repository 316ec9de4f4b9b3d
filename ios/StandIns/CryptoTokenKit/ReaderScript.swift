import Foundation

/// The readers of a test, and what is done with them. It is no part of what is stood in for.
@_spi(Script)
public final class ReaderScript: TKSmartCardSlotManager, @unchecked Sendable {
    private static let place = NSLock()
    nonisolated(unsafe) private static var current: ReaderScript?

    /// The readers that the system has now; nothing for an app without the entitlement.
    public static var now: ReaderScript? {
        get { place.withLock { current } }
        set { place.withLock { current = newValue } }
    }

    private let lock = NSLock()
    private var slots: [SlotScript] = []
    private var watchers: [UUID: @Sendable () -> Void] = [:]

    public override init() {}

    public override var slotNames: [String] { lock.withLock { slots.map(\.name) } }

    public override func getSlot(withName name: String, reply: @escaping @Sendable (TKSmartCardSlot?) -> Void) {
        let slot = lock.withLock { slots.first { $0.name == name } }
        DispatchQueue.global().async { reply(slot) }
    }

    /// Plugs readers in and out.
    public func plug(_ slots: [SlotScript]) {
        lock.withLock { self.slots = slots }
        for told in lock.withLock({ Array(watchers.values) }) { told() }
    }

    /// Tells of each change of the names; what comes back ends that.
    public func watch(_ told: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let id = UUID()
        lock.withLock { watchers[id] = told }
        return { [weak self] in self?.forget(id) }
    }

    /// How many watch.
    public var watching: Int { lock.withLock { watchers.count } }

    private func forget(_ id: UUID) { lock.withLock { watchers[id] = nil } }
}

/// A slot of a test.
@_spi(Script)
public final class SlotScript: TKSmartCardSlot, @unchecked Sendable {
    private let lock = NSLock()
    private let title: String
    private let length: Int
    private var now: State
    private var card: (@Sendable () -> CardScript)?
    private var inside: CardScript?
    private var watchers: [UUID: @Sendable () -> Void] = [:]

    public init(_ name: String, state: State = .empty, maxInputLength: Int = 261) {
        title = name
        now = state
        length = maxInputLength
    }

    public override var name: String { title }
    public override var state: State { lock.withLock { now } }
    public override var maxInputLength: Int { length }

    public override func makeSmartCard() -> TKSmartCard? {
        guard let make = lock.withLock({ now == .validCard ? card : nil }) else { return nil }
        let made = make()
        lock.withLock { inside = made }
        return made
    }

    /// Puts a card in.
    public func insert(_ card: @escaping @Sendable () -> CardScript) {
        lock.withLock { self.card = card }
        change(to: .validCard)
    }

    /// Pulls the card out.
    public func pull() {
        lock.withLock { inside }?.pull()
        change(to: .empty)
    }

    public func change(to state: State) {
        lock.withLock { now = state }
        for told in lock.withLock({ Array(watchers.values) }) { told() }
    }

    /// Tells of each change of the state; what comes back ends that.
    public func watch(_ told: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let id = UUID()
        lock.withLock { watchers[id] = told }
        return { [weak self] in self?.forget(id) }
    }

    /// How many watch.
    public var watching: Int { lock.withLock { watchers.count } }

    private func forget(_ id: UUID) { lock.withLock { watchers[id] = nil } }
}

/// A card of a test: it answers on a queue of its own, as the system does.
@_spi(Script)
public final class CardScript: TKSmartCard, @unchecked Sendable {
    public typealias Begin = @Sendable (@escaping @Sendable (Bool, (any Error)?) -> Void) -> Void
    public typealias Transmit = @Sendable (Data, @escaping @Sendable (Data?, (any Error)?) -> Void) -> Void

    private let lock = NSLock()
    private let queue = DispatchQueue(label: "card")
    private let talk: TKSmartCardProtocol
    private let onBegin: Begin
    private let onTransmit: Transmit
    private var valid = true
    private var open = 0
    private var begun = 0

    public init(
        talks talk: TKSmartCardProtocol = .t0, onBegin: @escaping Begin = { $0(true, nil) },
        onTransmit: @escaping Transmit
    ) {
        self.talk = talk
        self.onBegin = onBegin
        self.onTransmit = onTransmit
    }

    public override var isValid: Bool { lock.withLock { valid } }

    public override var currentProtocol: TKSmartCardProtocol { lock.withLock { open > 0 ? talk : [] } }

    /// Sessions that are open: begun and not ended.
    public var sessions: Int { lock.withLock { open } }
    /// Sessions that were begun.
    public var beginnings: Int { lock.withLock { begun } }

    public override func beginSession(reply: @escaping @Sendable (Bool, (any Error)?) -> Void) {
        queue.async { [self] in
            onBegin { success, error in
                if success {
                    self.lock.withLock {
                        self.open += 1
                        self.begun += 1
                    }
                }
                reply(success, error)
            }
        }
    }

    public override func transmit(_ request: Data, reply: @escaping @Sendable (Data?, (any Error)?) -> Void) {
        queue.async { [self] in
            guard isValid else { return reply(nil, TKError(.communicationError)) }
            onTransmit(request, reply)
        }
    }

    public override func endSession() { lock.withLock { open -= 1 } }

    func pull() { lock.withLock { valid = false } }
}
