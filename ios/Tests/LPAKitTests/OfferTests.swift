import LPAKit
import XCTest

/// Offers, installations and their progress, against the sandbox.
final class OfferTests: XCTestCase {
    private let yes = Answers(agreed: [.consent])

    func testAnOfferIsAnsweredOnce() async throws {
        let scene = try Scene()
        let offer = try await scene.offer("order code=1234")
        XCTAssertEqual(offer.needs, [.consent, .confirmationCode])
        XCTAssertEqual(failed { try offer.accept(yes) }, "input.confirmation_code_missing")
        XCTAssertEqual(failed { try offer.accept(Answers()) }, "input.consent_missing")
        XCTAssert(offer.isOpen)
        let second = await failure { try await scene.offer() }
        XCTAssertEqual(second, "busy.offer_open")
        XCTAssertEqual(scene.lpa.openOffer?.profile, offer.profile)
        let task = try offer.accept(Answers(agreed: [.consent], confirmationCode: ConfirmationCode("1234")))
        XCTAssertEqual(failed { try offer.accept(yes) }, "input.offer_used")
        let rejected = await failure { try await offer.reject(.later) }
        XCTAssertEqual(rejected, "input.offer_used")
        guard case .installed = try await task.outcome() else { return XCTFail("not installed") }
        XCTAssertFalse(offer.isOpen)
        await scene.lpa.closeAndWait()
    }

    func testAnOfferWhoseTimeIsUpIsOver() async throws {
        let scene = try Scene()
        let offer = try await scene.offer()
        try scene.stage.act("clock 5m")
        try scene.stage.act("wait cancelSession 1")
        XCTAssertEqual(failed { try offer.accept(yes) }, "cancelled.offer_expired")
        XCTAssertFalse(offer.isOpen)
        await scene.lpa.closeAndWait()
    }

    func testAnOfferThatIsLetGoDoesNotBlockAndIsPostponed() async throws {
        let scene = try Scene()
        var offer: Offer? = try await scene.offer()
        try scene.stage.act("hold card CancelSession")
        XCTAssertNotNil(offer)
        offer = nil
        try scene.stage.act("wait held")
        try scene.stage.act("release")
        try scene.stage.act("wait cancelSession 1")
        await scene.lpa.closeAndWait()
        XCTAssert(try scene.nothingIsOpen())
    }

    func testAnyNumberOfListenersHearTheProgressAndTheEnd() async throws {
        let scene = try Scene()
        let offer = try await scene.offer("order size=20000")
        let task = try offer.accept(yes)
        let found = try XCTUnwrap(scene.lpa.installTask(task.id))
        let heard = await withTaskGroup(of: [InstallProgress].self) { group in
            for listener in [task, found, task] {
                group.addTask {
                    var steps: [InstallProgress] = []
                    for await step in listener.progress { steps.append(step) }
                    return steps
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for steps in heard {
            XCTAssertEqual(
                steps, steps.sorted { ($0.phase.rawValue, $0.bytesDone) < ($1.phase.rawValue, $1.bytesDone) })
            XCTAssertEqual(steps.last?.phase, .finished)
            XCTAssertEqual(steps.last?.fraction, 1)
        }
        for _ in 0..<2 {
            guard case .installed(let done) = try await task.outcome() else { return XCTFail("not installed") }
            XCTAssertEqual(done.profile, offer.profile)
        }
        XCTAssertEqual(scene.lpa.installTasks.map(\.id), [task.id])
        var late: [InstallProgress] = []
        for await step in task.progress { late.append(step) }
        XCTAssertLessThanOrEqual(late.count, 1)
        await scene.lpa.closeAndWait()
    }

    func testAListenerThatEndsEarlyDisturbsNobody() async throws {
        let scene = try Scene()
        let task = try await scene.offer().accept(yes)
        for await _ in task.progress { break }
        guard case .installed = try await task.outcome() else { return XCTFail("not installed") }
        await scene.lpa.closeAndWait()
    }

    func testAWrongConfirmationCodeGivesAFreshOffer() async throws {
        let scene = try Scene()
        var answers = Answers(agreed: [.consent], confirmationCode: ConfirmationCode("0000"))
        let task = try await scene.offer("order code=1234").accept(answers)
        guard case .confirmationCodeRefused(let again, let error) = try await task.outcome() else {
            return XCTFail("not refused")
        }
        XCTAssertEqual(error.plan, .stillValid)
        answers.confirmationCode = ConfirmationCode("1234")
        guard case .installed = try await again.accept(answers).outcome() else { return XCTFail("not installed") }
        await scene.lpa.closeAndWait()
    }
}
