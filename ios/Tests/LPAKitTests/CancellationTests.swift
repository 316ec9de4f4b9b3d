import Foundation
import LPAKit
import LPAKitSandbox
import XCTest

/// A caller's task that is cancelled: before, midway, and too late.
final class CancellationTests: XCTestCase {
    /// A task that is cancelled before it does its work.
    private func cancelledBefore(_ work: @escaping @Sendable () async throws -> Void) async -> String {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await failure(work)
        }
        task.cancel()
        return await task.value
    }

    func testBeforeItBeganNothingIsDone() async throws {
        let card = ScriptedCard()
        let lpa = try CardLPA(cardID: freshCardID(), channel: card, options: .quiet)
        let told = [
            await cancelledBefore { _ = try await lpa.profiles() },
            await cancelledBefore { _ = try await lpa.authenticate(.defaultServer) },
            await cancelledBefore { _ = try await lpa.discover() },
            await cancelledBefore { _ = try await lpa.sendNotifications() },
        ]
        XCTAssertEqual(Set(told), ["CancellationError"])
        XCTAssertEqual(card.seen.commands.count, 0)
        await lpa.closeAndWait()
    }

    func testAListIsReadToItsEnd() async throws {
        let card = ScriptedCard()
        let lpa = try CardLPA(cardID: freshCardID(), channel: card, options: .quiet)
        card.hold()
        let listing = Task { await failure { try await lpa.profiles() } }
        card.reached.wait()
        listing.cancel()
        card.letGo()
        let told = await listing.value
        XCTAssertEqual(told, "CancellationError")
        let profiles = try await lpa.profiles()
        XCTAssertEqual(profiles.count, 1)
        await lpa.closeAndWait()
    }

    func testAChangeIsDoneToItsEnd() async throws {
        let scene = try Scene()
        guard case .installed(let done) = try await scene.offer().accept(Answers(agreed: [.consent])).outcome() else {
            return XCTFail("not installed")
        }
        try scene.stage.act("hold card EnableProfile")
        let enabling = Task { await failure { try await scene.lpa.enable(done.id) } }
        try scene.stage.act("wait held")
        enabling.cancel()
        try scene.stage.act("release")
        let told = await enabling.value
        XCTAssertEqual(told, "CancellationError")
        XCTAssert(try scene.stage.act("state card").contains(":enabled"))
        await scene.lpa.closeAndWait()
    }

    func testAuthenticatingLeavesNoSession() async throws {
        let scene = try Scene()
        let code = try scene.lpa.activationCode(scene.stage.act("order"))
        for moment in ["initiateAuthentication", "authenticateClient"] {
            try scene.stage.act("hold net \(moment)")
            let asking = Task { await failure { try await scene.lpa.authenticate(.code(code)) } }
            try scene.stage.act("wait held")
            asking.cancel()
            try scene.stage.act("release")
            let told = await asking.value
            XCTAssertEqual(told, "CancellationError")
            XCTAssertNil(scene.lpa.openOffer)
        }
        let card = try scene.stage.act("state card")
        XCTAssert(card.contains("session=none"), card)
        let offer = try await scene.lpa.authenticate(.code(code))
        try await offer.reject(.later)
        await scene.lpa.closeAndWait()
    }

    func testAnInstallationIsCancelledAndWaitedFor() async throws {
        let scene = try Scene()
        let offer = try await scene.offer()
        try scene.stage.act("hold net getBoundProfilePackage")
        let task = try offer.accept(Answers(agreed: [.consent]))
        let waiting = Task { await failure { try await task.outcome() } }
        try scene.stage.act("wait held")
        waiting.cancel()
        try scene.stage.act("release")
        let told = await waiting.value
        XCTAssertEqual(told, "CancellationError")
        XCTAssert(try scene.stage.act("state card").hasPrefix("profiles=[]"))
        let again = await failure { try await scene.lpa.installTask(task.id)?.outcome() }
        XCTAssertEqual(again, "cancelled.by_user")
        await scene.lpa.closeAndWait()
    }

    func testCancellingEndsBothSessionsWithinOneAPDUAndOneRequest() async throws {
        let stage = try SandboxStage()
        var options = stage.options
        options.deliverAutomatically = false
        let card = RecordingCard(try stage.rawCard())
        let lpa = try CardLPA(cardID: freshCardID(), rawCard: card, options: options)
        let offer = try await lpa.authenticate(.code(lpa.activationCode(stage.act("order"))))
        try stage.act("hold net getBoundProfilePackage")
        let task = try offer.accept(Answers(agreed: [.consent]))
        let waiting = Task { await failure { try await task.outcome() } }
        try stage.act("wait held")
        let (commands, requests) = (card.instructions.count, try await lpa.statistics().requests)
        waiting.cancel()
        try stage.act("release")
        _ = await waiting.value
        // CancelSession in one STORE DATA, whose answer is fetched, as T=0 has it.
        XCTAssertEqual(card.instructions.dropFirst(commands), [0xE2, 0xC0])
        let after = try await lpa.statistics().requests
        XCTAssertEqual(after - requests, 1)
        XCTAssertTrue(try stage.act("state card").contains("session=none"))
        XCTAssertTrue(try stage.act("state server").hasSuffix("sessions=0"))
        await lpa.closeAndWait()
    }

    func testAfterThePointOfNoReturnItRunsToItsEnd() async throws {
        let scene = try Scene()
        let offer = try await scene.offer()
        try scene.stage.act("hold card LoadBoundProfilePackage+3")
        let task = try offer.accept(Answers(agreed: [.consent]))
        let waiting = Task { await failure { try await task.outcome() } }
        try scene.stage.act("wait held")
        waiting.cancel()
        try scene.stage.act("release")
        let told = await waiting.value
        XCTAssertEqual(told, "CancellationError")
        guard case .installed(let done) = try await task.outcome() else { return XCTFail("not installed") }
        XCTAssert(done.cancelRequested)
        XCTAssertEqual(task.state, .finished)
        await scene.lpa.closeAndWait()
    }
}

/// A card that remembers the instructions it was given.
private final class RecordingCard: RawCard, @unchecked Sendable {
    private let card: any RawCard
    private let lock = NSLock()
    private var seen: [UInt8] = []

    init(_ card: any RawCard) { self.card = card }

    var abilities: PortAbilities { card.abilities }

    /// The second octet of each command.
    var instructions: [UInt8] { lock.withLock { seen } }

    func transmit(_ command: Data) throws -> Data {
        lock.withLock { seen.append(command.dropFirst().first ?? 0) }
        return try card.transmit(command)
    }

    func reset() throws { try card.reset() }

    func release() { card.release() }
}
