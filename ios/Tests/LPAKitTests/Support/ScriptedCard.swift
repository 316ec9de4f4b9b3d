import Foundation
import LPAKit

/// A card in Swift: it answers each ES10 function from a table, and remembers how it was called.
final class ScriptedCard: CardChannel, @unchecked Sendable {
    static let eid = "89049032123451234512345678901235"
    static let iccid = "8949000000000000012"

    /// How it was called.
    struct Log {
        var commands: [Data] = []
        var threads: Set<String> = []
        var mainThread = false
        var inside = 0
        var mostInside = 0
    }

    private let lock = NSLock()
    private var log = Log()
    private var answers: [String: Data] = [
        "BF3E": Data(hex: "BF3E125A10\(eid)"),
        "BF2D": Data(hex: "BF2D19A017E3155A0A989400000000000010F29F7001009103414243"),
    ]
    private var failure: (any Error)?
    private var gate: DispatchSemaphore?
    /// Told of each command while commands are held.
    let reached = DispatchSemaphore(value: 0)
    private let letGoOf = DispatchSemaphore(value: 0)

    var seen: Log { lock.withLock { log } }

    /// Answers a function with these octets and 9000.
    func answer(_ tag: String, _ octets: Data) { lock.withLock { answers[tag] = octets } }

    /// Fails with everything from now on.
    func fail(with error: any Error) { lock.withLock { failure = error } }

    /// Holds every command until `letGo` is called; `reached` tells of each.
    func hold() { lock.withLock { gate = DispatchSemaphore(value: 0) } }

    func letGo() {
        lock.withLock {
            defer { gate = nil }; return gate
        }?.signal()
    }

    func open(aid: Data) throws -> OpenedChannel {
        guard aid.first == 0xA0 else { throw CardPortError.noSuchApplication }
        return OpenedChannel(number: 1)
    }

    func transmit(_ command: Data, on channel: UInt8) throws -> Data {
        lock.withLock {
            log.commands.append(command)
            log.threads.insert("\(pthread_self())")
            log.mainThread = log.mainThread || Thread.isMainThread
            log.inside += 1
            log.mostInside = max(log.mostInside, log.inside)
        }
        defer { lock.withLock { log.inside -= 1 } }
        if let gate = lock.withLock({ gate }) {
            reached.signal()
            gate.wait()
        }
        if let failure = lock.withLock({ failure }) { throw failure }
        // CLA INS P1 P2 Lc, then the function's tag.
        let tag = command.dropFirst(5).prefix(2).hex
        guard let answer = lock.withLock({ answers[tag] }) else { return Data(hex: "6A88") }
        return answer + (answer == Data() ? Data() : Data(hex: "9000"))
    }

    func close(channel: UInt8) throws {}

    func release() { letGoOf.signal() }

    /// Whether the LPA lets the card go, within ten seconds.
    func isReleased() -> Bool { letGoOf.wait(timeout: .now() + 10) == .success }

    /// Whether the LPA has let the card go already.
    var wasReleased: Bool { letGoOf.wait(timeout: .now()) == .success }
}

extension Data {
    init(hex: String) {
        let digits = Array(hex.utf8)
        let octets = stride(from: 0, to: digits.count, by: 2).map { at in
            UInt8(String(decoding: digits[at..<at + 2], as: UTF8.self), radix: 16) ?? 0
        }
        self.init(octets)
    }

    var hex: String { map { String(format: "%02X", $0) }.joined() }
}

/// A name for a card that no other test uses.
func freshCardID() -> String { "card \(UUID().uuidString)" }

extension LPAOptions {
    /// No deliveries in the background.
    static var quiet: LPAOptions {
        var options = LPAOptions()
        options.deliverAutomatically = false
        return options
    }
}
