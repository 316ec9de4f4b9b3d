import Foundation
import LPAKitAPI
internal import LPAKitSandboxBindings

/// What a sandbox could not do. It is a fault of a test or of the machine, never of what is tested.
public struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, in English, for developers.
    public let reason: String

    /// What was wrong.
    public var description: String { reason }

    init(reason: String) { self.reason = reason }

    init(_ error: any Error) {
        if case SandboxFailure.NotPlayed(let reason) = error {
            self.reason = reason
        } else {
            reason = "the sandbox broke down"
        }
    }
}

/// A card, an SM-DP+ and an SM-DS in a folder, with real certificates and real TLS on the loopback.
///
/// It is for debug builds: screens then work where there is no eUICC. It stays between two runs of an app.
public final class Sandbox: Sendable {
    private let sandbox: LPAKitSandboxBindings.Sandbox

    /// Opens the sandbox of a folder, or makes one, and starts its servers.
    ///
    /// - Throws: ``SandboxError``.
    public init(folder: URL) throws {
        try RustImage.requireOne()
        sandbox = try played { try .open(folder: folder.path) }
    }

    /// Orders a plan; what is left out is made up.
    ///
    /// - Parameter confirmationCode: What the person will be asked for.
    /// - Returns: The activation code.
    /// - Throws: ``SandboxError``.
    public func order(
        operator name: String? = nil, plan: String? = nil, confirmationCode: String? = nil
    ) throws -> String {
        let order = SandboxOrder(operator: name, plan: plan, confirmationCode: confirmationCode)
        return try played { try sandbox.order(order: order) }
    }

    /// The card, in a reader. One LPA at a time may have it.
    ///
    /// - Throws: ``SandboxError``.
    public func rawCard() throws -> any RawCard { SandboxRawCard(try played { try sandbox.card() }) }

    /// The card, in a phone. One LPA at a time may have it.
    ///
    /// - Throws: ``SandboxError``.
    public func cardChannel() throws -> any CardChannel { SandboxChannel(try played { try sandbox.channels() }) }

    /// Settings with which an LPA finds the sandbox's servers and believes them.
    public var options: LPAOptions { .init(issuer: sandbox.testIssuer(), routes: sandbox.connectTo()) }
}

/// Cards, servers and a clock, for tests that move everything by lines of text. Each stage is the same as every other.
public final class SandboxStage: Sendable {
    private let stage: Stage

    /// Builds a stage with one card, in memory. Its servers listen on the loopback.
    ///
    /// - Throws: ``SandboxError``.
    public init() throws {
        try RustImage.requireOne()
        stage = try played { try Stage() }
    }

    /// Plays one line, and waits until it is done.
    ///
    /// - Throws: ``SandboxError`` for a line that means nothing or cannot be played.
    @discardableResult
    public func act(_ line: String) throws -> String { try played { try stage.act(line: line) } }

    /// The card with this number, from 1, in a reader.
    ///
    /// - Throws: ``SandboxError`` when there is none.
    public func rawCard(_ number: UInt32 = 1) throws -> any RawCard {
        SandboxRawCard(try played { try stage.card(number: number) })
    }

    /// The card with this number, from 1, in a phone.
    ///
    /// - Throws: ``SandboxError`` when there is none.
    public func cardChannel(_ number: UInt32 = 1) throws -> any CardChannel {
        SandboxChannel(try played { try stage.channels(number: number) })
    }

    /// Settings with which an LPA finds the stage's servers and believes them.
    public var options: LPAOptions { .init(issuer: stage.testIssuer(), routes: stage.connectTo()) }

    /// Has the LPA of a card that is opened from now on wait with the stage's clock.
    public func useClock(forCardID cardID: String) { stage.useClockFor(cardId: cardID) }

    /// A camera's frame that shows the QR code of a text; white paper for an empty one.
    ///
    /// - Throws: ``SandboxError`` for a text that is too long.
    public func frame(showing text: String) throws -> SandboxFrame {
        let plane = try played { try stage.qrPlane(text: text) }
        return SandboxFrame(
            data: plane.data, width: Int(plane.width), height: Int(plane.height), rowStride: Int(plane.rowStride),
            pixelStride: Int(plane.pixelStride))
    }
}

/// A camera's luminance plane.
public struct SandboxFrame: Sendable {
    /// One octet a pixel, at the distances below.
    public let data: Data
    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Octets between the starts of two rows.
    public let rowStride: Int
    /// Octets between the starts of two pixels.
    public let pixelStride: Int
}

/// For lpakit's own tests.
package enum SandboxProbe {
    /// How many cards are open, or not yet let go.
    package static var openCards: Int { Int(LPAKitSandboxBindings.openCards()) }

    /// What the generated code throws when the library breaks down.
    package static func fault() -> (any Error)? {
        do { try breakDown() } catch { return error }
        return nil
    }

    /// How long a download takes in Rust alone: the median of so many.
    package static func medianDownloadInRust(rounds: UInt32) throws -> Duration {
        .microseconds(try played { try LPAKitSandboxBindings.medianDownloadInRust(rounds: rounds) })
    }
}

private func played<T>(_ work: () throws -> T) throws -> T {
    do { return try work() } catch { throw SandboxError(error) }
}

extension LPAOptions {
    fileprivate init(issuer: Data, routes: [ServerRoute]) {
        self.init()
        testIssuers = [issuer]
        connectTo = routes.map { ConnectTo(host: $0.host, socket: $0.socket) }
    }
}
