// The code of docs/ios.md, compiled and played by GuideTests. What stands between two lines stands there too.
#if os(iOS) || os(Linux)
    import Foundation
    import LPAKit
    import LPAKitPhone
    import LPAKitReaders
    import LPAKitScreens

    // -- carrier
    /// Adds the plan that the app's back end has just ordered, and gives what to say to the person.
    func addPlan(_ code: String, with installer: EsimInstaller, keep: (String) -> Void) async throws -> String {
        let request = InstallRequest(code: try ActivationCode(code), source: .app)
        keep(request.id)  // Where a restart finds it, for `installer.resume`.
        let outcome = await installer.install(request)
        guard let error = outcome.error else { return "The plan is on this phone." }
        let told = error.explanation()
        return "\(told.what) \(told.plan) \(told.advice)"
    }
    // -- end

    // -- resume
    /// After a restart: what became of the requests that nobody has heard the end of.
    func resume(_ installer: EsimInstaller) async -> [EsimOutcome] {
        var outcomes: [EsimOutcome] = []
        for request in installer.requests() where request.state == .underWay {
            outcomes.append(await installer.resume(request.id))
        }
        return outcomes
    }
    // -- end

    // -- travel
    /// Before the sale: whether this phone can take the plan, and if not, why.
    func canSell(with installer: EsimInstaller) async throws -> (Bool, reasons: [String]) {
        let ways = try await installer.capabilities()
        let isOpen = ways.contains { $0.passage != .shut }
        return (isOpen, isOpen ? [] : ways.flatMap { $0.explanations() })
    }

    /// After the sale: opens the phone's settings with the code, or gives the QR code for another screen.
    func deliver(_ code: String, with installer: EsimInstaller) async throws -> QRPicture? {
        let request = InstallRequest(code: try ActivationCode(code), source: .app)
        switch await installer.install(request).ending {
        case .installed, .handedOver: return nil
        case .otherScreen(let picture): return picture
        case .ended(let error): throw error
        }
    }
    // -- end

    // -- link
    /// A link opened the app. Anyone can have written it: the person is asked first.
    func follow(_ link: URL, with installer: EsimInstaller, ask: (String) async -> Bool) async throws -> EsimOutcome? {
        let request = try InstallRequest(link: link)
        guard await ask(request.code.address) else { return nil }
        return await installer.install(request.agreed())
    }
    // -- end

    // -- reader
    /// The whole LPA on the first card that is put into a reader.
    func openFirstCard(options: LPAOptions = LPAOptions()) async throws -> CardLPA? {
        let readers = try CardReaders()
        for await slots in readers.slots {
            guard let slot = slots.first(where: { $0.state == .card }) else { continue }
            let card = try await readers.card(in: slot.name)
            return try CardLPA(cardID: slot.name, rawCard: card, options: options)
        }
        return nil
    }
    // -- end

    // -- screens
    /// Shows each state of adding a plan; SwiftUI would keep the newest in a `@State`.
    func show(_ model: AddPlanModel, draw: @Sendable (AddPlanModel.State) async -> Void) async {
        for await state in model.states { await draw(state) }
    }
    // -- end
#endif
