// What only an Apple system can compile: key-value observing. It is not run in the tests on Linux.
#if !os(Linux)
    import CryptoTokenKit

    extension Observation {
        init(_ manager: TKSmartCardSlotManager, _ told: @escaping @Sendable () -> Void) {
            let token = manager.observe(\.slotNames) { _, _ in told() }
            self.init { token.invalidate() }
        }

        init(_ slot: TKSmartCardSlot, _ told: @escaping @Sendable () -> Void) {
            let token = slot.observe(\.state) { _, _ in told() }
            self.init { token.invalidate() }
        }
    }
#endif
