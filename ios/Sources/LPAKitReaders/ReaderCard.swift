import CryptoTokenKit
import Foundation
import LPAKit

/// The card in a reader's slot. Its session is exclusive, and begins and ends with a reset of the card.
///
/// It is called from the card's own thread, one call at a time, as every port.
final class ReaderCard: RawCard, @unchecked Sendable {
    let abilities: PortAbilities
    private let slot: TKSmartCardSlot
    private let limit: Duration
    private var card: TKSmartCard?

    /// Begins a session with the card that is in the slot now.
    init(_ slot: TKSmartCardSlot, limit: Duration) throws(CardPortError) {
        self.slot = slot
        self.limit = limit
        let card = try Self.begin(slot, limit)
        self.card = card
        // Header, length and Le take six octets of what the reader carries.
        let most = slot.maxInputLength > 6 ? min(255, slot.maxInputLength - 6) : 255
        abilities = PortAbilities(
            maxCommandData: UInt8(most), wantsLe: card.currentProtocol == .t1, handlesProactive: false, canReset: true)
    }

    deinit { abandon() }

    func transmit(_ command: Data) throws -> Data {
        let card = try connected()
        let answered: Answered
        do {
            answered = try ask(within: limit) { reply in
                card.transmit(command) { reply(Answered(data: $0, error: $1)) }
            }
        } catch {
            abandon()
            throw error
        }
        // A card that is pulled out in the middle may answer nothing at all.
        if let data = answered.data, data.count >= 2 { return data }
        if !card.isValid {
            self.card = nil
            throw CardPortError.cardGone
        }
        throw CardPortError(system: answered.error)
    }

    func reset() throws {
        release()
        _ = try connected()
    }

    func release() {
        card?.endSession()
        card = nil
    }

    private func connected() throws(CardPortError) -> TKSmartCard {
        if let card {
            if card.isValid { return card }
            // The next call finds the card that is there then; what was open on this one is lost.
            self.card = nil
            throw .cardGone
        }
        let fresh = try Self.begin(slot, limit)
        card = fresh
        return fresh
    }

    /// Has another thread end the session: the system waits in it for what is under way.
    private func abandon() {
        guard let card else { return }
        let left = Carried(object: card)
        self.card = nil
        DispatchQueue.global().async { left.object.endSession() }
    }

    private static func begin(_ slot: TKSmartCardSlot, _ limit: Duration) throws(CardPortError) -> TKSmartCard {
        guard let card = slot.makeSmartCard() else { throw slot.state == .muteCard ? .connectionFailed : .cardGone }
        card.isSensitive = true
        let carried = Carried(object: card)
        let begun = try ask(within: limit) { late in
            if late.success { carried.object.endSession() }
        } _: { reply in
            card.beginSession { reply(Begun(success: $0, error: $1)) }
        }
        if begun.success { return card }
        if !card.isValid { throw .cardGone }
        // Without a reason, it is that another has a session.
        throw begun.error == nil ? .cardBusy : CardPortError(system: begun.error)
    }

    private struct Begun: Sendable {
        let success: Bool
        let error: (any Error)?
    }

    private struct Answered: Sendable {
        let data: Data?
        let error: (any Error)?
    }
}

extension CardPortError {
    /// What the system's error (TKError) means; anything else is a failed connection.
    init(system error: (any Error)?) {
        self =
            switch (error as? TKError)?.code {
            case .objectNotFound, .tokenNotFound: .cardGone
            case .authenticationFailed, .authenticationNeeded, .canceledByUser: .accessDenied
            default: .connectionFailed
            }
    }

    /// As an error of lpakit, for a reader.
    var inReader: LPAError {
        switch self {
        case .cardGone: .named("card.none")
        case .cardBusy: .named("busy.card")
        case .accessDenied: .named("card.access_denied")
        case .timedOut: .named("card.timeout")
        case .noFreeChannel: .named("card.no_channel")
        case .noSuchApplication: .named("card.no_isdr")
        case .connectionFailed: .named("card.failed")
        }
    }
}
