import LPAKit
import LPAKitSandbox
import XCTest

/// The quick start works, and README shows it as it is.
final class QuickStartTests: XCTestCase {
    func testItInstallsAndTurnsOn() async throws {
        let stage = try SandboxStage()
        let lpa = try CardLPA(cardID: "quick start", channel: stage.cardChannel(), options: stage.options)
        let code = try stage.act("order")
        var shown: [String] = []
        try await install(lpa, code: code) { shown.append($0) }
        XCTAssertEqual(shown.first, "Travel 5 GB")
        XCTAssertEqual(shown.last, "finished")
        let card = try stage.act("state card")
        XCTAssert(card.hasPrefix("profiles=[Travel 5 GB:enabled]"), card)

        do {
            try await install(lpa, code: code) { _ in }
            XCTFail("the order is used up")
        } catch let error as LPAError {
            XCTAssertEqual(error.key, "server.refused.8.2.6/3.8")
        }
        await lpa.closeAndWait()
    }

    func testTheREADMEShowsIt() throws {
        let source = try text("ios/Tests/LPAKitTests/QuickStart.swift")
        let shown = source.components(separatedBy: "// -- quick start\n")[1].components(separatedBy: "// -- end")[0]
        XCTAssert(try text("README.md").contains("```swift\n\(shown)```"))
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }
}
