import Foundation
import XCTest

/// The public API, from the compiler's symbol graph: all of it is documented, and it is as it was committed.
///
/// After a change that is meant, this writes `ios/api` anew, on Linux, whose compiler the dumps are of:
/// `LPAKIT_DEVELOPMENT=1 LPAKIT_RENEW_API=1 swift test --filter ApiTests`.
final class ApiTests: XCTestCase {
    #if os(Linux)
        func testTheAPIIsDocumentedAndAsItWasCommitted() throws {
            let modules = [
                "LPAKit": ["LPAKitAPI", "LPAKit"], "LPAKitPhone": ["LPAKitPhone"],
                "LPAKitReaders": ["LPAKitReaders"], "LPAKitScreens": ["LPAKitScreens"],
                "LPAKitSandbox": ["LPAKitSandbox"], "LPAKitTesting": ["LPAKitTesting"],
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
                XCTAssertEqual(changed, [], "ios/api/\(product).txt differs; if that is meant, see above this class")
            }
        }
    #endif

    func testTheFakeAndTheScreensNeedNoNativeLibrary() throws {
        for module in ["LPAKitAPI", "LPAKitScreens", "LPAKitTesting"] {
            let folder = repository.appendingPathComponent("ios/Sources/\(module)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            let lines = try files.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
            let imports = Set(lines.filter { $0.contains("import ") && !$0.hasPrefix("//") })
            let allowed: Set<Substring> = ["import Foundation", "import LPAKitAPI", "@_exported import LPAKitAPI"]
            XCTAssert(imports.isSubset(of: allowed), "\(imports)")
        }
    }
}
