#if os(Linux)
    @_spi(Script) import CryptoTokenKit
    import Foundation
    import LPAKitReaders
    import LPAKitSandbox
    import XCTest

    /// Removable eUICCs over CryptoTokenKit, as its documents say it answers.
    final class ReaderTests: XCTestCase {
        private let manager = ReaderScript()
        private let slot = SlotScript("Reader 1")

        override func setUp() {
            ReaderScript.now = manager
            manager.plug([slot])
        }

        override func tearDown() { ReaderScript.now = nil }

        /// Puts the stage's card into the slot. A session begins with a reset of it.
        private func insert(_ stage: SandboxStage, made: Seen<CardScript> = Seen()) throws {
            let card = try stage.rawCard()
            slot.insert {
                let script = CardScript { reply in
                    try? card.reset()
                    reply(true, nil)
                } onTransmit: { command, reply in
                    do { reply(try card.transmit(command), nil) } catch { reply(nil, TKError(.communicationError)) }
                }
                made.add(script)
                return script
            }
        }

        /// Puts a card in that answers like this.
        private func insert(
            talks: TKSmartCardProtocol = .t0, onBegin: @escaping CardScript.Begin = { $0(true, nil) },
            made: Seen<CardScript> = Seen(), _ onTransmit: @escaping CardScript.Transmit
        ) {
            slot.insert {
                let script = CardScript(talks: talks, onBegin: onBegin, onTransmit: onTransmit)
                made.add(script)
                return script
            }
        }

        private func options(_ stage: SandboxStage) -> LPAOptions {
            var options = stage.options
            options.deliverAutomatically = false
            return options
        }

        func testAWholeDownloadInAReader() async throws {
            let (stage, made) = (try SandboxStage(), Seen<CardScript>())
            try insert(stage, made: made)
            let card = try await CardReaders().card(in: "Reader 1")
            XCTAssertFalse(card.abilities.wantsLe)
            XCTAssertFalse(card.abilities.handlesProactive)
            XCTAssertTrue(card.abilities.canReset)
            XCTAssertEqual(card.abilities.maxCommandData, 255)
            let lpa = try CardLPA(cardID: freshCardID(), rawCard: card, options: options(stage))
            let offer = try await lpa.authenticate(.code(lpa.activationCode(stage.act("order"))))
            guard case .installed(let done) = try await offer.accept(Answers(agreed: Set(offer.needs))).outcome() else {
                return XCTFail("not installed")
            }
            let enabled = try await lpa.enable(done.id)
            XCTAssertTrue(enabled.isEnabled)
            XCTAssertTrue(made.all.allSatisfy { $0.isSensitive }, "sessions begin and end with a reset")
            await lpa.closeAndWait()
            await nothingIsHeld(made)
        }

        /// Whether every session that was begun has been ended, within ten seconds.
        private func nothingIsHeld(_ made: Seen<CardScript>) async {
            await eventually { made.all.allSatisfy { $0.sessions == 0 } }
            XCTAssertGreaterThan(made.all.map(\.beginnings).reduce(0, +), 0)
        }

        func testACardThatIsPulledOutMidwayIsToldAndComesBack() async throws {
            let (stage, made) = (try SandboxStage(), Seen<CardScript>())
            try insert(stage, made: made)
            let id = freshCardID()
            stage.useClock(forCardID: id)
            try stage.act("clock hurry")
            let lpa = try CardLPA(
                cardID: id, rawCard: try await CardReaders().card(in: "Reader 1"), options: options(stage))
            let offer = try await lpa.authenticate(.code(lpa.activationCode(stage.act("order"))))
            try stage.act("hold card LoadBoundProfilePackage+3")
            let task = try offer.accept(Answers(agreed: Set(offer.needs)))
            try stage.act("wait held")
            slot.pull()
            try stage.act("release")
            let key = await failure { try await task.outcome() }
            XCTAssertEqual(key, "card.lost_during_installation")
            let gone = await failure { try await lpa.profiles() }
            XCTAssertEqual(gone, "card.gone")
            try insert(stage, made: made)
            let eid = try await lpa.eid()
            XCTAssertEqual(eid.value.count, 32)
            await lpa.closeAndWait()
        }

        func testWhatCryptoTokenKitSaysOfACard() async throws {
            let codes: [(TKError.Code, String)] = [
                (.notImplemented, "card.failed"), (.communicationError, "card.failed"), (.corruptedData, "card.failed"),
                (.badParameter, "card.failed"), (.canceledByUser, "card.access_denied"),
                (.authenticationFailed, "card.access_denied"), (.authenticationNeeded, "card.access_denied"),
                (.objectNotFound, "card.none"), (.tokenNotFound, "card.none"),
            ]
            let readers = try CardReaders()
            for (code, key) in codes {
                // At the beginning of a session, and in it.
                insert(onBegin: { $0(false, TKError(code)) }) { $1(nil, nil) }
                let begun = await failure { try await readers.card(in: "Reader 1") }
                XCTAssertEqual(begun, key, "\(code)")
                insert { $1(nil, TKError(code)) }
                let lpa = try CardLPA(
                    cardID: freshCardID(), rawCard: try await readers.card(in: "Reader 1"), options: .quiet)
                let sent = await failure { try await lpa.eid() }
                XCTAssertEqual(sent, key == "card.none" ? "card.gone" : key, "\(code)")
                await lpa.closeAndWait()
            }
            insert(onBegin: { $0(false, nil) }) { $1(nil, nil) }
            let busy = await failure { try await readers.card(in: "Reader 1") }
            XCTAssertEqual(busy, "busy.card")
            insert(onBegin: { $0(false, NSError(domain: "planted", code: 1)) }) { $1(nil, nil) }
            let other = await failure { try await readers.card(in: "Reader 1") }
            XCTAssertEqual(other, "card.failed")
            // A card without an answer, and one whose answer is too short.
            for odd in [nil, Data(), Data([0x90])] {
                insert { $1(odd, nil) }
                let card = try await readers.card(in: "Reader 1")
                let lpa = try CardLPA(cardID: freshCardID(), rawCard: card, options: .quiet)
                let key = await failure { try await lpa.eid() }
                XCTAssertEqual(key, "card.failed")
                await lpa.closeAndWait()
            }
        }

        func testNoReaderNoCardAndACardThatIsNoEUICC() async throws {
            let readers = try CardReaders()
            let empty = await failure { try await readers.card(in: "Reader 1") }
            XCTAssertEqual(empty, "card.none")
            slot.change(to: .muteCard)
            let mute = await failure { try await readers.card(in: "Reader 1") }
            XCTAssertEqual(mute, "card.failed")
            let unknown = await failure { try await readers.card(in: "Reader 2") }
            XCTAssertEqual(unknown, "route.no_reader")
            let cancelled = await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure { try await readers.card(in: "Reader 1") }
            }.value
            XCTAssertEqual(cancelled, "cancelled.by_user")
            ReaderScript.now = nil
            XCTAssertEqual(failed { try CardReaders() }, "route.no_reader_entitlement")
            let none = await CardReaders.access()
            XCTAssertNil(none)
        }

        func testWhatEachReaderHolds() async throws {
            let stage = try SandboxStage()
            let (euicc, bank, mute, empty) = (slot, SlotScript("B"), SlotScript("M", state: .muteCard), SlotScript("E"))
            try insert(stage)
            manager.plug([euicc, bank, mute, empty])
            // A bank card: it opens a channel and knows no ISD-R.
            bank.insert {
                CardScript { command, reply in
                    reply(Data(command[1] == 0x70 ? [0x01, 0x90, 0x00] : [0x6A, 0x82]), nil)
                }
            }
            let access = await CardReaders.access()
            XCTAssertEqual(access, [.open, .noEUICC, .failed, .noCard])
            manager.plug([])
            let none = await CardReaders.access()
            XCTAssertEqual(none, [])
        }

        func testACardThatNeverAnswersIsGivenUpAndItsLateSessionIsEnded() async throws {
            let readers = try CardReaders(limit: .milliseconds(20))
            let (late, made) = (Seen<@Sendable (Bool, (any Error)?) -> Void>(), Seen<CardScript>())
            insert(onBegin: { late.add($0) }, made: made) { $1(nil, nil) }
            let key = await failure { try await readers.card(in: "Reader 1") }
            XCTAssertEqual(key, "card.timeout")
            try XCTUnwrap(late.all.first)(true, nil)
            XCTAssertEqual(made.all.map(\.sessions), [0])
            XCTAssertEqual(made.all.map(\.beginnings), [1])

            let silent = Seen<CardScript>()
            insert(made: silent) { _, _ in }
            let lpa = try CardLPA(
                cardID: freshCardID(), rawCard: try await readers.card(in: "Reader 1"), options: .quiet)
            let told = await failure { try await lpa.eid() }
            XCTAssertEqual(told, "card.timeout")
            await lpa.closeAndWait()
            await nothingIsHeld(silent)
        }

        func testTheMainThreadIsNeverBlocked() async throws {
            let commands = Seen<Data>()
            insert {
                commands.add($0)
                $1(Data([0x90, 0x00]), nil)
            }
            let card = try await CardReaders().card(in: "Reader 1")
            try await MainActor.run {
                XCTAssertTrue(Thread.isMainThread)
                XCTAssertThrowsError(try card.transmit(Data([0, 0, 0, 0]))) {
                    XCTAssertEqual($0 as? CardPortError, .connectionFailed)
                }
            }
            XCTAssertEqual(commands.all, [])
        }

        func testAReaderThatCarriesLittleAndACardThatTalksInBlocks() async throws {
            let small = SlotScript("Small", maxInputLength: 100)
            small.insert { CardScript(talks: .t1) { $1(Data([0x90, 0x00]), nil) } }
            manager.plug([small])
            let card = try await CardReaders().card(in: "Small")
            XCTAssertEqual(card.abilities.maxCommandData, 94)
            XCTAssertTrue(card.abilities.wantsLe)
            card.release()
        }

        func testSlotsTellOfReadersAndCards() async throws {
            var slots = try CardReaders().slots.makeAsyncIterator()
            func next() async -> [ReaderSlot]? { await slots.next() }
            let first = await next()
            XCTAssertEqual(first, [ReaderSlot(name: "Reader 1", state: .empty)])
            let states: [(TKSmartCardSlot.State, ReaderSlot.State)] = [
                (.probing, .probing), (.validCard, .card), (.muteCard, .mute), (.empty, .empty),
            ]
            for (change, told) in states {
                slot.change(to: change)
                let now = await next()
                XCTAssertEqual(now?.map(\.state), [told])
            }
            let second = SlotScript("Reader 2", state: .validCard)
            manager.plug([slot, second])
            let both = await next()
            XCTAssertEqual(both?.map(\.name), ["Reader 1", "Reader 2"])
            // A reader that is pulled out is gone.
            slot.change(to: .missing)
            manager.plug([second])
            let last = await next()
            XCTAssertEqual(last, [ReaderSlot(name: "Reader 2", state: .card)])
        }

        func testWhoStopsListeningIsForgotten() async throws {
            let readers = try CardReaders()
            let listening = Task { for await _ in readers.slots {} }
            await eventually { [manager, slot] in manager.watching == 1 && slot.watching == 1 }
            listening.cancel()
            await eventually { [manager, slot] in manager.watching == 0 && slot.watching == 0 }
        }
    }
#endif
