import LPAKit
import LPAKitSandbox
import XCTest

/// What the way between the languages costs. It prints, and judges nothing.
final class BenchTests: XCTestCase {
    func testOneRoundTrip() async throws {
        let (once, often) = (try await medianEID(chunk: 255), try await medianEID(chunk: 1))
        // One answer in 23 pieces instead of one.
        let trip = (often - once) / 22
        print("bench: one transmit round trip \(micro(trip)) µs, one whole call \(micro(once)) µs")
        XCTAssertGreaterThan(once, .zero)
    }

    func testADownloadAgainstOneInRust() async throws {
        let (rounds, clock) = (20, ContinuousClock())
        var times: [Duration] = []
        for _ in 0..<rounds {
            let scene = try Scene()
            let order = try scene.stage.act("order")
            let time = try await clock.measure {
                let offer = try await scene.lpa.authenticate(.code(scene.lpa.activationCode(order)))
                _ = try await offer.accept(Answers(agreed: [.consent])).outcome()
            }
            times.append(time)
            await scene.lpa.closeAndWait()
        }
        let (swift, rust) = (median(times), try SandboxProbe.medianDownloadInRust(rounds: UInt32(rounds)))
        let ratio = String(format: "%.2f", swift / rust)
        print("bench: download \(micro(swift)) µs in Swift, \(micro(rust)) µs in Rust, ratio \(ratio)")
    }

    private func medianEID(chunk: Int) async throws -> Duration {
        let (card, clock) = (PiecemealCard(chunk: chunk), ContinuousClock())
        let lpa = try CardLPA(cardID: freshCardID(), channel: card, options: .quiet)
        var times: [Duration] = []
        for _ in 0..<500 { times.append(try await clock.measure { _ = try await lpa.eid() }) }
        await lpa.closeAndWait()
        return median(times)
    }

    private func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }

    private func micro(_ time: Duration) -> String { String(format: "%.1f", time / .microseconds(1)) }
}

/// A card that gives the EID in pieces, each to be fetched with a command of its own.
private final class PiecemealCard: CardChannel, @unchecked Sendable {
    private let whole = Data(hex: "BF3E125A10\(ScriptedCard.eid)")
    private let chunk: Int
    private var left = Data()

    init(chunk: Int) { self.chunk = chunk }

    func open(aid: Data) throws -> OpenedChannel { OpenedChannel(number: 1) }

    func close(channel: UInt8) throws {}

    func transmit(_ command: Data, on channel: UInt8) throws -> Data {
        if command[1] == 0xE2 {
            left = whole
            return Data([0x61, UInt8(min(chunk, left.count))])
        }
        let piece = Data(left.prefix(chunk))
        left = Data(left.dropFirst(chunk))
        return piece + (left.isEmpty ? Data([0x90, 0]) : Data([0x61, UInt8(min(chunk, left.count))]))
    }
}
