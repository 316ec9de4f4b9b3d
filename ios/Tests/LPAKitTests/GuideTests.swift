#if os(Linux)
    @_spi(Script) import CoreTelephony
    @_spi(Script) import CryptoTokenKit
    import Foundation
    import LPAKitPhone
    import LPAKitReaders
    import LPAKitSandbox
    import LPAKitScreens
    import LPAKitTesting
    import XCTest

    /// The code of docs/ios.md works, and stands there as it is.
    final class GuideTests: XCTestCase {
        override func tearDown() {
            SystemScript.now = SystemScript()
            ReaderScript.now = nil
        }

        private func installer(opened: Seen<URL> = Seen()) -> EsimInstaller {
            var options = EsimInstallerOptions()
            options.journal = nil
            options.systemVersion = OperatingSystemVersion(majorVersion: 18, minorVersion: 0, patchVersion: 0)
            options.openURL = {
                opened.add($0)
                return true
            }
            return EsimInstaller(options: options)
        }

        func testTheGuideShowsTheCodeThatIsCompiled() throws {
            let source = try text("ios/Tests/LPAKitTests/Guide.swift")
            let sections = source.components(separatedBy: "    // -- ").dropFirst().filter { !$0.hasPrefix("end\n") }
            let shown = sections.map { section in
                let lines = section.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
                return lines.map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0) }.joined(separator: "\n")
            }
            let blocks = try text("docs/ios.md").components(separatedBy: "```swift\n").dropFirst()
            XCTAssertEqual(shown.count, 6)
            XCTAssertEqual(blocks.compactMap { $0.components(separatedBy: "```").first }, shown)
        }

        private func text(_ path: String) throws -> String {
            try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
        }

        func testACarrierAppAddsAPlan() async throws {
            let kept = Seen<String>()
            SystemScript.now = SystemScript(onAdd: { $1(.success) })
            let installer = installer()
            let said = try await addPlan("LPA:1$smdp.example.com$T", with: installer) { kept.add($0) }
            XCTAssertEqual(said, "The plan is on this phone.")
            XCTAssertEqual(kept.all, installer.requests().map(\.id))
            SystemScript.now = SystemScript(onAdd: { $1(.fail) })
            let failed = try await addPlan("LPA:1$smdp.example.com$T", with: installer) { _ in }
            XCTAssertEqual(failed, LPAError.named("os.failed", arguments: ["code": "1"]).explanation().text)
            let nothing = await resume(installer)
            XCTAssertEqual(nothing, [])
        }

        func testATravelAppSellsAndDelivers() async throws {
            SystemScript.now = SystemScript(supportsCellularPlan: false)
            let opened = Seen<URL>()
            let installer = installer(opened: opened)
            let (can, _) = try await canSell(with: installer)
            XCTAssertTrue(can)
            let picture = try await deliver("LPA:1$smdp.example.com$T", with: installer)
            XCTAssertNil(picture)
            XCTAssertEqual(opened.all.count, 1)
            SystemScript.now = SystemScript(supportsEmbeddedSIM: false, supportsCellularPlan: false)
            let (cannot, reasons) = try await canSell(with: installer)
            XCTAssertFalse(cannot)
            XCTAssertTrue(reasons.contains(LPAError.named("os.no_esim").explanation().what), "\(reasons)")
        }

        func testALinkIsFollowedOnlyWhenThePersonSaysYes() async throws {
            SystemScript.now = SystemScript(onAdd: { $1(.success) })
            let link = try XCTUnwrap(URL(string: "lpa:1$smdp.example.com$T"))
            let refused = try await follow(link, with: installer()) { _ in false }
            XCTAssertNil(refused)
            let outcome = try await follow(link, with: installer()) { $0 == "smdp.example.com" }
            XCTAssertEqual(outcome?.ending, .installed)
        }

        func testACardInAReader() async throws {
            let stage = try SandboxStage()
            let card = try stage.rawCard()
            let (manager, slot) = (ReaderScript(), SlotScript("Reader"))
            ReaderScript.now = manager
            manager.plug([slot])
            let opening = Task { try await openFirstCard(options: stage.options) }
            await eventually { slot.watching == 1 }
            slot.insert {
                CardScript { command, reply in
                    do { reply(try card.transmit(command), nil) } catch { reply(nil, TKError(.communicationError)) }
                }
            }
            let opened = try await opening.value
            let lpa = try XCTUnwrap(opened)
            let eid = try await lpa.eid()
            XCTAssertEqual(eid.value.count, 32)
            await lpa.closeAndWait()
        }

        func testAScreenIsDrawn() async throws {
            let model = AddPlanModel(lpa: FakeLPA())
            let drawn = Seen<AddPlanModel.State>()
            let showing = Task { await show(model) { drawn.add($0) } }
            await eventually { drawn.all == [.wantsCode(nil)] }
            showing.cancel()
            await showing.value
        }
    }
#endif
