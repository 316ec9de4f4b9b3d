import Foundation
import LPAKit
import LPAKitSandbox
import XCTest

/// A stage with one card, and an LPA on it.
final class Scene: Sendable {
    let stage: SandboxStage
    let lpa: CardLPA

    init(imei: IMEI? = nil) throws {
        stage = try SandboxStage()
        let cardID = freshCardID()
        stage.useClock(forCardID: cardID)
        var options = stage.options
        options.deliverAutomatically = false
        options.device.imei = imei
        lpa = try CardLPA(cardID: cardID, rawCard: stage.rawCard(), options: options)
    }

    /// Orders a plan and asks what the server offers.
    func offer(_ order: String = "order") async throws -> Offer {
        try await lpa.authenticate(.code(lpa.activationCode(stage.act(order))))
    }

    /// Whether neither card nor server has a session.
    func nothingIsOpen() throws -> Bool {
        try stage.act("state card").contains("session=none") && stage.act("state server").hasSuffix("sessions=0")
    }
}

/// The key of the error that this ends with; `CancellationError` for that.
func failure<T>(_ work: () async throws -> T) async -> String {
    do { _ = try await work() } catch { return name(of: error) }
    return "nothing failed"
}

/// As ``failure(_:)``, for what does not wait.
func failed<T>(_ work: () throws -> T) -> String {
    do { _ = try work() } catch { return name(of: error) }
    return "nothing failed"
}

/// Waits for something that another thread is about to bring about; a fault when it has not within ten seconds.
func eventually(_ holds: @Sendable () -> Bool, file: StaticString = #filePath, line: UInt = #line) async {
    let end = ContinuousClock.now + .seconds(10)
    while !holds() {
        guard ContinuousClock.now < end else { return XCTFail("it did not come about", file: file, line: line) }
        await Task.yield()
    }
}

private func name(of error: any Error) -> String { (error as? LPAError)?.key ?? "\(type(of: error))" }
