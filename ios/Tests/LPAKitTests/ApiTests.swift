import Foundation
import XCTest

/// The public API, from the compiler's symbol graph: all of it is documented, and it is as it was committed.
///
/// After a change that is meant, `LPAKIT_RENEW_API=1 swift test --filter ApiTests` writes `ios/api` anew.
final class ApiTests: XCTestCase {
    func testTheAPIIsDocumentedAndAsItWasCommitted() throws {
        let modules = [
            "LPAKit": ["LPAKitAPI", "LPAKit"], "LPAKitTesting": ["LPAKitTesting"], "LPAKitSandbox": ["LPAKitSandbox"],
        ]
        for (product, modules) in modules {
            let graphs = try SymbolGraph.extract(modules)
            let symbols = graphs.flatMap(\.symbols)
            XCTAssertGreaterThan(symbols.count, 10, product)
            let bare = symbols.filter { $0.docComment == nil }.map(\.path)
            XCTAssertEqual(bare, [], "undocumented in \(product)")

            let now = Set(graphs.flatMap(\.lines)).sorted().joined(separator: "\n") + "\n"
            let file = repository.appendingPathComponent("ios/api/\(product).txt")
            if ProcessInfo.processInfo.environment["LPAKIT_RENEW_API"] != nil {
                try now.write(to: file, atomically: true, encoding: .utf8)
            }
            let committed = Set(try String(contentsOf: file, encoding: .utf8).split(separator: "\n"))
            let changed = committed.symmetricDifference(now.split(separator: "\n")).sorted()
            XCTAssertEqual(
                changed, [],
                "ios/api/\(product).txt differs; if that is meant: LPAKIT_RENEW_API=1 swift test --filter ApiTests")
        }
    }

    func testTheFakeNeedsNoNativeLibrary() throws {
        for module in ["LPAKitAPI", "LPAKitTesting"] {
            let folder = repository.appendingPathComponent("ios/Sources/\(module)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            let lines = try files.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
            let imports = Set(lines.filter { $0.contains("import ") && !$0.hasPrefix("//") })
            XCTAssert(imports.isSubset(of: ["import Foundation", "import LPAKitAPI"]), "\(imports)")
        }
    }
}

/// What the compiler says of a module.
private struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Kind: Decodable { let identifier: String }
        struct Fragment: Decodable { let spelling: String }
        struct Name: Decodable { let precise: String }
        struct Comment: Decodable {}

        let kind: Kind
        let identifier: Name
        let pathComponents: [String]
        let declarationFragments: [Fragment]
        let docComment: Comment?

        var path: String { pathComponents.joined(separator: ".") }
    }

    struct Relationship: Decodable {
        let kind: String
        let source: String
        let targetFallback: String?
    }

    let symbols: [Symbol]
    let relationships: [Relationship]

    /// A line for each symbol, and one for each protocol of another module that it conforms to.
    var lines: [String] {
        let names = Dictionary(symbols.map { ($0.identifier.precise, $0.path) }) { first, _ in first }
        let symbols = symbols.map { symbol in
            let declaration = symbol.declarationFragments.map(\.spelling).joined()
            return "\(symbol.path): \(declaration.split(whereSeparator: \.isWhitespace).joined(separator: " "))"
        }
        // These two come with every type.
        let conformances = relationships.compactMap { relationship -> String? in
            guard relationship.kind == "conformsTo", let target = relationship.targetFallback,
                !["Swift.Copyable", "Swift.Escapable"].contains(target), let source = names[relationship.source]
            else { return nil }
            return "\(source): conforms to \(target)"
        }
        return symbols + conformances
    }

    static func extract(_ modules: [String]) throws -> [SymbolGraph] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        struct Info: Decodable {
            struct Target: Decodable { let triple: String }
            let target: Target
        }
        let target = try JSONDecoder().decode(Info.self, from: swift(["-print-target-info"])).target.triple
        let built = Bundle(for: ApiTests.self).bundleURL
        // On Linux the bundle is the folder of the tests' program, elsewhere it lies in it.
        let products = built.pathExtension == "xctest" ? built.deletingLastPathComponent() : built
        for module in modules {
            var arguments = ["symbolgraph-extract", "-module-name", module, "-target", target]
            arguments += ["-I", products.appendingPathComponent("Modules").path]
            for c in ["LPAKitFFI", "LPAKitSandboxFFI"] {
                arguments += ["-I", repository.appendingPathComponent("ios/Generated/\(c)/include").path]
            }
            arguments += ["-output-dir", folder.path, "-minimum-access-level", "public", "-skip-synthesized-members"]
            _ = try swift(arguments)
        }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.map { try JSONDecoder().decode(SymbolGraph.self, from: Data(contentsOf: $0)) }
    }

    /// Runs the compiler that runs these tests.
    private static func swift(_ arguments: [String]) throws -> Data {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift"] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        XCTAssertEqual(process.terminationStatus, 0, "swift \(arguments.joined(separator: " "))")
        return data
    }
}
