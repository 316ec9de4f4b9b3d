/// What an offer needs of the person before it can be accepted.
public enum Need: String, Hashable, Sendable, CaseIterable {
    /// Consent to the installation; every offer needs it.
    case consent
    /// Consent to "cannot be switched off" (PPR1).
    case consentToNoDisabling
    /// Consent to "cannot be deleted" (PPR2).
    case consentToNoDeleting
    /// Consent to try although the card seems to have too little memory.
    case consentToLowMemory
    /// The operator's confirmation code.
    case confirmationCode
}

/// Why an offer is not taken.
public enum RejectReason: String, Hashable, Sendable {
    /// The person does not want it (endUserRejection). The operator may end the order.
    case refused
    /// The person wants to decide later (postponed). The order stays as it is.
    case later
}

/// What the person answered to an offer.
public struct Answers: Hashable, Sendable {
    /// What the person agreed to, each shown in its own words.
    public var agreed: Set<Need>
    /// The confirmation code that the person typed.
    public var confirmationCode: ConfirmationCode?

    /// Answers; nothing is agreed to unless given.
    public init(agreed: Set<Need> = [], confirmationCode: ConfirmationCode? = nil) {
        self.agreed = agreed
        self.confirmationCode = confirmationCode
    }
}

/// What stands behind an offer.
package protocol OfferSource: AnyObject, Sendable {
    func isOpen() -> Bool
    func accept(_ answers: Answers) throws(LPAError) -> InstallTask
    /// Ends though the caller is cancelled.
    func reject(_ reason: RejectReason) async throws(LPAError) -> Bool
}

/// What the operator's server offers, before anything is written to the card.
///
/// It holds the card's only RSP session, but not the card: everything else goes on while a person reads. Unanswered it
/// is cancelled after five minutes, or when nobody holds it any more.
public final class Offer: Sendable {
    /// Names, icon, operator and rules of the profile.
    public let profile: ProfileDescription
    /// What ``accept(_:)`` must be given an answer to.
    public let needs: [Need]
    /// The server that offers, as the code names it.
    public let server: String
    private let source: any OfferSource

    package init(profile: ProfileDescription, needs: [Need], server: String, source: any OfferSource) {
        self.profile = profile
        self.needs = needs
        self.server = server
        self.source = source
    }

    /// Whether it can still be answered.
    public var isOpen: Bool { source.isOpen() }

    /// Accepts, and starts the installation, which goes on by itself.
    ///
    /// - Throws: `input.consent_missing` and `input.confirmation_code_missing`: the offer stays open.
    ///   `cancelled.offer_expired`, `input.offer_used`: it is over.
    @discardableResult
    public func accept(_ answers: Answers) throws(LPAError) -> InstallTask { try source.accept(answers) }

    /// Rejects. It is done to its end even when the caller's task is cancelled.
    ///
    /// - Returns: Whether the server could be told; the card's half is done in any case.
    /// - Throws: `input.offer_used` when it was answered before. One that has expired is rejected already.
    @discardableResult
    public func reject(_ reason: RejectReason) async throws(LPAError) -> Bool { try await source.reject(reason) }
}

extension Offer: CustomReflectable {
    /// What is offered.
    public var customMirror: Mirror { Mirror(self, children: ["profile": profile, "needs": needs, "server": server]) }
}
