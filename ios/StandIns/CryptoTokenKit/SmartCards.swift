import Foundation

/// What went wrong below.
@available(iOS 9.0, *)
public struct TKError: CustomNSError, Hashable, Sendable {
    @available(iOS 9.0, *)
    public enum Code: Int, Sendable {
        case notImplemented = -1
        case communicationError = -2
        case corruptedData = -3
        case canceledByUser = -4
        case authenticationFailed = -5
        case objectNotFound = -6
        case tokenNotFound = -7
        case badParameter = -8
        case authenticationNeeded = -9
    }

    public let code: Code

    public init(_ code: Code) { self.code = code }

    public var errorCode: Int { code.rawValue }
}

/// The readers of the system.
@available(iOS 9.0, *)
open class TKSmartCardSlotManager: NSObject {
    /// Nothing for an app without the entitlement.
    open class var `default`: TKSmartCardSlotManager? { ReaderScript.now }

    open var slotNames: [String] { [] }

    open func getSlot(withName name: String, reply: @escaping @Sendable (TKSmartCardSlot?) -> Void) { reply(nil) }
}

/// A reader's slot.
@available(iOS 9.0, *)
open class TKSmartCardSlot: NSObject {
    @available(iOS 9.0, *)
    public enum State: Int, Sendable {
        case missing = 0
        case empty = 1
        case probing = 2
        case muteCard = 3
        case validCard = 4
    }

    open var state: State { .missing }
    open var name: String { "" }
    open var maxInputLength: Int { 0 }

    open func makeSmartCard() -> TKSmartCard? { nil }
}

/// How a card talks below its commands.
@available(iOS 9.0, *)
public struct TKSmartCardProtocol: OptionSet, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) { self.rawValue = rawValue }

    public static var t0: TKSmartCardProtocol { TKSmartCardProtocol(rawValue: 1) }
    public static var t1: TKSmartCardProtocol { TKSmartCardProtocol(rawValue: 2) }
}

/// A card in a slot, until it is taken out.
@available(iOS 9.0, *)
open class TKSmartCard: NSObject {
    open var isValid: Bool { false }
    open var isSensitive: Bool = false
    open var currentProtocol: TKSmartCardProtocol { [] }

    open func beginSession(reply: @escaping @Sendable (Bool, (any Error)?) -> Void) {
        reply(false, TKError(.communicationError))
    }

    open func transmit(_ request: Data, reply: @escaping @Sendable (Data?, (any Error)?) -> Void) {
        reply(nil, TKError(.communicationError))
    }

    open func endSession() {}
}
