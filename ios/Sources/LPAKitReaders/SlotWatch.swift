import CryptoTokenKit
import Foundation
import LPAKit

/// Watches the readers and their slots, and tells of what has changed.
final class SlotWatch: @unchecked Sendable {
    private let manager: TKSmartCardSlotManager
    private let tell: @Sendable ([ReaderSlot]) -> Void
    /// All that follows belongs to this queue: the system tells of changes on any thread, and within others.
    private let queue = DispatchQueue(label: "lpakit.readers")
    private var readers: Observation?
    private var slots: [String: (slot: TKSmartCardSlot, observation: Observation)] = [:]
    /// Names whose slots the system was asked for.
    private var asked: Set<String> = []
    private var told: [ReaderSlot]?
    private var isOver = false

    init(_ manager: TKSmartCardSlotManager, _ tell: @escaping @Sendable ([ReaderSlot]) -> Void) {
        self.manager = manager
        self.tell = tell
    }

    func begin() {
        queue.async { [self] in
            guard !isOver else { return }
            readers = Observation(manager) { [weak self] in self?.readersChanged() }
            look()
        }
    }

    func end() {
        queue.async { [self] in
            isOver = true
            readers?.end()
            readers = nil
            for (_, watched) in slots { watched.observation.end() }
            slots = [:]
        }
    }

    private func readersChanged() { queue.async { [weak self] in self?.look() } }

    /// Finds the slots of new readers, and forgets those that are gone.
    private func look() {
        guard !isOver else { return }
        let names = manager.slotNames
        for (name, watched) in slots where !names.contains(name) || watched.slot.state == .missing {
            watched.observation.end()
            slots[name] = nil
        }
        for name in names where slots[name] == nil && !asked.contains(name) {
            asked.insert(name)
            manager.getSlot(withName: name) { [weak self] slot in self?.found(Carried(object: slot), name) }
        }
        publish()
    }

    private func found(_ found: Carried<TKSmartCardSlot?>, _ name: String) {
        queue.async { [self] in
            asked.remove(name)
            guard !isOver, slots[name] == nil else { return }
            if let slot = found.object {
                slots[name] = (slot, Observation(slot) { [weak self] in self?.slotChanged() })
            }
            publish()
        }
    }

    private func slotChanged() { queue.async { [weak self] in self?.publish() } }

    private func publish() {
        // The first value is of all readers.
        guard !isOver, asked.isEmpty else { return }
        let now = manager.slotNames.compactMap { name in
            slots[name].flatMap { watched in ReaderSlot.State(watched.slot.state).map { ReaderSlot(name: name, state: $0) } }
        }
        guard now != told else { return }
        told = now
        tell(now)
    }
}

extension ReaderSlot.State {
    /// Nothing for a slot that is gone.
    fileprivate init?(_ state: TKSmartCardSlot.State) {
        switch state {
        case .empty: self = .empty
        case .probing: self = .probing
        case .muteCard: self = .mute
        case .validCard: self = .card
        default: return nil
        }
    }
}
