#if os(Linux)
    import CoreTelephony
    import CryptoTokenKit
    import Foundation
    import XCTest

    /// The stand-ins are what Apple documents: nothing else, nothing more, and as new.
    final class StandInTests: XCTestCase {
        private struct Fact: Hashable, CustomStringConvertible {
            let symbol: String
            let since: String
            let declaration: String

            var description: String { "\(symbol) | \(since) | \(declaration)" }

            /// The number of a case, where it is documented.
            var number: Int? { declaration.components(separatedBy: " = ").dropFirst().first.flatMap { Int($0) } }

            /// As the compiler writes it: without `@Sendable`, which it leaves out, and without numbers and their types,
            /// which are compared by themselves.
            var plain: Fact {
                let words = declaration.replacingOccurrences(of: "@Sendable ", with: "")
                let plain = words.components(separatedBy: " = ")[0].components(separatedBy: " : ")[0]
                return Fact(symbol: symbol, since: since, declaration: plain)
            }
        }

        private func facts() throws -> [Fact] {
            let file = repository.appendingPathComponent("ios/StandIns/facts.txt")
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            return try lines.filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.components(separatedBy: " | ")
                XCTAssertEqual(parts.count, 3, "\(line)")
                return Fact(symbol: parts[0], since: try XCTUnwrap(parts.dropFirst().first), declaration: parts[2])
            }
        }

        func testNamesLabelsTypesAndAvailabilityAreApples() throws {
            let graphs = try SymbolGraph.extract(["CoreTelephony", "CryptoTokenKit"])
            let symbols = graphs.flatMap(\.symbols)
            let since = Dictionary(symbols.map { ($0.path, $0.sinceIOS) }) { first, _ in first }
            /// A symbol is as new as it says, else as new as what it stands in.
            func sinceOf(_ path: [String]) -> String {
                guard !path.isEmpty else { return "none" }
                return since[path.joined(separator: ".")].flatMap { $0 } ?? sinceOf(path.dropLast())
            }
            let made = symbols.filter { !Self.comesWithSwift($0) }.map { symbol in
                let words = symbol.declaration.components(separatedBy: " ")
                var declaration = words.filter { !["open", "override", "public"].contains($0) }.joined(separator: " ")
                // What is stored has no accessors in its declaration.
                if declaration.hasPrefix("var "), !declaration.hasSuffix("}") { declaration += " { get set }" }
                if declaration.hasPrefix("let ") { declaration = "var \(declaration.dropFirst(4)) { get }" }
                return Fact(
                    symbol: symbol.path, since: sinceOf(symbol.pathComponents),
                    declaration: declaration.components(separatedBy: " : ")[0])
            }
            let documented = Set(try facts().map(\.plain))
            XCTAssertGreaterThan(documented.count, 50)
            XCTAssertEqual(Set(made).subtracting(documented).map(\.description).sorted(), [], "stood in for, but not Apple's")
            XCTAssertEqual(documented.subtracting(made).map(\.description).sorted(), [], "Apple's, but not stood in for")
        }

        /// What the compiler gives every enumeration and error.
        private static func comesWithSwift(_ symbol: SymbolGraph.Symbol) -> Bool {
            let name = symbol.pathComponents.last ?? ""
            return ["RawValue", "init(rawValue:)", "rawValue", "errorCode", "ArrayLiteralElement", "Element"].contains(name)
                || symbol.path == "TKError.init(_:)"
        }

        func testTheNumbersOfCasesAreApples() throws {
            let cases = try facts().filter { $0.number != nil }
            XCTAssertEqual(cases.count, 20)
            for fact in cases {
                let number = try XCTUnwrap(fact.number)
                let names: [String: String?] = [
                    "CTCellularPlanProvisioningAddPlanResult": UInt(exactly: number)
                        .flatMap(CTCellularPlanProvisioningAddPlanResult.init(rawValue:)).map { "\($0)" },
                    "CTCellularPlanCapability": CTCellularPlanCapability(rawValue: number).map { "\($0)" },
                    "TKSmartCardSlot.State": TKSmartCardSlot.State(rawValue: number).map { "\($0)" },
                    "TKError.Code": TKError.Code(rawValue: number).map { "\($0)" },
                ]
                let parts = fact.symbol.split(separator: ".")
                let name = names[parts.dropLast().joined(separator: ".")].flatMap { $0 }
                XCTAssertEqual(name, parts.last.map(String.init), "\(fact)")
            }
        }
    }
#endif
