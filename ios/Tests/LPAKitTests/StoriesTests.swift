import Foundation
import LPAKit
import LPAKitSandbox
import XCTest

/// Plays the stories of `tests/e2e/stories`, whose README explains their grammar, over the package's public API.
final class StoriesTests: XCTestCase {
    func testEveryStoryEndsAsItSays() async throws {
        var (stories, wrong, player) = (0, [String](), Player?.none)
        for file in ["plans.txt", "troubles.txt", "profiles.txt"] {
            let path = repository.appendingPathComponent("tests/e2e/stories/\(file)")
            let text = try String(contentsOf: path, encoding: .utf8)
            for (at, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let line = line.trimmingCharacters(in: .whitespaces)
                if line.isEmpty || line.hasPrefix("#") { continue }
                if line.hasPrefix("story ") {
                    stories += 1
                    player = try Player()
                    continue
                }
                let parts = line.components(separatedBy: " -> ")
                let must = parts.count > 1 ? parts[1] : "ok"
                let was = try await XCTUnwrap(player).play(parts[0])
                if was != must { wrong.append("\(file):\(at + 1): \(parts[0])\n  must be \(must)\n  but was \(was)") }
            }
        }
        XCTAssertEqual(wrong, [], wrong.joined(separator: "\n"))
        XCTAssertGreaterThanOrEqual(stories, 25)
        if wrong.isEmpty { print("stories: \(stories) passed") }
    }
}

/// One card's LPA, and how far a download on it has come.
private final class Seat {
    let lpa: any LPA
    var closed = false
    var source: ProfileSource?
    var offer: Offer?
    var task: InstallTask?

    init(_ lpa: any LPA) { self.lpa = lpa }
}

/// Something that the driver itself cannot play.
private struct NoSuch: Error { let what: String }

private final class Player {
    private let stage: SandboxStage
    private var seats: [UInt32: Seat] = [:]
    /// The card whose LPA is spoken to.
    private var card: UInt32 = 1
    /// What was installed, in order: p1, p2 …
    private var installed: [ProfileID] = []
    private let name = UUID().uuidString

    init() throws { stage = try SandboxStage() }

    func play(_ line: String) async -> String {
        let words = line.split(separator: " ").map(String.init)
        let arguments = words.count > 1 ? String(line.dropFirst(words[0].count + 1)) : ""
        do {
            return try await play(words[0], arguments, Array(words.dropFirst()))
        } catch let error as LPAError {
            return tell(error)
        } catch {
            return "(stage) \(error)"
        }
    }

    private func play(_ verb: String, _ arguments: String, _ words: [String]) async throws -> String {
        switch verb {
        case "stage": return try stage.act(arguments)
        case "open": return try open(words)
        case "code": return try await code(words)
        case "offer": return try await offer()
        case "accept": return try accept(words)
        case "reject":
            guard let offer = try seat.offer else { throw NoSuch(what: "offer") }
            return "told=\(try await offer.reject(arguments == "refused" ? .refused : .later))"
        case "cancel": try seat.task?.cancel()
        case "outcome": return try await outcome()
        case "change": return try await change(words)
        case "list": return try await list(arguments)
        case "send":
            let report = try await seat.lpa.sendNotifications()
            return "delivered=\(report.delivered.count) unsent=\(bracketed(report.unsent.map(\.error.key)))"
        case "close" where arguments == "offer": try seat.offer = nil
        case "close":
            await (try seat.lpa).closeAndWait()
            try seat.closed = true
        default: throw NoSuch(what: verb)
        }
        return "ok"
    }

    private var seat: Seat {
        get throws {
            guard let seat = seats[card] else { throw NoSuch(what: "open LPA") }
            return seat
        }
    }

    private func open(_ words: [String]) throws -> String {
        card = option("card=", in: words).flatMap { UInt32($0) } ?? 1
        if let seat = seats[card], !seat.closed { return "ok" }
        let cardID = "\(name) \(card)"
        stage.useClock(forCardID: cardID)
        var options = stage.options
        options.device.tac = "35693803"
        options.deliverAutomatically = false
        let lpa =
            if option("port=", in: words) == "channels" {
                try CardLPA(cardID: cardID, channel: stage.cardChannel(card), options: options)
            } else {
                try CardLPA(cardID: cardID, rawCard: stage.rawCard(card), options: options)
            }
        seats[card] = Seat(lpa)
        return "ok"
    }

