import LPAKitAPI

/// The LPA of a card that the app brings.
///
/// Opening nothing yet sends anything to the card. Opening a card that is open already gives the same LPA underneath,
/// with the options it has; the card is let go when the last has been closed, or when nobody holds one any more.
public final class CardLPA: LPA {
    /// The card's name, as it was opened by.
    public let cardID: String
    private let lpa: Native.Lpa

    /// Opens a card through something that opens logical channels itself.
    ///
    /// - Parameter cardID: The card's name, unique among the app's cards.
    /// - Throws: `input.setting`; `input.library_version`.
    public init(cardID: String, channel: any CardChannel, options: LPAOptions = LPAOptions()) throws(LPAError) {
        self.cardID = cardID
        lpa = try Native.call {
            try Native.Lpa.openChannels(
                cardId: cardID, port: ChannelPort(channel), abilities: channel.abilities.native,
                options: options.native)
        }
    }

    /// Opens a card through something that only carries APDUs.
    ///
    /// - Parameter cardID: The card's name, unique among the app's cards.
    /// - Throws: `input.setting`; `input.library_version`.
    public init(cardID: String, rawCard: any RawCard, options: LPAOptions = LPAOptions()) throws(LPAError) {
        self.cardID = cardID
        lpa = try Native.call {
            try Native.Lpa.openRaw(
                cardId: cardID, port: RawPort(rawCard), abilities: rawCard.abilities.native, options: options.native)
        }
    }

    private init(_ lpa: Native.Lpa, cardID: String) {
        self.lpa = lpa
        self.cardID = cardID
    }

    /// Closes, and returns at once.
    public func close() { try? lpa.shutdown() }

    /// Closes, and waits until it is done; for servers five seconds at most.
    public func closeAndWait() async {
        // It can only fail when the library does, and then there is nothing to wait for.
        _ = try? await lpa.shutdownAndWait()
    }

    /// A short operation: once begun it is done to its end, then a caller who was cancelled learns that.
    private func short<T: Sendable>(_ work: @Sendable (Native.Lpa) async throws -> T) async throws -> T {
        try Task.checkCancellation()
        let done = await result { try await work(self.lpa) }
        try Task.checkCancellation()
        return try done.get()
    }

    /// An operation that ends early when the caller is cancelled, and leaves nothing behind.
    private func cancellable<T: Sendable>(
        _ work: @Sendable (Native.Lpa, Native.Cancellation) async throws -> T,
        undo: @Sendable (T) async -> Void = { _ in }
    ) async throws -> T {
        try Task.checkCancellation()
        let wish = try Native.call { try Native.Cancellation() }
        let done = await withTaskCancellationHandler {
            await result { try await work(self.lpa, wish) }
        } onCancel: {
            try? wish.cancel()
        }
        if Task.isCancelled, case .success(let value) = done { await undo(value) }
        try Task.checkCancellation()
        return try done.get()
    }

    private func result<T: Sendable>(_ work: () async throws -> T) async -> Result<T, LPAError> {
        do throws(LPAError) { return .success(try await Native.call(work)) } catch { return .failure(error) }
    }
}

// What it is.
extension CardLPA {
    /// The eUICCs on this card: one, but for cards with several secure elements.
    public func euiccs() async throws -> [EUICC] { try await short { try await $0.euiccs().map(EUICC.init) } }

    /// The LPA for one eUICC of a card with several. It lives as long as the card is open.
    public func euicc(isdrAID: String) throws(LPAError) -> any LPA {
        CardLPA(try Native.call { try lpa.euicc(isdrAid: isdrAID) }, cardID: cardID)
    }

    /// The EID.
    public func eid() async throws -> EID { try await short { EID(try await $0.eid()) } }

    /// Everything that the eUICC says of itself.
    public func chip() async throws -> ChipInfo { try await short { ChipInfo(try await $0.chip()) } }

    /// What a person sends to an operator who asks for the device: the EID and, where the app may read it, the IMEI.
    public func shareText(imei: IMEI?, locales: [String]) async throws -> String {
        try await short { try await $0.shareText(imei: imei?.value, locales: locales) }
    }

    /// Sets the default SM-DP+ address, or clears it with an empty one (SGP.22, 5.7.4).
    public func setDefaultAddress(_ address: String) async throws {
        try await short { try await $0.setDefaultAddress(address: address) }
    }

    /// What was learned of the card, to keep for ``LPAOptions/hints`` of a later run.
    public func hints() async throws -> String { try await short { try await $0.hints() } }

    /// Lets the channel to the card go, after all that is queued. It opens again by itself when it is needed.
    public func releaseCard() async throws { try await short { try await $0.releaseCard() } }

    /// What was exchanged with the card and over HTTP so far.
    public func statistics() async throws -> Statistics { try await short { Statistics(try await $0.statistics()) } }
}

