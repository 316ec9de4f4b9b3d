#if os(Linux)
    @_spi(Script) import CoreTelephony
    import Foundation
    import LPAKitPhone
    import XCTest

    /// The phone's own LPA, as CTCellularPlanProvisioning answers, and the ways beside it.
    final class EsimInstallerTests: XCTestCase {
        private let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())/requests.json")
        private let text = "LPA:1$smdp.example.com$SECRET-TOKEN"

        override func tearDown() {
            SystemScript.now = SystemScript()
            try? FileManager.default.removeItem(at: file.deletingLastPathComponent())
        }

        private func options(_ major: Int = 18, _ minor: Int = 1) -> EsimInstallerOptions {
            var options = EsimInstallerOptions()
            options.journal = file
            options.systemVersion = OperatingSystemVersion(majorVersion: major, minorVersion: minor, patchVersion: 0)
            // No time passes unless a test says so.
            options.pass = { _ in try await Task.sleep(for: .seconds(86_400)) }
            return options
        }

        private func request(_ source: CodeSource = .app) throws -> InstallRequest {
            InstallRequest(code: try ActivationCode(text), source: source)
        }

        private func answers(_ result: CTCellularPlanProvisioningAddPlanResult, seen: Seen<SystemScript.Asked> = Seen()) {
            SystemScript.now = SystemScript(onAdd: { asked, answer in
                seen.add(asked)
                DispatchQueue.global().async { answer(result) }
            })
        }

        func testEveryAnswerOfTheSystemIsOneOutcome() async throws {
            typealias Row = (CTCellularPlanProvisioningAddPlanResult, String?, LPAError.Plan, LPAError.Advice)
            let rows: [Row] = [
                (.success, nil, .installed, .nothing), (.fail, "os.failed", .unknown, .checkProfiles),
                (.unknown, "os.unknown", .unknown, .checkProfiles),
                (.cancel, "cancelled.by_user", .stillValid, .tryAgain),
            ]
            for (result, key, plan, advice) in rows {
                answers(result)
                let request = try request()
                let installer = EsimInstaller(options: options())
                let outcome = await installer.install(request)
                XCTAssertEqual(outcome.error?.key, key)
                XCTAssertEqual(outcome.plan, plan)
                XCTAssertEqual(outcome.advice, advice)
                XCTAssertEqual(outcome.requestID, request.id)
                // The next run of the app hears the same.
                let resumed = await EsimInstaller(options: options()).resume(request.id)
                XCTAssertEqual(resumed, outcome)
            }
        }

        func testTheSystemGetsEveryPartOfTheCode() async throws {
            let seen = Seen<SystemScript.Asked>()
            answers(.success, seen: seen)
            let code = try ActivationCode("LPA:1$smdp.example.com$TOKEN$1.3.6.1.4.1.31746$1")
            var request = InstallRequest(
                code: code, source: .scanned, confirmationCode: ConfirmationCode("4711"),
                iccid: ICCID("8949000000000000012"), eid: EID(ScriptedCard.eid))
            request.properties = PlanProperties(hasVoice: true, regions: ["DE", "FR"])
            _ = await EsimInstaller(options: options(18, 0)).install(request)
            _ = await EsimInstaller(options: options(26, 0)).install(request)
            let asked = seen.all
            XCTAssertEqual(asked.count, 2)
            for asked in asked {
                XCTAssertEqual(asked.address, "smdp.example.com")
                XCTAssertEqual(asked.matchingID, "TOKEN")
                XCTAssertEqual(asked.oid, "1.3.6.1.4.1.31746")
                XCTAssertEqual(asked.confirmationCode, "4711")
                XCTAssertEqual(asked.iccid, "8949000000000000012")
                XCTAssertEqual(asked.eid, ScriptedCard.eid)
            }
            XCTAssertNil(asked[0].told, "iOS 18 knows no properties")
            XCTAssertEqual(asked[1].told?.capability, .dataAndVoice)
            XCTAssertEqual(asked[1].told?.regions.map { $0.uppercased() }, ["DE", "FR"])
        }

        func testASystemThatNeverAnswersIsToldAsUnknownAndItsLateAnswerIsRemembered() async throws {
            let late = Seen<SystemScript.Answer>()
            SystemScript.now = SystemScript(onAdd: { late.add($1) })
            var options = options()
            options.pass = { _ in }
            let request = try request()
            let installer = EsimInstaller(options: options)
            let outcome = await installer.install(request)
            XCTAssertEqual(outcome.error?.key, "os.no_answer")
            XCTAssertEqual(outcome.plan, .unknown)
            XCTAssertEqual(outcome.advice, .checkProfiles)
            XCTAssertEqual(installer.requests().map(\.state), [.ended])
            try XCTUnwrap(late.all.first)(.success)
            let resumed = await installer.resume(request.id)
            XCTAssertEqual(resumed.ending, .installed)
            // A second answer of the system is none.
            try XCTUnwrap(late.all.first)(.fail)
            let again = await installer.resume(request.id)
            XCTAssertEqual(again.ending, .installed)
        }

        func testACallerWhoIsCancelledLosesNothing() async throws {
            let asked = expectation(description: "asked")
            let later = Seen<SystemScript.Answer>()
            SystemScript.now = SystemScript(onAdd: {
                later.add($1)
                asked.fulfill()
            })
            let installer = EsimInstaller(options: options())
            let request = try request()
            let caller = Task { await installer.install(request) }
            await fulfillment(of: [asked], timeout: 10)
            // One at a time.
            let second = await EsimInstaller(options: options()).install(try self.request())
            XCTAssertEqual(second.error?.key, "os.busy")
            XCTAssertEqual(second.advice, .tryLater)
            caller.cancel()
            let left = await caller.value
            XCTAssertEqual(left.error?.key, "os.left_alone")
            XCTAssertEqual(left.advice, .checkProfiles)
            XCTAssertEqual(installer.requests(), [SavedRequest(id: request.id, state: .underWay)])
            let other = Task { await installer.resume(request.id) }
            try XCTUnwrap(later.all.first)(.success)
            let resumed = await other.value
            XCTAssertEqual(resumed.ending, .installed)
            XCTAssertEqual(installer.requests().map(\.state), [.installed])
        }

        func testACallerWhoWasCancelledBeforeBeginsNothing() async throws {
            let seen = Seen<SystemScript.Asked>()
            answers(.success, seen: seen)
            let installer = EsimInstaller(options: options())
            let request = try request()
            let outcome = await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await installer.install(request)
            }.value
            XCTAssertEqual(outcome.error?.key, "cancelled.by_user")
            XCTAssertEqual(seen.all.count, 0)
            XCTAssertEqual(installer.requests(), [])
        }

        func testAnAppThatWasEndedLearnsThatNobodyKnows() async throws {
            // What a run of the app leaves that ends before the system has answered.
            let request = try request()
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(#"[{"id":"\#(request.id)","state":"underWay"}]"#.utf8).write(to: file)
            let installer = EsimInstaller(options: options())
            XCTAssertEqual(installer.requests().map(\.state), [.underWay])
            let outcome = await installer.resume(request.id)
            XCTAssertEqual(outcome.error?.key, "os.unknown")
            XCTAssertEqual(outcome.advice, .checkProfiles)
            XCTAssertEqual(installer.requests().map(\.state), [.ended])
            installer.forget(request.id)
            XCTAssertEqual(installer.requests(), [])
            let nobody = await installer.resume("no such request")
            XCTAssertEqual(nobody.error?.key, "os.unknown")
            try Data("no JSON".utf8).write(to: file)
            XCTAssertEqual(EsimInstaller(options: options()).requests(), [])
        }

        func testTheJournalHoldsNoSecretsAndSixteenRequests() async throws {
            answers(.success)
            let installer = EsimInstaller(options: options())
            for _ in 0..<20 {
                var request = try request()
                request.confirmationCode = ConfirmationCode("SECRET-CODE")
                request.iccid = ICCID("SECRET-ICCID")
                _ = await installer.install(request)
                var shown = "\(request) \(String(reflecting: request))"
                dump(request, to: &shown)
                XCTAssertFalse(shown.contains("SECRET"), shown)
            }
            XCTAssertEqual(installer.requests().count, 16)
            let written = try String(contentsOf: file, encoding: .utf8)
            XCTAssertFalse(written.contains("SECRET") || written.contains("smdp"), written)
        }

        func testBackgroundTimeIsEndedOnceWhicheverComesFirst() async throws {
            let (ended, expire) = (Seen<Int>(), Seen<@Sendable () -> Void>())
            var options = options()
            options.backgroundTime = BackgroundTime { expired in
                expire.add(expired)
                return 7
            } end: {
                ended.add($0)
            }
            answers(.success)
            _ = await EsimInstaller(options: options).install(try request())
            XCTAssertEqual(ended.all, [7])
            try XCTUnwrap(expire.all.first)()
            XCTAssertEqual(ended.all, [7])

            let late = Seen<SystemScript.Answer>()
            let asked = expectation(description: "asked")
            SystemScript.now = SystemScript(onAdd: {
                late.add($1)
                asked.fulfill()
            })
            let (installer, request) = (EsimInstaller(options: options), try request())
            let caller = Task { await installer.install(request) }
            await fulfillment(of: [asked], timeout: 10)
            try XCTUnwrap(expire.all.last)()
            XCTAssertEqual(ended.all, [7, 7])
            try XCTUnwrap(late.all.first)(.success)
            let outcome = await caller.value
            XCTAssertEqual(outcome.ending, .installed)
            XCTAssertEqual(ended.all, [7, 7])

            // No time at all: it is up before it has begun.
            options.backgroundTime = BackgroundTime { expired in
                expired()
                return 8
            } end: {
                ended.add($0)
            }
            answers(.success)
            _ = await EsimInstaller(options: options).install(try self.request())
            XCTAssertEqual(ended.all, [7, 7, 8])
        }
    }

    /// What was seen, from any thread.
    final class Seen<Value: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var values: [Value] = []

        var all: [Value] { lock.withLock { values } }

        func add(_ value: Value) { lock.withLock { values.append(value) } }
    }
#endif
