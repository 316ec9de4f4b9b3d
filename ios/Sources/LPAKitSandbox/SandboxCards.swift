import Foundation
import LPAKitAPI
internal import LPAKitSandboxBindings

final class SandboxRawCard: RawCard {
    let abilities: PortAbilities
    private let card: VirtualCard

    init(_ card: VirtualCard) {
        abilities = PortAbilities(card.abilities())
        self.card = card
    }

    func transmit(_ command: Data) throws -> Data { try asked { try card.transmit(command: command) } }

    func reset() throws { try asked { try card.reset() } }
}

final class SandboxChannel: CardChannel {
    let abilities: PortAbilities
    private let card: VirtualChannels

    init(_ card: VirtualChannels) {
        abilities = PortAbilities(card.abilities())
        self.card = card
    }

    func open(aid: Data) throws -> OpenedChannel {
        let number = try asked { try card.openChannel(aid: aid) }
        return OpenedChannel(number: number, apdus: card.openingApdus())
    }

    func transmit(_ command: Data, on channel: UInt8) throws -> Data {
        try asked { try card.transmit(channel: channel, command: command) }
    }

    func close(channel: UInt8) throws { try asked { try card.closeChannel(channel: channel) } }

    func reset() throws { try asked { try card.reset() } }
}

private func asked<T>(_ work: () throws -> T) throws -> T {
    do { return try work() } catch let error as VirtualCardError {
        switch error {
        case .Gone: throw CardPortError.cardGone
        case .NoSuchApplication: throw CardPortError.noSuchApplication
        case .NoFreeChannel: throw CardPortError.noFreeChannel
        case .NotConnected: throw CardPortError.connectionFailed
        }
    }
}

extension PortAbilities {
    fileprivate init(_ native: VirtualCardAbilities) {
        self.init(
            maxCommandData: native.maxCommandData, wantsLe: native.wantsLe,
            handlesGetResponse: native.handlesGetResponse, handlesProactive: native.handlesProactive,
            setsChannelInClass: native.setsChannelInClass, canReset: native.canReset)
    }
}
