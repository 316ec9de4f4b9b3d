import Foundation
import LPAKitAPI

/// A plan that a shop sells.
public struct ShopPlan: Hashable, Sendable, Identifiable, Codable {
    /// The shop's name for it.
    public let id: String
    /// Its name.
    public let name: String
    /// Whose network it is.
    public let `operator`: String
    /// What it costs, as the shop writes it.
    public let price: String

    /// A plan; for an app's tests and previews.
    public init(id: String, name: String, operator: String, price: String) {
        self.id = id
        self.name = name
        self.operator = `operator`
        self.price = price
    }
}

/// What was bought. It holds the activation code; its text form does not.
public struct ShopOrder: Hashable, Sendable, Identifiable {
    /// The shop's name for it.
    public let id: String
    /// The activation code; none for a plan that waits for this card's EID at the SM-DS.
    public let activationCode: String?

    /// An order; for an app's tests and previews.
    public init(id: String, activationCode: String?) {
        self.id = id
        self.activationCode = activationCode
    }
}

extension ShopOrder: CustomStringConvertible, CustomReflectable {
    /// The order's name.
    public var description: String { "ShopOrder(\(id))" }

    /// The order's name.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// The back end of a travel app. lpakit has none; the app writes this.
public protocol TravelShop: Sendable {
    /// What is sold.
    func plans() async throws -> [ShopPlan]
    /// Buys a plan. The same `requestID` again buys nothing more and gives the same order, so that an app whose connection
    /// broke can ask again.
    func buy(_ plan: ShopPlan, requestID: String) async throws -> ShopOrder
}

/// The shop of lpakit's sandbox, as an example of a back end: JSON over HTTP, which the app carries.
public struct SandboxShopClient: TravelShop {
    /// One request to the shop.
    public struct Request: Hashable, Sendable {
        /// GET or POST.
        public let method: String
        /// The path, from its root.
        public let path: String
        /// JSON, for a POST.
        public let body: Data?
    }

    private let send: @Sendable (Request) async throws -> (status: Int, body: Data)

    /// A client.
    ///
    /// - Parameter send: Sends a request to the shop, and gives status and body of the answer; it throws when there is
    ///   none.
    public init(send: @escaping @Sendable (Request) async throws -> (status: Int, body: Data)) { self.send = send }

    /// What is sold.
    public func plans() async throws -> [ShopPlan] {
        struct Answer: Decodable { let plans: [ShopPlan] }
        return try await ask(Request(method: "GET", path: "/plans", body: nil), for: Answer.self).plans
    }

    /// Buys a plan.
    public func buy(_ plan: ShopPlan, requestID: String) async throws -> ShopOrder {
        struct Answer: Decodable {
            let orderId: String
            let activationCode: String?
        }
        let body = try JSONEncoder().encode(["plan": plan.id, "requestId": requestID])
        let order = try await ask(Request(method: "POST", path: "/orders", body: body), for: Answer.self)
        return ShopOrder(id: order.orderId, activationCode: order.activationCode)
    }

    private func ask<Answer: Decodable>(_ request: Request, for _: Answer.Type) async throws -> Answer {
        let answer = try await send(request)
        guard (200..<300).contains(answer.status) else { throw ShopRefusal(status: answer.status) }
        return try JSONDecoder().decode(Answer.self, from: answer.body)
    }
}

/// A shop's answer that is none of the good ones.
public struct ShopRefusal: Error, Hashable, Sendable {
    /// The status of HTTP.
    public let status: Int
}

/// Selling plans to a traveller. What was bought is kept until it is done with, so that nothing is lost when the network is:
/// hand ``State/bought(_:_:)``'s code to an ``AddPlanModel`` or to an `EsimInstaller`, as often as needed.
public final class TravelShopModel: ScreenModel {
    /// What the screen shows.
    public enum State: Hashable, Sendable {
        /// The plans are being fetched.
        case loading
        /// The person chooses.
        case choosing([ShopPlan])
        /// This one is being bought.
        case buying(ShopPlan)
        /// The shop did not answer, or not well; ``TravelShopModel/again()`` asks again and buys nothing twice.
        case interrupted(ShopPlan?)
        /// The shop refused this one.
        case refused(ShopPlan?)
        /// It is bought, and can be installed.
        case bought(ShopPlan, ShopOrder)
    }

    private let shop: any TravelShop
    private let shown = Shown(State.loading)
    /// One name for a purchase, however often it is asked for.
    private let purchase = Locked(UUID().uuidString)

    /// A shop's screen. Call ``load()`` when it appears.
    public init(shop: any TravelShop) { self.shop = shop }

    /// What the screen shows now.
    public var state: State { shown.state }

    /// What it shows now, then each change.
    public var states: AsyncStream<State> { shown.states }

    /// Fetches the plans.
    public func load() async {
        shown.change { $0 = .loading }
        do {
            let plans = try await shop.plans()
            shown.change { $0 = .choosing(plans) }
        } catch {
            shown.change { $0 = error is ShopRefusal ? .refused(nil) : .interrupted(nil) }
        }
    }

    /// The person has chosen, and paid in the app's own way.
    public func buy(_ plan: ShopPlan) async {
        let begins = shown.change { state in
            guard case .choosing = state else { return false }
            state = .buying(plan)
            return true
        }
        if begins { await order(plan) }
    }

    /// Asks again for what was interrupted.
    public func again() async {
        let plan: ShopPlan?? = shown.change { state in
            guard case .interrupted(let plan) = state else { return nil }
            if let plan { state = .buying(plan) }
            return .some(plan)
        }
        switch plan {
        case .some(.some(let plan)): await order(plan)
        case .some(.none): await load()
        case .none: break
        }
    }

    /// The plan is installed, or the person is done with it: the next purchase is another one.
    public func finish() async {
        purchase.withLock { $0 = UUID().uuidString }
        await load()
    }

    private func order(_ plan: ShopPlan) async {
        do {
            let order = try await shop.buy(plan, requestID: purchase.withLock { $0 })
            shown.change { $0 = .bought(plan, order) }
        } catch {
            shown.change { $0 = error is ShopRefusal ? .refused(plan) : .interrupted(plan) }
        }
    }
}
