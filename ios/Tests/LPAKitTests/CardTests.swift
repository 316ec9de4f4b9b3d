import Foundation
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
        XCTAssertEqual(eid.grouped, "8904 9032 1234 5123 4512 3456 7890 1235")
        let profiles = try await lpa.profiles()
        XCTAssertEqual(profiles.map(\.iccid.value), [ScriptedCard.iccid])
        XCTAssertEqual(profiles.map(\.displayName), ["ABC"])
        await lpa.closeAndWait()
        XCTAssert(card.isReleased())
    }

    func testIsCalledFromOneThreadThatIsNotTheMainThread() async throws {
        let lpa = try open()
        for _ in 0..<20 { _ = try await lpa.profiles() }
        XCTAssertEqual(card.seen.threads.count, 1)
        XCTAssertFalse(card.seen.mainThread)
        await lpa.closeAndWait()
    }

    func testHundredCallsAtOnceNeverInterleave() async throws {
        let lpa = try open()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask { number % 2 == 0 ? try await lpa.profiles().count : try await lpa.eid().value.count }
            }
            for try await count in group { XCTAssert(count == 1 || count == 32) }
        }
        XCTAssertEqual(card.seen.mostInside, 1)
        XCTAssertEqual(card.seen.commands.count, 100)
        await lpa.closeAndWait()
    }

    func testTheSameCardOpenedTwiceIsOneAndIsLetGoWithTheLast() async throws {
        let (id, other) = (freshCardID(), ScriptedCard())
        let one = try CardLPA(cardID: id, channel: card, options: .quiet)
        let two = try CardLPA(cardID: id, channel: other, options: .quiet)
        _ = try await two.eid()
        XCTAssertEqual(card.seen.commands.count, 1)
        XCTAssertEqual(other.seen.commands.count, 0)
        await one.closeAndWait()
        _ = try await two.eid()
        XCTAssertFalse(card.wasReleased)
        await two.closeAndWait()
        XCTAssert(card.isReleased())
    }

    func testOddAnswersAreErrorsOfTheCard() async throws {
        let lpa = try open()
        for odd in [Data(), Data([0x90]), Data(count: 10_000), Data(repeating: 0xBF, count: 10_000)] {
            card.answer("BF3E", odd)
            let key = await failure { try await lpa.eid() }
            XCTAssert(key.hasPrefix("card."), "\(odd.count) octets: \(key)")
        }
        card.answer("BF3E", Data(hex: "BF3E125A10\(ScriptedCard.eid)"))
        let eid = try await lpa.eid()
        XCTAssertEqual(eid.value, ScriptedCard.eid)
        await lpa.closeAndWait()
    }

    func testWhateverTheCardThrowsIsOneOfItsErrors() async throws {
        struct Unexpected: Error { let secret = "planted" }
        let errors: [any Error] = [
            CardPortError.cardGone, CardPortError.cardBusy, CardPortError.accessDenied, CardPortError.timedOut,
            CardPortError.connectionFailed, CardPortError.noFreeChannel, Unexpected(), CancellationError(),
            NSError(domain: "planted", code: 1),
        ]
        for error in errors {
            let card = ScriptedCard()
            card.fail(with: error)
            let lpa = try CardLPA(cardID: freshCardID(), channel: card, options: .quiet)
            do {
                _ = try await lpa.eid()
                XCTFail("\(error) was not told")
            } catch let told as LPAError {
                XCTAssertEqual(told.kind, error as? CardPortError == .cardBusy ? .busy : .card)
                XCTAssertFalse("\(told) \(told.arguments) \(told.localizedDescription)".contains("planted"))
            }
            await lpa.closeAndWait()
        }
    }

    func testAfterClosingEverythingIsClosed() async throws {
        let lpa = try open()
        _ = try await lpa.eid()
        lpa.close()
        lpa.close()
        await lpa.closeAndWait()
        let keys = [
            await failure { try await lpa.eid() }, await failure { try await lpa.profiles() },
            await failure { try await lpa.authenticate(.defaultServer) },
            await failure { try await lpa.discover() }, await failure { try await lpa.sendNotifications() },
            failed { try lpa.activationCode("LPA:1$smdp.example.com$A") }, failed { try lpa.deliverSoon() },
            failed { try lpa.deliveryMemory() }, failed { try lpa.euicc(isdrAID: "A0000005591010FFFFFFFF8900000100") },
        ]
        XCTAssertEqual(Set(keys), ["closed"])
        XCTAssertNil(lpa.openOffer)
        XCTAssertEqual(lpa.cardID, lpa.cardID)
    }

    func testClosingDuringAnOperationEndsIt() async throws {
        let lpa = try open()
        card.hold()
        let listing = Task { await failure { try await lpa.profiles() } }
        card.reached.wait()
        lpa.close()
        card.letGo()
        let key = await listing.value
        XCTAssert(["nothing failed", "closed"].contains(key), key)
        XCTAssert(card.isReleased())
    }

    func testACardThatDoesNotComeBackIsGivenUpAndAnotherWorksOn() async throws {
        var options = LPAOptions.quiet
        options.cardLimit = .seconds(1)
        let lpa = try CardLPA(cardID: freshCardID(), channel: card, options: options)
        card.hold()
        let keys = [await failure { try await lpa.eid() }, await failure { try await lpa.profiles() }]
        XCTAssertEqual(keys, ["card.stuck", "card.stuck"])
        let other = try CardLPA(cardID: freshCardID(), channel: ScriptedCard(), options: .quiet)
        let eid = try await other.eid()
        XCTAssertEqual(eid.value, ScriptedCard.eid)
        await other.closeAndWait()
        await lpa.closeAndWait()
        XCTAssertFalse(card.wasReleased)
        // Its late answer is for nobody.
        card.letGo()
        XCTAssert(card.isReleased())
        XCTAssertEqual(card.seen.commands.count, 1)
    }

    func testNamesThatAreTooLongOrNoneAreErrorsOfInput() async throws {
        let lpa = try open()
        let id = ProfileID.iccid(ICCID(ScriptedCard.iccid))
        var keys = [await failure { try await lpa.rename(id, to: String(repeating: "ü", count: 33)) }]
        keys.append(await failure { try await lpa.enable(.iccid(ICCID("12"))) })
        keys.append(await failure { try await lpa.enable(.isdpAID("no AID")) })
        keys.append(failed { try lpa.euicc(isdrAID: "") })
        keys.append(await failure { try await lpa.shareText(imei: IMEI("1"), locales: []) })
        XCTAssertEqual(
            keys,
            ["input.nickname_too_long", "input.iccid", "input.iccid", "input.setting", "input.setting"])
        XCTAssertEqual(card.seen.commands.count, 0)
        await lpa.closeAndWait()
    }

    func testSettingsThatAreWrongAreNamed() {
        var options = LPAOptions.quiet
        options.connectTo = [ConnectTo(host: "smdp.example.com", socket: "127.0.0.1:1")]
        do {
            _ = try CardLPA(cardID: freshCardID(), channel: card, options: options)
            XCTFail("taken")
        } catch {
            XCTAssertEqual(error.key, "input.setting")
            XCTAssertEqual(error.arguments, ["name": "connectTo"])
        }
    }
}