    private func code(_ words: [String]) async throws -> String {
        let (seat, text) = (try seat, words.dropFirst().first ?? "")
        let code: ActivationCode
        switch words[0] {
        case "text": code = try seat.lpa.activationCode(text)
        case "plane":
            let frame = try stage.frame(showing: text)
            code = try .scan(
                plane: frame.data, width: frame.width, height: frame.height, rowStride: frame.rowStride,
                pixelStride: frame.pixelStride, allowTestServers: true)
        case "discover":
            let plans = try await seat.lpa.discover().plans
            seat.source = plans.first.map(ProfileSource.event)
            return "plans=\(plans.count)"
        default:
            seat.source = .defaultServer
            return "ok"
        }
        seat.source = .code(code)
        return "server=\(code.address)"
    }

    private func offer() async throws -> String {
        let seat = try seat
        guard let source = seat.source else { throw NoSuch(what: "code") }
        let offer = try await seat.lpa.authenticate(source)
        seat.offer = offer
        let needs = bracketed(needWords.filter { offer.needs.contains($0.need) }.map(\.word))
        return "operator=\(offer.profile.serviceProviderName) name=\(offer.profile.profileName) needs=\(needs)"
    }

    private func accept(_ words: [String]) throws -> String {
        var answers = Answers(agreed: Set(needWords.filter { words.contains($0.word) }.map(\.need)))
        answers.confirmationCode = option("code=", in: words).map { ConfirmationCode($0) }
        guard let offer = try seat.offer else { throw NoSuch(what: "offer") }
        try seat.task = offer.accept(answers)
        return "ok"
    }

    private func outcome() async throws -> String {
        let seat = try seat
        guard let task = seat.task else { throw NoSuch(what: "installation") }
        seat.task = nil
        switch try await task.outcome() {
        case .installed(let done):
            installed.append(done.id)
            return "installed p\(installed.count) name=\(done.profile.profileName) report=\(done.report) "
                + "cancel_requested=\(done.cancelRequested)"
        case .confirmationCodeRefused(let again, let error):
            seat.offer = again
            return "again \(tell(error))"
        }
    }

    private func change(_ words: [String]) async throws -> String {
        let lpa = try seat.lpa
        if words[0] == "reset" {
            var what: MemoryReset = []
            if words.contains("profiles") { what.insert(.operationalProfiles) }
            if words.contains("default_server") { what.insert(.defaultSMDPAddress) }
            try await lpa.resetMemory(what)
            return "ok"
        }
        guard let number = words.dropFirst().first.flatMap({ Int($0.dropFirst()) }) else {
            throw NoSuch(what: "profile")
        }
        let id = installed[number - 1]
        switch words[0] {
        case "enable": return state(try await lpa.enable(id))
        case "disable": return state(try await lpa.disable(id))
        case "delete": try await lpa.delete(id)
        case "rename": try await lpa.rename(id, to: words.dropFirst(2).joined(separator: " "))
        default: throw NoSuch(what: words[0])
        }
        return "ok"
    }

    private func list(_ what: String) async throws -> String {
        let lpa = try seat.lpa
        if what == "notifications" {
            return bracketed(try await lpa.notifications().flatMap(\.events).map(\.rawValue))
        }
        return bracketed(try await lpa.profiles().map { "\($0.displayName):\(state($0))" })
    }
}

/// What an offer can need, by the words for it.
private let needWords: [(need: Need, word: String)] = [
    (.consent, "consent"), (.consentToNoDisabling, "no_disabling"), (.consentToNoDeleting, "no_deleting"),
    (.consentToLowMemory, "low_memory"), (.confirmationCode, "confirmation_code"),
]

private func option(_ name: String, in words: [String]) -> String? {
    words.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
}

private func state(_ profile: Profile) -> String { profile.isEnabled ? "enabled" : "disabled" }

private func bracketed(_ items: [String]) -> String { "[\(items.joined(separator: ","))]" }

private func tell(_ error: LPAError) -> String {
    let (plan, advice) = (snake(error.plan.rawValue), snake(error.advice.rawValue))
    return "error \(error.key) kind=\(error.kind.rawValue) plan=\(plan) advice=\(advice)"
}

/// `stillValid` as the list of errors writes it: `still_valid`.
private func snake(_ name: String) -> String {
    name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
}
