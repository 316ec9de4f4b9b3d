import Foundation
import XCTest

/// What the compiler says of a module.
struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Kind: Decodable { let identifier: String }
        struct Fragment: Decodable { let spelling: String }
        struct Name: Decodable { let precise: String }
        struct Comment: Decodable {}
        struct Availability: Decodable {
            struct Version: Decodable {
                let major: Int
                let minor: Int?
            }

            let domain: String?
            let introduced: Version?
        }

        let kind: Kind
        let identifier: Name
        let pathComponents: [String]
        let declarationFragments: [Fragment]
        let docComment: Comment?
        let availability: [Availability]?

        /// The first iOS that has it, if that is said.
        var sinceIOS: String? {
            let found = availability?.first { $0.domain == "iOS" }?.introduced
            return found.map { "\($0.major).\($0.minor ?? 0)" }
        }

        /// Its declaration, in one line.
        var declaration: String {
            declarationFragments.map(\.spelling).joined().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }

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
            "\(symbol.path): \(symbol.declaration)"
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
