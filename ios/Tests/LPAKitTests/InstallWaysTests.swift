import LPAKit
import XCTest

final class InstallWaysTests: XCTestCase {
    private func way(_ route: InstallRoute, _ facts: PhoneFacts) throws -> InstallWay {
        let ways = try facts.installWays()
        XCTAssertEqual(Set(ways.map(\.route)), Set(InstallRoute.allCases))
        return try XCTUnwrap(ways.first { $0.route == route })
    }

    func testATravelAppLearnsWhichWayIsOpenAndWhyTheOthersAreShut() throws {
        let phone = PhoneFacts(systemMajor: 18, systemMinor: 1, hasESIM: true)
        let best = try XCTUnwrap(phone.installWays().first)
        XCTAssertEqual(best, InstallWay(route: .setupLink, passage: .open))
        let system = try way(.systemLPA, phone)
        XCTAssertEqual(system, InstallWay(route: .systemLPA, passage: .shut, reasons: ["route.no_entitlement"]))
        let german = try XCTUnwrap(system.explanations(locales: ["de"]).first)
        XCTAssertTrue(german.contains("eSIM") && german.contains("Anbieter"), german)
        XCTAssertEqual(try way(.simCard, phone).reasons, ["route.not_on_this_system"])
        XCTAssertEqual(try way(.reader, phone).reasons, ["route.no_reader_entitlement"])
    }

    func testWhatThePhoneSaysReachesTheCore() throws {
        var phone = PhoneFacts(systemMajor: 17, systemMinor: 4, standing: .operator, hasESIM: true, readers: [.open])
        XCTAssertEqual(try phone.installWays().map(\.route).prefix(2), [.systemLPA, .reader])
        XCTAssertEqual(try way(.setupLink, phone).passage, .perhaps)
        phone.opensSetupLinks = false
        XCTAssertEqual(try way(.setupLink, phone).reasons, ["os.link_not_opened"])
        phone.systemMajor = 16
        phone.opensSetupLinks = nil
        XCTAssertEqual(try way(.setupLink, phone).reasons, ["os.too_old"])
        phone.systemMajor = -1
        XCTAssertEqual(try way(.systemLPA, phone).reasons, ["os.too_old"])
        phone = PhoneFacts(systemMajor: 18, systemMinor: 0, hasESIM: false)
        XCTAssertEqual(try way(.otherScreen, phone).reasons, ["os.no_esim"])
        let reasons: [CardAccess: String] = [
            .noCard: "route.no_card", .noEUICC: "card.no_isdr", .denied: "route.card_must_list_app",
            .noChannel: "card.no_channel", .failed: "card.failed",
        ]
        for access in CardAccess.allCases where access != .open {
            phone.readers = [access]
            XCTAssertEqual(try way(.reader, phone).reasons, [reasons[access]])
        }
    }

    func testErrorsAreMadeByTheirKeys() {
        let failed = LPAError.named("os.failed", arguments: ["code": "7"])
        XCTAssertEqual(failed.kind, .card)
        XCTAssertEqual(failed.plan, .unknown)
        XCTAssertTrue(failed.explanation(locales: ["en"]).what.contains("7"))
        XCTAssertEqual(LPAError.named("no.such.key").key, "closed.fault")
        let refused = LPAError.refusal(subject: "8.2.6", reason: "3.8")
        XCTAssertEqual(refused.key, "server.refused.8.2.6/3.8")
        XCTAssertEqual(refused.plan, .noLongerValid)
    }
}
