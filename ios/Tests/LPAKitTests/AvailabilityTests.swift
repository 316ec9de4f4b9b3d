import Foundation
import XCTest

/// Nothing newer than iOS 16 is used unguarded. On Linux the compiler does not look: every `#available` is true there.
final class AvailabilityTests: XCTestCase {
    /// Symbols that came after iOS 16, as they would be written, and the version that brought them.
    private static let newer: [(symbol: String, major: Int)] = [
        ("import Observation", 17), ("@Observable", 17), ("@Bindable", 17), ("import SwiftData", 17), ("#Predicate", 17),
        ("Predicate<", 17), ("DiscardingTaskGroup", 17), ("encodingInvalidCharacters", 17), ("import TipKit", 17),
        ("CTCellularPlanProvisioningAddPlanResult.cancel", 17), ("case .cancel:", 17), ("import Synchronization", 18),
        ("Mutex<", 18), ("Atomic<", 18), ("AsyncSequence<", 18), ("withTaskExecutorPreference", 18), ("RangeSet", 18),
        ("String(validating", 18), ("InlineArray", 26), ("Task.immediate", 26), ("Observations {", 26),
        ("CTCellularPlanProperties", 26), ("CTCellularPlanCapability", 26), ("CTCellularPlanStatus", 26),
        (".addPlan(request:", 26), ("provisioning.update(", 26), ("lifecycleProperties", 26), ("createNFCSlot", 26),
        ("TKSmartCardSlotNFCSession", 26), ("getSmartCard()", 26),
    ]
    /// Frameworks that an app extension cannot have, or Linux does not: the SDK needs none of them.
    private static let foreign = ["UIKit", "SwiftUI", "Combine", "AppKit", "WidgetKit"]

    /// What is wrong with a source. A newer symbol stands where both hold: the compiler knows it, and the system is asked.
    private func complaints(_ source: String) -> [String] {
        var complaints: [String] = []
        // What each `#if` around a line says, and the newest system that was asked for in it.
        var conditions: [(text: String, asked: Int)] = []
        for (number, line) in source.components(separatedBy: "\n").enumerated() {
            let code = line.trimmingCharacters(in: .whitespaces)
            if code.hasPrefix("//") { continue }
            if code.hasPrefix("#if") { conditions.append((code, 0)) }
            if code.hasPrefix("#else"), let last = conditions.popLast() { conditions.append(("not \(last.text)", 0)) }
            if code.hasPrefix("#endif") { _ = conditions.popLast() }
            if let asked = code.components(separatedBy: "available(iOS ").dropFirst().first.flatMap({ Int($0.prefix(2)) }),
                let last = conditions.popLast()
            {
                conditions.append((last.text, max(last.asked, asked)))
            }
            for (symbol, major) in Self.newer where code.contains(symbol) {
                let guarded = conditions.contains { $0.text == "#if compiler(>=6.2) || os(Linux)" && $0.asked >= major }
                if !guarded { complaints.append("\(number + 1): \(symbol) is of iOS \(major)") }
            }
            for framework in Self.foreign where code.hasSuffix("import \(framework)") {
                complaints.append("\(number + 1): \(framework)")
            }
        }
        return complaints
    }

    func testNothingNewerThanIOS16IsUsedUnguarded() throws {
        let folder = repository.appendingPathComponent("ios/Sources")
        let files = try XCTUnwrap(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var seen = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            seen += 1
            let found = complaints(try String(contentsOf: file, encoding: .utf8))
            XCTAssertEqual(found, [], file.lastPathComponent)
        }
        XCTAssertGreaterThan(seen, 40)
    }

    func testTheCheckFindsWhatItShould() {
        XCTAssertEqual(complaints("import SwiftUI\nlet a = Mutex<Int>(1)").count, 2)
        let guarded = """
            #if compiler(>=6.2) || os(Linux)
            if #available(iOS 26.0, *) { p.addPlan(request: r, properties: CTCellularPlanProperties()) }
            #endif
            """
        XCTAssertEqual(complaints(guarded), [])
        XCTAssertEqual(complaints(guarded.replacingOccurrences(of: "26.0", with: "17.0")).count, 2)
        XCTAssertEqual(complaints(guarded + "\np.addPlan(request: r)").count, 1)
        XCTAssertEqual(complaints("if #available(iOS 26.0, *) { CTCellularPlanProperties() }").count, 1)
        XCTAssertEqual(complaints("// CTCellularPlanProperties"), [])
    }

    func testWhatOnlyAppleCompilesIsOneSmallFile() throws {
        let file = repository.appendingPathComponent("ios/Sources/LPAKitReaders/Observing.swift")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        XCTAssertLessThanOrEqual(lines.count - 1, 20)
    }
}