// What is on it.
extension CardLPA {
    /// The profiles on the card, with what a list on a screen needs: no icons, AIDs and owners.
    public func profiles() async throws -> [Profile] { try await short { try await $0.profiles().map(Profile.init) } }

    /// The profiles on the card with AIDs, owners and the apps that their operators trust; no icons.
    public func profilesInDetail() async throws -> [Profile] {
        try await short { try await $0.profilesInDetail().map(Profile.init) }
    }

    /// One profile with its icon, AID and owner.
    public func profile(_ id: ProfileID) async throws -> Profile {
        try await short { Profile(try await $0.profile(id: id.text)) }
    }

    /// Switches a profile on. What comes back is what the card says afterwards.
    @discardableResult
    public func enable(_ id: ProfileID) async throws -> Profile {
        try await short { Profile(try await $0.enable(id: id.text)) }
    }

    /// Switches a profile off. What comes back is what the card says afterwards.
    @discardableResult
    public func disable(_ id: ProfileID) async throws -> Profile {
        try await short { Profile(try await $0.disable(id: id.text)) }
    }

    /// Deletes a profile for good; it must be off.
    public func delete(_ id: ProfileID) async throws { try await short { try await $0.delete(id: id.text) } }

    /// Gives a profile a name, at most 64 octets of UTF-8; an empty one takes the name away.
    public func rename(_ id: ProfileID, to name: String) async throws {
        try await short { try await $0.rename(id: id.text, name: name) }
    }

    /// Resets the eUICC's memory. What it deletes is gone for good.
    public func resetMemory(_ what: MemoryReset) async throws {
        try await short { try await $0.resetMemory(what: what.native) }
    }
}

// What comes onto it.
extension CardLPA {
    /// Reads an activation code with the rules that fit this LPA: test servers' addresses are taken only while a test
    /// issuer is trusted.
    public func activationCode(_ text: String) throws(LPAError) -> ActivationCode {
        try Native.call { try ActivationCode(lpa.parseActivationCode(text: text)) }
    }

    /// Asks the SM-DSs given, or with none those that the card names, for plans that wait for this card.
    public func discover(at servers: [String]) async throws -> Discovery {
        try await cancellable { try Discovery(try await $0.discover(servers: servers, cancellation: $1)) }
    }

    /// Asks the operator's server what it offers. A person sees the offer before anything is written to the card.
    public func authenticate(_ source: ProfileSource) async throws -> Offer {
        try await cancellable {
            let source = try Source(source, $0).native
            return try Offer(try await $0.authenticate(source: source, cancellation: $1))
        } undo: {
            _ = try? await $0.reject(.later)
        }
    }

    /// The offer that is open, for whoever has lost it.
    public var openOffer: Offer? { try? lpa.openOffer().map { try Offer($0) } }

    /// An installation of this card, under way or ended, by its id; the newest sixteen are remembered.
    public func installTask(_ id: InstallTask.ID) -> InstallTask? {
        try? lpa.installTask(id: id).map { try InstallTask(NativeInstallation($0)) }
    }

    /// The installations of this card, under way or ended, oldest first.
    public var installTasks: [InstallTask] {
        (try? lpa.installTasks().map { try InstallTask(NativeInstallation($0)) }) ?? []
    }
}

// What is told of it.
extension CardLPA {
    /// The reports to operators that wait on the card.
    public func notifications() async throws -> [PendingReport] {
        try await short { try await $0.notifications().map(PendingReport.init) }
    }

    /// Sends everything that is pending, now.
    @discardableResult
    public func sendNotifications() async throws -> SendReport {
        try await cancellable { SendReport(try await $0.sendNotifications(cancellation: $1)) }
    }

    /// Sends in the background whatever is due: call it when the network has come back.
    public func deliverSoon() throws(LPAError) { try Native.call { try lpa.deliverSoon() } }

    /// Removes a report unsent, with the person's consent: the operator will not learn of what it tells.
    public func removeNotification(_ seqNumber: UInt32) async throws {
        try await short { try await $0.removeNotification(seqNumber: seqNumber) }
    }

    /// What to keep for ``LPAOptions/deliveryMemory`` of a later run. It holds no identifiers.
    public func deliveryMemory() throws(LPAError) -> String { try Native.call { try lpa.deliveryMemory() } }
}

/// Where a plan comes from, for the library.
private struct Source {
    let native: Native.ProfileSource

    init(_ source: ProfileSource, _ lpa: Native.Lpa) throws {
        switch source {
        case .code(let code): native = .code(code: try code.native(for: lpa))
        case .defaultServer: native = .defaultServer
        case .event(let plan):
            guard let plan = plan.handle as? Native.WaitingPlan else { throw LPAError.fault }
            native = .event(plan: plan)
        }
    }
}
