/// Something that is observed, until it is ended.
struct Observation {
    let end: () -> Void
}

#if os(Linux)
    @_spi(Script) import CryptoTokenKit

    // As Observing.swift, for the stand-ins.
    extension Observation {
        init(_ manager: TKSmartCardSlotManager, _ told: @escaping @Sendable () -> Void) {
            self.init(end: (manager as? ReaderScript)?.watch(told) ?? {})
        }

        init(_ slot: TKSmartCardSlot, _ told: @escaping @Sendable () -> Void) {
            self.init(end: (slot as? SlotScript)?.watch(told) ?? {})
        }
    }
#endif
