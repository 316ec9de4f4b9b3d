/// What stands behind an activation code.
package protocol ActivationCodeHandle: AnyObject, Sendable {
    /// Whether two say the same.
    func says(sameAs other: any ActivationCodeHandle) -> Bool
}

/// An activation code (SGP.22, 4.1): where a plan waits, and the token to ask for it with.
///
/// The token is worth a paid plan until it is used, so printing a code shows the server alone. The module LPAKit reads
/// codes from text and from pictures.
public struct ActivationCode: Sendable {
    /// The SM-DP+ to ask.
    public let address: String
    /// The token.
    public let matchingID: MatchingID
    /// Whether the code says that a confirmation code is due. The server has the last word.
    public let confirmationCodeRequired: Bool
    /// The OID that the SM-DP+'s certificate must carry, if the code names one.
    public let oid: String?
    /// Keys of lpakit's texts that name what is odd about the code without making it useless.
    public let warnings: [String]
    /// The code as a person would type it. It holds the token: not for logs.
    public let text: String
    /// The code as it stands in a QR code. It holds the token: not for logs.
    public let qrText: String
    package let handle: any ActivationCodeHandle

    package init(
        address: String, matchingID: MatchingID, confirmationCodeRequired: Bool, oid: String?, warnings: [String],
        text: String, qrText: String, handle: any ActivationCodeHandle
    ) {
        self.address = address
        self.matchingID = matchingID
        self.confirmationCodeRequired = confirmationCodeRequired
        self.oid = oid
        self.warnings = warnings
        self.text = text
        self.qrText = qrText
        self.handle = handle
    }
}

extension ActivationCode: Equatable {
    /// Whether two codes say the same; spelling of the address does not count.
    public static func == (one: ActivationCode, other: ActivationCode) -> Bool {
        one.handle.says(sameAs: other.handle)
    }
}

extension ActivationCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The server; the token is hidden.
    public var description: String { "ActivationCode(\(address), …)" }

    /// The server; the token is hidden.
    public var debugDescription: String { description }

    /// The server; the token is hidden.
    public var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

/// A QR code to be shown, as dark and light modules; four light ones belong around it.
public struct QRPicture: Hashable, Sendable, CustomReflectable {
    /// How many modules a side has.
    public let side: Int
    private let dark: [Bool]

    package init(side: Int, dark: [Bool]) {
        self.side = side
        self.dark = dark
    }

    /// Whether the module in this column and row is dark. Everything outside is light.
    public func isDark(column: Int, row: Int) -> Bool {
        let inside = 0..<side
        guard inside.contains(column), inside.contains(row) else { return false }
        return dark[row * side + column]
    }

    /// The size; what the picture says may be a secret.
    public var customMirror: Mirror { Mirror(self, children: ["side": side]) }
}
