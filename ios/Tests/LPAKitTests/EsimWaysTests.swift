#if os(Linux)
    @_spi(Script) import CoreTelephony
    import Foundation
    import LPAKitPhone
    import XCTest

    /// Which way an installation goes, and why the others are shut.
    final class EsimWaysTests: XCTestCase {
        private let text = "LPA:1$smdp.example.com$A+B/C"

        override func tearDown() { SystemScript.now = SystemScript() }

        private func options(
            _ major: Int, _ minor: Int, opens: Bool? = true, opened: Seen<URL> = Seen()
        ) -> EsimInstallerOptions {
            var options = EsimInstallerOptions()
            options.journal = nil
            options.systemVersion = OperatingSystemVersion(majorVersion: major, minorVersion: minor, patchVersion: 0)
            if let opens {
                options.openURL = {
                    opened.add($0)
                    return opens
                }
            }
            return options
        }

        private func install(
            _ options: EsimInstallerOptions, _ source: CodeSource = .app, agreed: Bool = false
        ) async throws -> EsimOutcome {
            let request = InstallRequest(code: try ActivationCode(text), source: source, isAgreed: agreed)
            return await EsimInstaller(options: options).install(request)
        }

        func testATravelAppOpensTheSettingsWithTheCode() async throws {
            SystemScript.now = SystemScript(supportsCellularPlan: false)
            let opened = Seen<URL>()
            let options = options(17, 5, opened: opened)
            let installer = EsimInstaller(options: options)
            let request = InstallRequest(code: try ActivationCode(text), source: .app)
            let outcome = await installer.install(request)
            XCTAssertEqual(outcome.ending, .handedOver)
            XCTAssertEqual(outcome.plan, .unknown)
            XCTAssertEqual(outcome.advice, .checkProfiles)
            let link = try XCTUnwrap(opened.all.first)
            XCTAssertEqual(opened.all.count, 1)
            XCTAssertTrue(link.absoluteString.hasPrefix("https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$"))
            // What reads it finds the same code.
            XCTAssertEqual(try ActivationCode(link.absoluteString), request.code)
            XCTAssertEqual(installer.requests(), [SavedRequest(id: request.id, state: .handedOver)])
            let resumed = await installer.resume(request.id)
            XCTAssertEqual(resumed, outcome)
        }

        func testWithoutALinkThereIsAQRCodeForAnotherScreen() async throws {
            SystemScript.now = SystemScript(supportsCellularPlan: false)
            // Too old for links; one that nothing opens; an app extension that opens none.
            for options in [options(17, 3), options(18, 0, opens: false), options(18, 0, opens: nil)] {
                let outcome = try await install(options)
                let code = try ActivationCode(text)
                XCTAssertEqual(outcome.ending, .otherScreen(try QRPicture(of: code.qrText)))
                XCTAssertEqual(outcome.plan, .stillValid)
            }
        }

        func testEachShutDoorHasItsReason() async throws {
            func reasons(_ options: EsimInstallerOptions) async throws -> [InstallRoute: [String]] {
                let ways = try await EsimInstaller(options: options).capabilities()
                return Dictionary(uniqueKeysWithValues: ways.map { ($0.route, $0.reasons) })
            }
            SystemScript.now = SystemScript(supportsCellularPlan: false)
            let travel = try await reasons(options(16, 4))
            XCTAssertEqual(travel[.systemLPA], ["route.no_entitlement"])
            XCTAssertEqual(travel[.setupLink], ["os.too_old"])
            XCTAssertEqual(travel[.reader], ["route.no_reader_entitlement"])
            XCTAssertEqual(travel[.otherScreen], [])
            SystemScript.now = SystemScript(supportsEmbeddedSIM: false, supportsCellularPlan: false)
            var reader = options(18, 0)
            reader.readers = { [.noCard] }
            let none = try await reasons(reader)
            XCTAssertEqual(none[.systemLPA], ["os.no_esim"])
            XCTAssertEqual(none[.setupLink], ["os.no_esim"])
            XCTAssertEqual(none[.reader], ["route.no_card"])
            let outcome = try await install(reader)
            XCTAssertEqual(outcome.error?.key, "os.no_esim")
            SystemScript.now = SystemScript()
            let carrier = try await EsimInstaller(options: options(18, 0)).capabilities()
            XCTAssertEqual(carrier.first, InstallWay(route: .systemLPA, passage: .open))
        }

        func testACodeFromALinkIsInstalledOnlyWhenThePersonAgreed() async throws {
            SystemScript.now = SystemScript(onAdd: { $1(.success) })
            let refused = try await install(options(18, 0), .link)
            XCTAssertEqual(refused.error?.key, "os.link_not_agreed")
            let agreed = try await install(options(18, 0), .link, agreed: true)
            XCTAssertEqual(agreed.ending, .installed)
        }

        func testLinksThatOpenTheApp() throws {
            func request(_ link: String) throws -> InstallRequest {
                try InstallRequest(link: try XCTUnwrap(URL(string: link), link))
            }
            let setup = "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata="
            for link in ["lpa:1$smdp.example.com$T", "LPA:1$smdp.example.com$T", setup + "LPA:1$smdp.example.com$T"] {
                let request = try request(link)
                XCTAssertEqual(request.code.address, "smdp.example.com")
                XCTAssertEqual(request.source, .link)
                XCTAssertFalse(request.isAgreed)
                XCTAssertTrue(request.agreed().isAgreed)
                XCTAssertEqual(request.agreed().id, request.id)
            }
            let two = setup + "LPA:1$a.example.com$T&carddata=LPA:1$b.example.com$U"
            XCTAssertEqual(failed { try request(two) }, "activation_code.several_codes")
            let odd = [
                "ftp://a.example.com/LPA:1$a$b",
                "mailto:someone@example.com", "https://example.com", "http://example.com?carddata=LPA:1$a.example.com$T",
                "file:///LPA:1$a.example.com$T", "lpa:", "lpa:1$a.example.com$T%20LPA:1$b.example.com$U", "javascript:1",
            ]
            for link in odd {
                let key = failed { try request(link) }
                XCTAssertTrue(key.hasPrefix("activation_code."), "\(link): \(key)")
            }
        }

        func testTheSystemIsToldMoreOfAPlan() async throws {
            let seen = Seen<SystemScript.Told>()
            SystemScript.now = SystemScript(onUpdate: { told, answer in
                seen.add(told)
                answer(nil)
            })
            let told = PlanProperties(iccid: ICCID("8949000000000000012"), hasVoice: false, regions: ["DE"])
            try await EsimInstaller(options: options(26, 0)).update(told)
            XCTAssertEqual(seen.all.map(\.iccid), ["8949000000000000012"])
            XCTAssertEqual(seen.all.map(\.capability), [.dataOnly])

            let old = await failure { try await EsimInstaller(options: self.options(18, 6)).update(told) }
            XCTAssertEqual(old, "os.too_old")
            let bare = await failure {
                try await EsimInstaller(options: self.options(26, 0)).update(PlanProperties(hasVoice: true))
            }
            XCTAssertEqual(bare, "input.setting")
            SystemScript.now = SystemScript(onUpdate: { $1(NSError(domain: "planted", code: 5)) })
            do {
                try await EsimInstaller(options: options(26, 0)).update(told)
                XCTFail("taken")
            } catch {
                XCTAssertEqual(error.key, "os.failed")
                XCTAssertEqual(error.arguments, ["code": "5"])
            }
            SystemScript.now = SystemScript(onUpdate: { _, _ in })
            var options = options(26, 0)
            options.pass = { _ in }
            let silent = await failure { [options] in try await EsimInstaller(options: options).update(told) }
            XCTAssertEqual(silent, "os.no_answer")
            let cancelled = await Task { [options] in
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure { try await EsimInstaller(options: options).update(told) }
            }.value
            XCTAssertEqual(cancelled, "cancelled.by_user")
            XCTAssertEqual(seen.all.count, 1)
        }
    }
#endif
