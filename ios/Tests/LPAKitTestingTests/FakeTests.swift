import LPAKitAPI
import LPAKitTesting
import XCTest

/// The fake, as an app's tests use it. This target does not know the Rust library.
final class FakeTests: XCTestCase {
    private let old = Profile(iccid: ICCID("8900000000000000001"), serviceProviderName: "A", profileName: "Old")
    private let new = ProfileDescription(
        iccid: ICCID("8900000000000000002"), serviceProviderName: "B", profileName: "New")
    private let yes = Answers(agreed: [.consent])

    private func ask(_ lpa: FakeLPA, _ token: String = "A") async throws -> Offer {
        try await lpa.authenticate(.code(lpa.activationCode("LPA:1$smdp.example.com$\(token)")))
    }

    func testInstallsAndSwitches() async throws {
        let lpa = FakeLPA(profiles: [old], plans: [FakePlan(matchingID: MatchingID("A"), profile: new)])
        let offer = try await ask(lpa)
        XCTAssertEqual(offer.profile, new)
        let task = try offer.accept(yes)
        var phases: [InstallProgress.Phase] = []
        for await step in task.progress { phases.append(step.phase) }
        XCTAssertEqual(phases.last, .finished)
        guard case .installed(let done) = try await task.outcome() else { return XCTFail("not installed") }
        let seen: any LPA = lpa
        try await seen.enable(old.id)
        try await seen.enable(done.id)
        let profiles = try await seen.profiles()
        XCTAssertEqual(profiles.map(\.isEnabled), [false, true])
        let second = await failure { try await self.ask(lpa) }
        XCTAssertEqual(second, "server.refused.8.2.6/3.8")
        XCTAssertEqual(lpa.calls, [.authenticate, .accept, .enable, .enable, .profiles, .authenticate])
    }

    func testStepsByHandAndIsCancelledInTimeOrTooLate() async throws {
        var plan = FakePlan(matchingID: MatchingID("A"), profile: new)
        plan.stepsByHand = true
        let lpa = FakeLPA(plans: [plan])
        let first = try await ask(lpa).accept(yes)
        lpa.advance()
        XCTAssertEqual(first.state, .running(InstallProgress(phase: .downloading)))
        first.cancel()
        let cancelled = await failure { try await first.outcome() }
        XCTAssertEqual(cancelled, "cancelled.by_user")

        let second = try await ask(lpa).accept(yes)
        (0..<3).forEach { _ in lpa.advance() }
        XCTAssertEqual(second.state, .running(plan.steps[2]))
        let waiting = Task { await failure { try await second.outcome() } }
        waiting.cancel()
        (0..<3).forEach { _ in lpa.advance() }
        let told = await waiting.value
        XCTAssertEqual(told, "CancellationError")
        guard case .installed = try await second.outcome() else { return XCTFail("not installed") }
        XCTAssertEqual(lpa.installTasks.count, 2)
        XCTAssertEqual(lpa.profilesOnCard.count, 1)
    }

    func testAsksForConsentAndConfirmationCode() async throws {
        var plan = FakePlan(matchingID: MatchingID("A"), profile: new)
        plan.confirmationCode = ConfirmationCode("1234")
        plan.furtherNeeds = [.consentToNoDeleting]
        let lpa = FakeLPA(plans: [plan])
        let offer = try await ask(lpa)
        let busy = await failure { try await self.ask(lpa) }
        XCTAssertEqual(busy, "busy.offer_open")
        XCTAssertEqual(offer.needs, [.consent, .consentToNoDeleting, .confirmationCode])
        var answers = yes
        let noConsent = await failure { try offer.accept(answers) }
        XCTAssertEqual(noConsent, "input.consent_missing")
        answers.agreed.insert(.consentToNoDeleting)
        let noCode = await failure { try offer.accept(answers) }
        XCTAssertEqual(noCode, "input.confirmation_code_missing")
        answers.confirmationCode = ConfirmationCode("0000")
        guard case .confirmationCodeRefused(let again, _) = try await offer.accept(answers).outcome() else {
            return XCTFail("not refused")
        }
        let used = await failure { try offer.accept(answers) }
        XCTAssertEqual(used, "input.offer_used")
        XCTAssertNotNil(lpa.openOffer)
        answers.confirmationCode = ConfirmationCode("1234")
        guard case .installed = try await again.accept(answers).outcome() else { return XCTFail("not installed") }
    }

    func testFailsAndHoldsAsTheScriptSays() async throws {
        let lpa = FakeLPA(profiles: [old])
        let error = LPAError(kind: .network, key: "network.unreachable", plan: .stillValid, advice: .checkNetwork)
        lpa.fail(.profiles, with: error)
        let failed = await failure { try await lpa.profiles() }
        XCTAssertEqual(failed, "network.unreachable")
        lpa.hold(.profiles)
        let listing = Task { try await lpa.profiles().count }
        while lpa.calls.count < 2 { await Task.yield() }
        lpa.letGo(.profiles)
        let count = try await listing.value
        XCTAssertEqual(count, 1)
        lpa.close()
        let closed = await failure { try await lpa.profiles() }
        XCTAssertEqual(closed, "closed")
    }

    func testAnOfferThatIsLetGoIsOver() async throws {
        let lpa = FakeLPA(plans: [FakePlan(matchingID: MatchingID("A"), profile: new)])
        for _ in 0..<2 { _ = try await ask(lpa) }
        XCTAssertNil(lpa.openOffer)
        let offer = try await ask(lpa)
        try await offer.reject(.later)
        XCTAssertFalse(offer.isOpen)
    }

    func testNothingOfItIsLeft() async throws {
        weak var gone: FakeLPA?
        do {
            let lpa = FakeLPA(plans: [FakePlan(matchingID: MatchingID("A"), profile: new)])
            _ = try await ask(lpa).accept(yes).outcome()
            gone = lpa
        }
        XCTAssertNil(gone)
    }

    func testProfilesObeyTheirRules() async throws {
        var strict = old
        strict.rules = PolicyRules(forbidsDisabling: true, forbidsDeleting: true)
        let lpa = FakeLPA(profiles: [strict])
        let told = [
            await failure { try await lpa.delete(strict.id) }, await failure { try await lpa.enable(strict.id) },
            await failure { try await lpa.disable(strict.id) }, await failure { try await lpa.delete(strict.id) },
            await failure { try await lpa.enable(.iccid(ICCID("1"))) },
        ]
        XCTAssertEqual(
            told,
            [
                "card.switch.policy", "nothing failed", "card.switch.policy", "card.delete.enabled",
                "card.switch.not_found",
            ])
        try await lpa.rename(strict.id, to: "Mine")
        XCTAssertEqual(lpa.profilesOnCard.map(\.displayName), ["Mine"])
        try await lpa.resetMemory(.operationalProfiles)
        XCTAssertEqual(lpa.profilesOnCard, [])
    }
}

/// The key of the error that this ends with; `CancellationError` for that.
private func failure<T>(_ work: () async throws -> T) async -> String {
    do { _ = try await work() } catch { return (error as? LPAError)?.key ?? "\(type(of: error))" }
    return "nothing failed"
}
