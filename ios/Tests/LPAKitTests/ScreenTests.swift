import Foundation
import LPAKit
import LPAKitSandbox
import LPAKitScreens
import LPAKitTesting
import XCTest

/// What stands behind the screens of an app.
final class ScreenTests: XCTestCase {
    private let old = Profile(iccid: ICCID("8900000000000000001"), serviceProviderName: "A", profileName: "Old")
    private let new = ProfileDescription(
        iccid: ICCID("8900000000000000002"), serviceProviderName: "B", profileName: "New")
    private let code = "LPA:1$smdp.example.com$A"

    private var plan: FakePlan { FakePlan(matchingID: MatchingID("A"), profile: new) }

    func testTheListShowsWhatIsOnTheCard() async {
        let lpa = FakeLPA(profiles: [old])
        let model = ProfileListModel(lpa: lpa)
        XCTAssertFalse(model.state.isLoaded)
        await model.load()
        XCTAssertEqual(model.state.profiles.map(\.iccid), [old.iccid])
        await model.switchOn(old.id)
        XCTAssertEqual(model.state.profiles.map(\.isEnabled), [true])
        await model.rename(old.id, to: "Mine")
        XCTAssertEqual(model.state.profiles.map(\.nickname), ["Mine"])
        await model.delete(old.id)
        XCTAssertEqual(model.state.error?.key, "card.delete.enabled")
        XCTAssertEqual(model.state.profiles.count, 1)
        model.dismissError()
        XCTAssertNil(model.state.error)
        await model.switchOff(old.id)
        await model.delete(old.id)
        XCTAssertEqual(model.state.profiles, [])
        XCTAssertNil(model.state.working)
        XCTAssertNil(model.state.error)
    }

    func testOneChangeAtATime() async {
        let lpa = FakeLPA(profiles: [old])
        let model = ProfileListModel(lpa: lpa)
        await model.load()
        lpa.hold(.enable)
        let first = Task { [old] in await model.switchOn(old.id) }
        await eventually { model.state.working != nil }
        await model.delete(old.id)
        XCTAssertEqual(lpa.calls.filter { $0 == .delete }, [])
        lpa.letGo(.enable)
        await first.value
        XCTAssertEqual(model.state.profiles.map(\.isEnabled), [true])
    }

    func testAListThatCannotBeReadSaysWhy() async {
        let lpa = FakeLPA(profiles: [old])
        let model = ProfileListModel(lpa: lpa)
        lpa.fail(.profiles, with: .named("card.gone"))
        await model.load()
        XCTAssertEqual(model.state.error?.key, "card.gone")
        XCTAssertFalse(model.state.isLoaded)
        await model.load()
        XCTAssertNil(model.state.error)
        XCTAssertTrue(model.state.isLoaded)
    }

    func testEveryStepOfAddingIsShown() async {
        var plan = plan
        plan.stepsByHand = true
        let lpa = FakeLPA(plans: [plan])
        let model = AddPlanModel(lpa: lpa)
        var states = model.states.makeAsyncIterator()
        let first = await states.next()
        XCTAssertEqual(first, .wantsCode(nil))
        await model.enter("no code")
        guard case .wantsCode(let error?) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(error.kind, .input)
        await model.enter(code)
        guard case .offered(let offer) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(offer.profile, new)
        // Nothing is agreed to: the offer stays, and says what is missing.
        await model.accept(Answers())
        guard case .offered(let again) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(again.error?.key, "input.consent_missing")
        let installing = Task { await model.accept(Answers(agreed: [.consent])) }
        for step in plan.steps {
            await eventually { lpa.installTasks.count == 1 }
            lpa.advance()
            await eventually { model.state == .installing(step) }
        }
        lpa.advance()
        await installing.value
        guard case .installed(let done) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(done.profile, new)
        model.startOver()
        XCTAssertEqual(model.state, .wantsCode(nil))
    }

