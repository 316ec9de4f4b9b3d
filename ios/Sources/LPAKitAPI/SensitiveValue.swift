/// A number or a token that names a person's device or plan, or is worth money.
///
/// It shows itself nowhere: not when printed, not when dumped, not inside another value. Only ``value`` gives it away.
public protocol SensitiveValue: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The digits or characters. Not for logs.
    var value: String { get }

    /// Takes a value as it is; whether it is a good one is judged where it is used.
    init(_ value: String)
}

extension SensitiveValue {
    /// The type's name; the value is hidden.
    public var description: String { "\(Self.self)(…)" }

    /// The type's name; the value is hidden.
    public var debugDescription: String { description }

    /// Nothing to be seen.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// The name of an eUICC, 32 digits.
public struct EID: SensitiveValue {
    /// The 32 digits.
    public let value: String

    /// Takes 32 digits.
    public init(_ value: String) { self.value = value }

    /// The digits in groups of four, as a person reads them out.
    public var grouped: String {
        let digits = Array(value)
        let starts = stride(from: 0, to: digits.count, by: 4)
        return starts.map { String(digits[$0..<min($0 + 4, digits.count)]) }.joined(separator: " ")
    }
}

/// The name of a profile, 18 to 20 digits.
public struct ICCID: SensitiveValue {
    /// The digits.
    public let value: String

    /// Takes 18 to 20 digits.
    public init(_ value: String) { self.value = value }
}

/// The name of a device, 15 digits.
public struct IMEI: SensitiveValue {
    /// The 15 digits.
    public let value: String

    /// Takes 15 digits.
    public init(_ value: String) { self.value = value }
}

/// The token of an activation code. Whoever has it can take the plan.
public struct MatchingID: SensitiveValue {
    /// The characters; none where the plan is bound to the EID.
    public let value: String

    /// Takes a token.
    public init(_ value: String) { self.value = value }
}

/// The code that an operator gives a person apart from the activation code.
public struct ConfirmationCode: SensitiveValue {
    /// The characters.
    public let value: String

    /// Takes what the person typed.
    public init(_ value: String) { self.value = value }
}
