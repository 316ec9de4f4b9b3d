import LPAKitSandbox
import XCTest

@testable import LPAKit

/// Errors and their texts, the log, and the library's version.
final class TextTests: XCTestCase {
    private let gone = LPAError(kind: .card, key: "card.gone", advice: .checkProfiles)

    func testAnErrorIsToldInTheFirstLanguageThatIsSpoken() throws {
        let error = try XCTUnwrap(ScriptedErrors.offerUsed)
        let english = error.explanation(locales: ["en"])
        XCTAssertFalse(english.what.isEmpty)
        XCTAssert(english.text.hasPrefix(english.what))
        XCTAssertEqual(error.explanation(locales: ["xx-YY", "no such locale", ""]), english)
        XCTAssertEqual(error.explanation(locales: []), english)
        let german = error.explanation(locales: ["tlh", "de_CH.UTF-8", "fr"])
        XCTAssertNotEqual(german, english)
        XCTAssertEqual(LPATexts.text(error.key, locales: ["de"]), german.what)
    }

    func testTheMessageIsASentenceAndNoFields() throws {
        let error = try XCTUnwrap(ScriptedErrors.offerUsed)
        XCTAssertEqual(error.localizedDescription, error.explanation().what)
        XCTAssertEqual((error as any Error).localizedDescription, error.explanation().what)
        XCTAssertEqual("\(error)", "LPAError(\(error.key))")
        XCTAssertEqual(error.recoverySuggestion ?? "", error.explanation().advice)
        XCTAssertEqual(error.failureReason ?? "", error.explanation().plan)
    }

    func testAKeyOfAnotherVersionHasAText() {
        XCTAssertFalse(LPATexts.text("of.the.future", arguments: ["a": "b"], locales: ["ja"]).isEmpty)
        XCTAssertFalse(LPAError(kind: .card, key: "of.the.future").explanation(locales: []).text.isEmpty)
    }

    func testRulesAreToldInWords() {
        XCTAssertEqual(LPATexts.words(for: PolicyRules(), locales: ["en"]), [])
        let both = PolicyRules(forbidsDisabling: true, forbidsDeleting: true)
        XCTAssertEqual(LPATexts.words(for: both, locales: ["en"]).count, 2)
        XCTAssertNotEqual(LPATexts.words(for: both, locales: ["fr"]), LPATexts.words(for: both, locales: ["en"]))
    }

    func testErrorsCrossBothWaysUnchanged() {
        for kind in LPAError.Kind.allCases {
            for plan in LPAError.Plan.allCases {
                for advice in LPAError.Advice.allCases {
                    let error = LPAError(kind: kind, key: "k", arguments: ["a": "1"], plan: plan, advice: advice)
                    XCTAssertEqual(LPAError(error.native), error)
                }
            }
        }
    }

    func testALibraryOfAnotherVersionIsRefused() throws {
        XCTAssertEqual(LPALibrary.version, LPALibrary.libraryVersion())
        XCTAssertNoThrow(try LPALibrary.check())
        let refusal = LPALibrary.compare(shell: "0.0.0", library: LPALibrary.libraryVersion())
        guard case .failure(let error) = refusal else { return XCTFail("taken") }
        do { try Native.checkVersion("0.0.0") } catch { XCTAssertEqual(LPAError(native: error), refusal.error) }
        XCTAssertEqual(error.key, "input.library_version")
    }

    func testAFaultOfTheLibraryIsAnErrorAndTheProcessLives() throws {
        let fault = try XCTUnwrap(SandboxProbe.fault())
        XCTAssertEqual(LPAError(native: fault).key, "closed.fault")
        XCTAssertEqual(LPAError(native: fault).kind, .closed)
        XCTAssertNoThrow(try ActivationCode("LPA:1$smdp.example.com$A"))
    }

    func testTheLogIsHeardUntilNobodyListens() async throws {
        let lines = Lines()
        LPALog.listen(upTo: .debug) { lines.add($0) }
        let scene = try Scene()
        _ = try await scene.offer().accept(Answers(agreed: [.consent])).outcome()
        await scene.lpa.closeAndWait()
        LPALog.stopListening()
        let heard = lines.all
        XCTAssertFalse(heard.isEmpty)
        XCTAssert(heard.allSatisfy { $0.source.hasPrefix("lpakit") })
        let after = try Scene()
        await after.lpa.closeAndWait()
        XCTAssertEqual(lines.all.count, heard.count)
    }
}

/// Errors as the library makes them.
private enum ScriptedErrors {
    static var offerUsed: LPAError? {
        do { _ = try ActivationCode("https://example.com") } catch { return error }
        return nil
    }
}

extension Result where Failure == LPAError {
    fileprivate var error: LPAError? { if case .failure(let error) = self { error } else { nil } }
}

/// What the log said.
final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [LPALog.Line] = []

    var all: [LPALog.Line] { lock.withLock { lines } }

    func add(_ line: LPALog.Line) { lock.withLock { lines.append(line) } }
}