    func testWhoeverAcceptsSecondFindsNoOffer() async {
        let lpa = FakeLPA(plans: [plan])
        let model = AddPlanModel(lpa: lpa)
        await model.enter(code)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await model.accept(Answers(agreed: [.consent])) } }
        }
        guard case .installed = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(lpa.calls.filter { $0 == .accept }.count, 1)
        XCTAssertEqual(lpa.installTasks.count, 1)
    }

    func testAWrongConfirmationCodeGivesAFreshOffer() async {
        var plan = plan
        plan.confirmationCode = ConfirmationCode("4711")
        let model = AddPlanModel(lpa: FakeLPA(plans: [plan]))
        await model.enter(code)
        await model.accept(Answers(agreed: [.consent], confirmationCode: ConfirmationCode("1")))
        guard case .offered(let offer) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertNotNil(offer.error)
        await model.accept(Answers(agreed: [.consent], confirmationCode: ConfirmationCode("4711")))
        guard case .installed = model.state else { return XCTFail("\(model.state)") }
    }

    func testCancellingAndDeclining() async {
        var plan = plan
        plan.stepsByHand = true
        let lpa = FakeLPA(plans: [plan])
        let model = AddPlanModel(lpa: lpa)
        lpa.hold(.authenticate)
        let asking = Task { [code] in await model.enter(code) }
        await eventually { model.state == .asking && lpa.calls.contains(.authenticate) }
        model.cancel()
        lpa.letGo(.authenticate)
        await asking.value
        XCTAssertEqual(model.state, .wantsCode(nil))
        await model.enter(code)
        await model.reject(.later)
        XCTAssertEqual(model.state, .wantsCode(nil))
        XCTAssertNil(lpa.openOffer)
        await model.enter(code)
        let installing = Task { await model.accept(Answers(agreed: [.consent])) }
        await eventually { lpa.installTasks.count == 1 }
        await eventually {
            if case .installing = model.state { true } else { false }
        }
        model.cancel()
        lpa.advance()
        await installing.value
        guard case .failed(let error) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(error.key, "cancelled.by_user")
        XCTAssertEqual(error.plan, .stillValid)
    }

    func testAPlanIsAddedOnTheSandbox() async throws {
        let scene = try Scene()
        let model = AddPlanModel(lpa: scene.lpa)
        await model.enter(try scene.stage.act("order"))
        guard case .offered(let offer) = model.state else { return XCTFail("\(model.state)") }
        await model.accept(Answers(agreed: Set(offer.needs)))
        guard case .installed(let done) = model.state else { return XCTFail("\(model.state)") }
        let list = ProfileListModel(lpa: scene.lpa)
        await list.switchOn(done.id)
        XCTAssertEqual(list.state.profiles.map(\.isEnabled), [true])
        await scene.lpa.closeAndWait()
    }

    /// A shop that speaks as the sandbox's does, and whose connection breaks when it is told to.
    private final class Shop: @unchecked Sendable {
        private let lock = NSLock()
        private var breaks = 0
        private var orders: [String: String] = [:]
        var status = 201

        func breakOnce() { lock.withLock { breaks += 1 } }

        var sold: Int { lock.withLock { orders.count } }

        func answer(_ request: SandboxShopClient.Request) throws -> (status: Int, body: Data) {
            if request.path == "/plans" {
                let plan = #"{"id":"p1","name":"Travel 5 GB","operator":"Sandbox Mobile","price":"9.00 EUR"}"#
                return (200, Data(#"{"plans":[\#(plan)]}"#.utf8))
            }
            let body = try JSONDecoder().decode([String: String].self, from: request.body ?? Data())
            return try lock.withLock {
                let (request, next) = (body["requestId"] ?? "", "o\(orders.count)")
                if status == 201, orders[request] == nil { orders[request] = next }
                // The order has arrived; its answer is lost.
                if breaks > 0 {
                    breaks -= 1
                    throw CocoaError(.fileReadUnknown)
                }
                let order = orders[request] ?? ""
                let answer = #"{"orderId":"\#(order)","plan":"p1","status":"ready","activationCode":"LPA:1$a.example$T"}"#
                return (status, Data(answer.utf8))
            }
        }
    }

    func testAPlanIsBoughtOnceThoughTheNetworkBreaks() async throws {
        let shop = Shop()
        let model = TravelShopModel(shop: SandboxShopClient { try shop.answer($0) })
        await model.load()
        guard case .choosing(let plans) = model.state, let plan = plans.first else { return XCTFail("\(model.state)") }
        XCTAssertEqual(plan.operator, "Sandbox Mobile")
        shop.breakOnce()
        await model.buy(plan)
        XCTAssertEqual(model.state, .interrupted(plan))
        await model.again()
        guard case .bought(plan, let order) = model.state else { return XCTFail("\(model.state)") }
        XCTAssertEqual(order.activationCode, "LPA:1$a.example$T")
        XCTAssertFalse("\(order) \(model.state)".contains("LPA:1"))
        XCTAssertEqual(shop.sold, 1)
        await model.finish()
        await model.buy(plan)
        XCTAssertEqual(shop.sold, 2)
        await model.finish()
        shop.status = 409
        await model.buy(plan)
        XCTAssertEqual(model.state, .refused(plan))
    }
}
