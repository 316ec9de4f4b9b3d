import LPAKitAPI

extension LPAError {
    static let closed = LPAError(kind: .closed, key: "closed")
    static let consentMissing = LPAError(
        kind: .input, key: "input.consent_missing", plan: .stillValid, advice: .changeInput)
    static let confirmationCodeMissing = LPAError(
        kind: .input, key: "input.confirmation_code_missing", plan: .stillValid, advice: .changeInput)
    static let confirmationCodeWrong = LPAError(
        kind: .server, key: "server.refused.8.2.7/3.8", plan: .stillValid, advice: .changeInput)
    static let codeUnknown = LPAError(
        kind: .server, key: "server.refused.8.2.6/3.8", plan: .noLongerValid, advice: .askOperator)
    static let notACode = LPAError(
        kind: .input, key: "activation_code.not_an_activation_code", advice: .changeInput)
    static let offerUsed = LPAError(kind: .input, key: "input.offer_used", plan: .unknown, advice: .checkProfiles)
    static let offerOpen = LPAError(kind: .busy, key: "busy.offer_open", plan: .stillValid, advice: .tryLater)
    static let cancelledByUser = LPAError(
        kind: .cancelled, key: "cancelled.by_user", plan: .stillValid, advice: .tryAgain)
    static let profileNotFound = LPAError(kind: .card, key: "card.switch.not_found", advice: .checkProfiles)
    static let alreadySwitched = LPAError(kind: .card, key: "card.switch.already", advice: .checkProfiles)
    static let forbidden = LPAError(kind: .policy, key: "card.switch.policy", advice: .askOperator)
    static let stillOn = LPAError(kind: .card, key: "card.delete.enabled", advice: .switchOff)
}
