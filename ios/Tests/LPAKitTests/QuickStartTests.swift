import LPAKitSandbox
import XCTest

/// The quick start works, and the README shows it as it is.
final class QuickStartTests: XCTestCase {
    func testItInstallsAndSwitchesOn() async throws {
        let stage = try SandboxStage()
        try await install(stage.act("order"), on: stage.cardChannel(), options: stage.options)
        let card = try stage.act("state card")
        XCTAssert(card.hasPrefix("profiles=[Travel 5 GB:enabled]"), card)
    }

    func testTheREADMEShowsIt() throws {
        let source = try text("ios/Tests/LPAKitTests/QuickStart.swift")
        let shown = source.components(separatedBy: "// -- quick start\n")[1].components(separatedBy: "// -- end")[0]
        XCTAssertLessThanOrEqual(shown.split(separator: "\n", omittingEmptySubsequences: false).count - 1, 15)
        let block = try text("README.md").components(separatedBy: "```swift\n").dropFirst().first
        XCTAssertEqual(block?.components(separatedBy: "```").first, shown)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }
}
