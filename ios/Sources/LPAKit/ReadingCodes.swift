import Foundation
import LPAKitAPI

extension ActivationCode {
    /// Reads a code as it was typed, scanned, pasted or followed as a link: bare, `LPA:`, percent-encoded, or a setup
    /// link of a phone maker. With `allowTestServers`, addresses may have ports and be IP addresses.
    ///
    /// - Throws: An error of kind input: what it is instead, or which field is wrong.
    public init(_ text: String, allowTestServers: Bool = false) throws(LPAError) {
        self = try Native.call {
            try Self(Native.ActivationCode.parse(text: text, allowTestServers: allowTestServers))
        }
    }

    /// A code from parts that an app already holds, for example from its own back end. The token may be empty: the
    /// order is then bound to the EID.
    ///
    /// - Throws: An error of kind input.
    public init(
        address: String, matchingID: MatchingID, confirmationCodeRequired: Bool = false, allowTestServers: Bool = false
    ) throws(LPAError) {
        self = try Native.call {
            try Self(
                Native.ActivationCode.ofParts(
                    address: address, matchingId: matchingID.value,
                    confirmationCodeRequired: confirmationCodeRequired, allowTestServers: allowTestServers))
        }
    }

    /// Finds the first activation code or setup link inside a longer text, such as a clipboard or a message.
    ///
    /// - Throws: An error of kind input.
    public static func find(in text: String, allowTestServers: Bool = false) throws(LPAError) -> ActivationCode {
        try Native.call { try Self(Native.findActivationCode(text, allowTestServers: allowTestServers)) }
    }

    /// Reads the activation code from a picture's luminance plane: a camera's Y plane, as it is. Strides are in octets.
    ///
    /// It blocks for some milliseconds a frame, five seconds at worst: not for the main thread.
    ///
    /// - Throws: An error of kind input: `qr.…` when no QR code can be read, `activation_code.…` when what was read is
    ///   something else.
    public static func scan(
        plane: Data, width: Int, height: Int, rowStride: Int, pixelStride: Int = 1, allowTestServers: Bool = false
    ) throws(LPAError) -> ActivationCode {
        let size = [width, height, rowStride, pixelStride].map { UInt32(clamping: $0) }
        return try Native.call {
            try Self(Native.scanActivationCode(plane, size, allowTestServers: allowTestServers))
        }
    }

    /// As ``scan(plane:width:height:rowStride:pixelStride:allowTestServers:)``, on memory that is not copied, such as
    /// that of a locked pixel buffer.
    public static func scan(
        plane: UnsafeRawBufferPointer, width: Int, height: Int, rowStride: Int, pixelStride: Int = 1,
        allowTestServers: Bool = false
    ) throws(LPAError) -> ActivationCode {
        guard let start = plane.baseAddress else {
            return try scan(
                plane: Data(), width: width, height: height, rowStride: rowStride, pixelStride: pixelStride)
        }
        // The data lives no longer than this call, and nobody writes to it.
        let memory = UnsafeMutableRawPointer(mutating: start)
        let data = Data(bytesNoCopy: memory, count: plane.count, deallocator: .none)
        return try scan(
            plane: data, width: width, height: height, rowStride: rowStride, pixelStride: pixelStride,
            allowTestServers: allowTestServers)
    }

    init(_ native: Native.ActivationCode) throws {
        try self.init(
            address: native.address(), matchingID: MatchingID(native.matchingId()),
            confirmationCodeRequired: native.confirmationCodeRequired(), oid: native.oid(),
            warnings: native.warnings(), text: native.toText(), qrText: native.toQrText(),
            handle: CodeHandle(native))
    }

    /// The library's code; one that was made without the library is read again, by the rules of the card it is for.
    func native(for lpa: Native.Lpa) throws -> Native.ActivationCode {
        try (handle as? CodeHandle)?.code ?? lpa.parseActivationCode(text: text)
    }
}

private final class CodeHandle: ActivationCodeHandle {
    let code: Native.ActivationCode

    init(_ code: Native.ActivationCode) { self.code = code }

    func says(sameAs other: any ActivationCodeHandle) -> Bool {
        guard let other = other as? CodeHandle else { return false }
        return (try? code.equals(other: other.code)) ?? false
    }
}

extension QRPicture {
    /// The QR code of a text, such as ``ActivationCode/qrText``.
    ///
    /// - Throws: `qr.too_long`.
    public init(of text: String) throws(LPAError) {
        let picture = try Native.call { try Native.qrPicture(text) }
        self.init(side: Int(picture.side), dark: picture.modules.map { $0 == 1 })
    }
}
