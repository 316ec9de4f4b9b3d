import LPAKit
import XCTest

/// Identifiers and secrets are planted, and must be found nowhere but where they are asked for.
final class SecretsTests: XCTestCase {
    private let imei = IMEI("490154203237518")
    private let wrong = ConfirmationCode("WRONG-5309")
    private let right = ConfirmationCode("RIGHT-8675")

    func testNothingThatIsPrintedDumpedOrLoggedShowsASecret() async throws {
        let (heap, lines) = (Heap(), Lines())
        LPALog.listen(upTo: .debug) { lines.add($0) }
        defer { LPALog.stopListening() }
        let scene = try Scene(imei: imei)
        let lpa = scene.lpa
        let (eid, chip) = (try await lpa.eid(), try await lpa.chip())
        let code = try lpa.activationCode(scene.stage.act("order code=\(right.value)"))
        let source = ProfileSource.code(code)
        heap.add(eid, chip, try await lpa.euiccs(), code, source, try QRPicture(of: code.qrText), lpa)

        let offer = try await lpa.authenticate(source)
        var answers = Answers(agreed: [.consent], confirmationCode: wrong)
        let refused = try await offer.accept(answers).outcome()
        guard case .confirmationCodeRefused(let again, let error) = refused else { return XCTFail("not refused") }
        heap.add(offer, answers, refused, again, error, error.explanation())
        answers.confirmationCode = right
        let task = try again.accept(answers)
        let outcome = try await task.outcome()
        guard case .installed(let done) = outcome else { return XCTFail("not installed") }
        heap.add(answers, task, task.state, outcome, done, done.id, try await lpa.profile(done.id))
        try await lpa.enable(done.id)
        heap.add(try await lpa.profiles(), try await lpa.notifications(), try await lpa.sendNotifications())

        // The same code again, a profile that is not there, a plan by discovery: what is told of failures.
        try scene.stage.act("order smds")
        let found = try await lpa.discover()
        heap.add(found, found.plans)
        await heap.add(failureOf: { try await lpa.authenticate(source) })
        await heap.add(failureOf: { try await lpa.enable(.iccid(ICCID("8901234567890123456"))) })
        await heap.add(failureOf: { try await lpa.enable(done.id) })
        await heap.add(failureOf: { try await lpa.delete(done.id) })
        await heap.add(failureOf: { try lpa.activationCode("LPA:1$no host$\(code.matchingID.value)") })
        heap.add(try await lpa.hints(), try lpa.deliveryMemory(), try await lpa.statistics(), scene.lpa)
        var options = LPAOptions()
        options.device.imei = imei
        heap.add(options, options.device)
        await lpa.closeAndWait()
        lines.all.forEach { heap.add($0) }

        let secrets = [
            "EID": eid.value, "ICCID": done.iccid.value, "token": code.matchingID.value, "wrong code": wrong.value,
            "right code": right.value, "IMEI": imei.value, "another ICCID": "8901234567890123456",
            "grouped EID": eid.grouped,
        ]
        XCTAssertGreaterThan(heap.text.count, 10_000)
        for (name, secret) in secrets {
            XCTAssertGreaterThan(secret.count, 5, name)
            let shown = heap.text.split(separator: "\n").first { $0.localizedCaseInsensitiveContains(secret) }
            XCTAssertNil(shown, "the \(name) is shown")
        }
        // It would be found: an app that asks gets it.
        let shared = try await shareText()
        XCTAssert(shared.contains(imei.value))
    }

    private func shareText() async throws -> String {
        let scene = try Scene()
        let text = try await scene.lpa.shareText(imei: imei, locales: ["en"])
        await scene.lpa.closeAndWait()
        return text
    }
}

/// All that can be read of values by chance.
private final class Heap {
    private(set) var text = ""

    func add(_ values: Any...) {
        for value in values {
            dump(value, to: &text)
            text += "\(value)\n\(String(reflecting: value))\n"
            guard let error = value as? any Error else { continue }
            text += "\(error.localizedDescription)\n\(error as NSError)\n\((error as NSError).userInfo)\n"
            if let error = error as? LPAError {
                text += "\(error.explanation().text)\n\(error.recoverySuggestion ?? "")\n"
            }
        }
    }

    func add(failureOf work: () async throws -> Any) async {
        do { XCTFail("\(try await work()) did not fail") } catch { add(error) }
    }
}
