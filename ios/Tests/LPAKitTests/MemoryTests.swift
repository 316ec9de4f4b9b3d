import LPAKit
import LPAKitSandbox
import XCTest

/// Ten thousand of everything, and nothing is left.
final class MemoryTests: XCTestCase {
    private let many = 10_000

    func testClosedLPAsLeaveNothing() async throws {
        try await leavesNothing { round in
            let lpa = try CardLPA(cardID: "closed \(round)", channel: ScriptedCard(), options: .quiet)
            await lpa.closeAndWait()
        }
    }

    func testDroppedLPAsLeaveNothing() async throws {
        try await leavesNothing { round in
            _ = try CardLPA(cardID: "dropped \(round)", channel: ScriptedCard(), options: .quiet)
        }
    }

    func testDroppedCodesAndErrorsLeaveNothing() async throws {
        try await leavesNothing { round in
            _ = try ActivationCode("LPA:1$smdp.example.com$TOKEN-\(round)")
            XCTAssertEqual(failed { try ActivationCode("no code") }, "activation_code.not_an_activation_code")
        }
    }

    private func leavesNothing(_ work: (Int) async throws -> Void) async throws {
        // What is made once, and what the allocator keeps for itself.
        for round in 0..<1000 { try await work(round) }
        await nothingIsOpen()
        let before = residentBytes()
        for round in 0..<many { try await work(1000 + round) }
        await nothingIsOpen()
        let grown = residentBytes() - before
        print("memory: \(many) times, \(grown / 1024) KiB more")
        XCTAssertLessThan(grown, 8 << 20)
    }

    /// Waits until no card is open: the cards' threads end by themselves.
    private func nothingIsOpen() async {
        let late = ContinuousClock.now + .seconds(30)
        while SandboxProbe.openCards > 0, ContinuousClock.now < late { await Task.yield() }
        XCTAssertEqual(SandboxProbe.openCards, 0)
    }

    private func residentBytes() -> Int {
        #if os(Linux)
            let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
            return (fields.flatMap { Int($0[1]) } ?? 0) * Int(getpagesize())
        #else
            var usage = rusage()
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }
}
