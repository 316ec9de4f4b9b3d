import CryptoTokenKit
import Foundation
import LPAKit

/// A slot of a card reader.
public struct ReaderSlot: Hashable, Sendable, Identifiable {
    /// What is in it.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// No card.
        case empty
        /// A card that was just put in.
        case probing
        /// A card that does not answer: perhaps it is the wrong way round.
        case mute
        /// A card that answers.
        case card
    }

    /// The system's name for it.
    public let name: String
    /// What is in it.
    public let state: State

    /// A slot; for an app's tests and previews.
    public init(name: String, state: State) {
        self.name = name
        self.state = state
    }

    /// Its name.
    public var id: String { name }
}

/// Card readers on this iPhone or iPad (CryptoTokenKit): USB readers with the standard protocol, from iOS 16 on.
///
/// The app needs the entitlement `com.apple.security.smartcard`.
public final class CardReaders: Sendable {
    private let manager: Carried<TKSmartCardSlotManager>
    private let limit: Duration

    /// The system's readers.
    ///
    /// - Parameter limit: How long the system and a card may take for an answer.
    /// - Throws: `route.no_reader_entitlement`.
    public init(limit: Duration = .seconds(30)) throws(LPAError) {
        guard let manager = TKSmartCardSlotManager.default else { throw .named("route.no_reader_entitlement") }
        self.manager = Carried(object: manager)
        self.limit = limit
    }

    /// The slots now, then after each change: readers plugged in and out, cards put in and pulled out. Each access gives
    /// a stream of its own, of which only the newest value is kept for a listener that is slow.
    public var slots: AsyncStream<[ReaderSlot]> {
        let manager = manager
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let watch = SlotWatch(manager.object) { continuation.yield($0) }
            continuation.onTermination = { _ in watch.end() }
            watch.begin()
        }
    }

    /// The card in a slot, for `CardLPA(cardID:rawCard:)`. It is this app's until the LPA is closed.
    ///
    /// - Throws: `route.no_reader` for a slot that is not there, `card.none`, `card.failed` for a card that does not
    ///   answer, `busy.card`, `card.timeout`; `cancelled.by_user` when the caller was cancelled before.
    public func card(in slot: String) async throws(LPAError) -> any RawCard {
        guard !Task.isCancelled else { throw .named("cancelled.by_user") }
        let (manager, limit) = (manager, limit)
        let found = await offMainActor { () -> Result<ReaderCard?, CardPortError> in
            do throws(CardPortError) {
                let there = try ask(within: limit) { reply in
                    manager.object.getSlot(withName: slot) { reply(Carried(object: $0)) }
                }
                return .success(try there.object.map { slot throws(CardPortError) in try ReaderCard(slot, limit: limit) })
            } catch {
                return .failure(error)
            }
        }
        switch found {
        case .success(let card?): return card
        case .success(nil): throw .named("route.no_reader")
        case .failure(let error): throw error.inReader
        }
    }

    /// What each slot holds, for ``LPAKitAPI/PhoneFacts/readers``: each card is asked for its EID.
    public func access() async -> [CardAccess] {
        var found: [CardAccess] = []
        for name in manager.object.slotNames { found.append(await access(to: name)) }
        return found
    }

    /// As ``access()`` of the system's readers; `nil` when the system gives this app none.
    public static func access() async -> [CardAccess]? {
        guard let readers = try? CardReaders() else { return nil }
        return await readers.access()
    }

    private func access(to slot: String) async -> CardAccess {
        do {
            var options = LPAOptions()
            options.deliverAutomatically = false
            let card = try await card(in: slot)
            let lpa = try CardLPA(cardID: "reader \(slot) \(UUID().uuidString)", rawCard: card, options: options)
            let asked: Result<EID, any Error>
            do { asked = .success(try await lpa.eid()) } catch { asked = .failure(error) }
            await lpa.closeAndWait()
            _ = try asked.get()
            return .open
        } catch {
            return switch (error as? LPAError)?.key {
            case "card.none", "card.gone", "route.no_reader": .noCard
            case "card.no_isdr": .noEUICC
            case "card.access_denied": .denied
            case "card.no_channel": .noChannel
            default: .failed
            }
        }
    }
}
