import LPAKit
import XCTest

/// How a card of the app's is called, and what becomes of its odd answers.
final class CardTests: XCTestCase {
    private let card = ScriptedCard()

    private func open() throws -> CardLPA { try CardLPA(cardID: freshCardID(), channel: card, options: .quiet) }

    func testReadsEIDAndProfiles() async throws {
        let lpa = try open()
        let eid = try await lpa.eid()
        XCTAssertEqual(eid.value, ScriptedCard.eid)
        let profiles = try await lpa.profiles()
        XCTAssertEqual(profiles.map(\.iccid.value), [ScriptedCard.iccid])
        XCTAssertEqual(profiles.map(\.displayName), ["ABC"])
        await lpa.closeAndWait()
        XCTAssertEqual(card.seen.released, 1)
    }
}
