import Foundation

/// What a port to a card does by itself, so that lpakit does the rest. The defaults are those of a plain port.
public struct PortAbilities: Hashable, Sendable {
    /// The largest command data field in octets, 1 to 255.
    public var maxCommandData: UInt8
    /// Whether a command that expects an answer must say so with Le.
    public var wantsLe: Bool
    /// Whether the port fetches long answers itself, so that `61xx` is never seen.
    public var handlesGetResponse: Bool
    /// Whether the platform's own terminal fetches proactive commands after `91xx`.
    public var handlesProactive: Bool
    /// Whether the port writes the channel number into the class byte itself.
    public var setsChannelInClass: Bool
    /// Whether the card can be reset through the port.
    public var canReset: Bool

    /// Abilities of a port; what is left out is as in a plain port.
    public init(
        maxCommandData: UInt8 = 255, wantsLe: Bool = false, handlesGetResponse: Bool = false,
        handlesProactive: Bool = true, setsChannelInClass: Bool = false, canReset: Bool = false
    ) {
        self.maxCommandData = maxCommandData
        self.wantsLe = wantsLe
        self.handlesGetResponse = handlesGetResponse
        self.handlesProactive = handlesProactive
        self.setsChannelInClass = setsChannelInClass
        self.canReset = canReset
    }
}

/// Why a port could not do what it was asked. Whatever else a port throws counts as ``connectionFailed``.
public enum CardPortError: Error, Hashable, Sendable {
    /// There is no card, or it was taken out.
    case cardGone
    /// Another program holds the card.
    case cardBusy
    /// The platform's access rules keep this app from the card.
    case accessDenied
    /// The card has no application with this AID.
    case noSuchApplication
    /// The card has no free logical channel.
    case noFreeChannel
    /// The reader, the modem or the program behind the port failed.
    case connectionFailed
    /// The card did not answer in time.
    case timedOut
}

/// An open logical channel.
public struct OpenedChannel: Hashable, Sendable {
    /// Its number, 0 to 19.
    public var number: UInt8
    /// How many command APDUs it took, for statistics; MANAGE CHANNEL and SELECT unless the port knows better.
    public var apdus: UInt32

    /// An open channel.
    public init(number: UInt8, apdus: UInt32 = 2) {
        self.number = number
        self.apdus = apdus
    }
}

/// A port to a card through something that opens logical channels itself.
///
/// All calls come from the card's own thread, never the main thread, one at a time. They may block, and each must end
/// within a limit of its own; 30 s is plenty for any APDU.
public protocol CardChannel: Sendable {
    /// What the port does by itself.
    var abilities: PortAbilities { get }
    /// Opens a logical channel and selects the application.
    func open(aid: Data) throws -> OpenedChannel
    /// Sends one command APDU; the answer with its status word.
    func transmit(_ command: Data, on channel: UInt8) throws -> Data
    /// Closes a channel. What goes wrong is of no interest.
    func close(channel: UInt8) throws
    /// Resets the card, if the port can.
    func reset() throws
    /// The LPA is done with the card: nothing is asked of the port any more.
    func release()
}

/// A port to a card that only carries APDUs. It is called as ``CardChannel`` is; channels are lpakit's business.
public protocol RawCard: Sendable {
    /// What the port does by itself.
    var abilities: PortAbilities { get }
    /// Sends one command APDU; the answer with its status word.
    func transmit(_ command: Data) throws -> Data
    /// Resets the card; it forgets channels and sessions.
    func reset() throws
    /// The LPA is done with the card: nothing is asked of the port any more.
    func release()
}

extension CardChannel {
    /// Those of a plain port.
    public var abilities: PortAbilities { PortAbilities() }
    /// The port cannot.
    public func reset() throws { throw CardPortError.connectionFailed }
    /// Nothing to do.
    public func release() {}
}

extension RawCard {
    /// Those of a plain port that can reset the card.
    public var abilities: PortAbilities { PortAbilities(canReset: true) }
    /// Nothing to do.
    public func release() {}
}
