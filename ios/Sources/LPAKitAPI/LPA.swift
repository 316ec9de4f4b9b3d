import Foundation

/// The Local Profile Assistant of one card: everything a person does with its eSIMs.
///
/// `CardLPA` of the module LPAKit is the real one, `FakeLPA` of LPAKitTesting is scripted. It may be used from any task
/// and thread; operations on one card wait for each other.
///
/// Functions throw ``LPAError``, or `CancellationError` when the caller's task was cancelled: ``authenticate(_:)``,
/// ``discover(at:)`` and ``sendNotifications()`` then end their session with card and server first (one step of the
/// card, and five seconds of network at most); the others are short and run to their end first.
public protocol LPA: AnyObject, Sendable {
    /// The card's name, as it was opened by.
    var cardID: String { get }

    /// Closes, and returns at once: an open offer is cancelled, an installation that has written nothing yet ends as
    /// `closed`, one that has is run to its end. The card is let go with the last that was opened on it.
    func close()

    /// Closes, and waits until it is done; for servers five seconds at most.
    func closeAndWait() async

    /// The eUICCs on this card: one, but for cards with several secure elements.
    func euiccs() async throws -> [EUICC]

    /// The LPA for one eUICC of a card with several. It lives as long as the card is open.
    func euicc(isdrAID: String) throws(LPAError) -> any LPA

    /// The EID.
    func eid() async throws -> EID

    /// Everything that the eUICC says of itself.
    func chip() async throws -> ChipInfo

    /// What a person sends to an operator who asks for the device: the EID and, where the app may read it, the IMEI.
    func shareText(imei: IMEI?, locales: [String]) async throws -> String

    /// Sets the default SM-DP+ address, or clears it with an empty one (SGP.22, 5.7.4).
    func setDefaultAddress(_ address: String) async throws

    /// Reads an activation code with the rules that fit this LPA: test servers' addresses are taken only while a test
    /// issuer is trusted.
    func activationCode(_ text: String) throws(LPAError) -> ActivationCode

    /// The profiles on the card, with what a list on a screen needs: no icons, AIDs and owners.
    func profiles() async throws -> [Profile]

    /// The profiles on the card with AIDs, owners and the apps that their operators trust; no icons.
    func profilesInDetail() async throws -> [Profile]

    /// One profile with its icon, AID and owner.
    func profile(_ id: ProfileID) async throws -> Profile

    /// Switches a profile on. What comes back is what the card says afterwards.
    @discardableResult
    func enable(_ id: ProfileID) async throws -> Profile

    /// Switches a profile off. What comes back is what the card says afterwards.
    @discardableResult
    func disable(_ id: ProfileID) async throws -> Profile

    /// Deletes a profile for good; it must be off.
    func delete(_ id: ProfileID) async throws

    /// Gives a profile a name, at most 64 octets of UTF-8; an empty one takes the name away.
    func rename(_ id: ProfileID, to name: String) async throws

    /// Resets the eUICC's memory. What it deletes is gone for good.
    func resetMemory(_ what: MemoryReset) async throws

    /// Asks the SM-DSs given, or with none those that the card names, for plans that wait for this card.
    func discover(at servers: [String]) async throws -> Discovery

    /// Asks the operator's server what it offers. A person sees the offer before anything is written to the card.
    ///
    /// - Throws: `busy.offer_open` while another is open.
    func authenticate(_ source: ProfileSource) async throws -> Offer

    /// The offer that is open, for whoever has lost it.
    var openOffer: Offer? { get }

    /// An installation of this card, under way or ended, by its id; the newest sixteen are remembered.
    func installTask(_ id: InstallTask.ID) -> InstallTask?

    /// The installations of this card, under way or ended, oldest first.
    var installTasks: [InstallTask] { get }

    /// The reports to operators that wait on the card.
    func notifications() async throws -> [PendingReport]

    /// Sends everything that is pending, now. A report leaves the card only after its server has taken it; what cannot
    /// be delivered is no error.
    @discardableResult
    func sendNotifications() async throws -> SendReport

    /// Sends in the background whatever is due: call it when the network has come back.
    func deliverSoon() throws(LPAError)

    /// Removes a report unsent, with the person's consent: the operator will not learn of what it tells.
    func removeNotification(_ seqNumber: UInt32) async throws

    /// What to keep for ``LPAOptions/deliveryMemory`` of a later run. It holds no identifiers.
    func deliveryMemory() throws(LPAError) -> String

    /// What was learned of the card, to keep for ``LPAOptions/hints`` of a later run.
    func hints() async throws -> String

    /// Lets the channel to the card go, after all that is queued. It opens again by itself when it is needed.
    func releaseCard() async throws

    /// What was exchanged with the card and over HTTP so far.
    func statistics() async throws -> Statistics
}

extension LPA {
    /// What a person sends to an operator who asks for the device, in the person's language.
    public func shareText(imei: IMEI? = nil) async throws -> String {
        try await shareText(imei: imei, locales: Locale.preferredLanguages)
    }

    /// Asks the SM-DSs that the card names for plans that wait for this card.
    public func discover() async throws -> Discovery { try await discover(at: []) }
}
