import Foundation
import LPAKitAPI

/// A card of the app's, as the library calls it.
final class ChannelPort: Native.CardChannel {
    private let card: any CardChannel

    init(_ card: any CardChannel) { self.card = card }

    func openChannel(aid: Data) throws -> Native.OpenedChannel {
        let opened = try asked { try card.open(aid: aid) }
        return Native.OpenedChannel(number: opened.number, apdus: opened.apdus)
    }

    func transmit(channel: UInt8, command: Data) throws -> Data {
        try asked { try card.transmit(command, on: channel) }
    }

    func closeChannel(channel: UInt8) throws { try asked { try card.close(channel: channel) } }

    func reset() throws { try asked { try card.reset() } }

    func release() throws { card.release() }
}

/// A card of the app's that only carries APDUs, as the library calls it.
final class RawPort: Native.RawCard {
    private let card: any RawCard

    init(_ card: any RawCard) { self.card = card }

    func transmit(command: Data) throws -> Data { try asked { try card.transmit(command) } }

    func reset() throws { try asked { try card.reset() } }

    func release() throws { card.release() }
}

/// Asks the app's card; what it throws that is no ``CardPortError`` may hold anything and is not told on.
private func asked<T>(_ work: () throws -> T) throws(Native.CardPortError) -> T {
    do { return try work() } catch { throw Native.CardPortError(error) }
}

extension Native.CardPortError {
    fileprivate init(_ error: any Error) {
        self =
            switch error as? CardPortError {
            case .cardGone: .CardGone
            case .cardBusy: .CardBusy
            case .accessDenied: .AccessDenied
            case .noSuchApplication: .NoSuchApplication
            case .noFreeChannel: .NoFreeChannel
            case .timedOut: .TimedOut
            case .connectionFailed, nil: .ConnectionFailed
            }
    }
}

extension PortAbilities {
    var native: Native.PortAbilities {
        Native.PortAbilities(
            maxCommandData: maxCommandData, wantsLe: wantsLe, handlesGetResponse: handlesGetResponse,
            handlesProactive: handlesProactive, setsChannelInClass: setsChannelInClass, canReset: canReset)
    }
}
