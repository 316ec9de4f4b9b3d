import Foundation
import XCTest

/// The privacy manifest goes with the package, and says what holds. What the Rust library asks of the system is compared with
/// it where that is packed (`cargo xtask package ios`).
final class PrivacyTests: XCTestCase {
    /// What Apple wants a reason for ("Describing use of required reason API"), as it would be written in Swift.
    private static let reasonsWanted = [
        "UserDefaults", "systemUptime", "mach_absolute_time", "activeInputModes", "creationDate", "modificationDate",
        "contentModificationDate", "contentAccessDate", "attributesOfItem", "getattrlist", "fstat(", "lstat(", "statfs",
        "statvfs", "volumeAvailableCapacity", "volumeTotalCapacity", "systemFreeSize", "systemSize",
    ]

    func testTheManifestIsInThePackageAndDeclaresNothing() throws {
        // Linux has no bundle of the tests' own: theirs is the folder of what was built.
        let tests = Bundle(for: Self.self).bundleURL
        let products = tests.pathExtension == "xctest" ? tests.deletingLastPathComponent() : tests
        let bundle = try XCTUnwrap(
            ["LPAKit_LPAKit.resources", "LPAKit_LPAKit.bundle"].map { products.appendingPathComponent($0) }
                .first { FileManager.default.fileExists(atPath: $0.path) }, "no resources in \(products.path)")
        let data = try Data(contentsOf: bundle.appendingPathComponent("PrivacyInfo.xcprivacy"))
        let list = try PropertyListSerialization.propertyList(from: data, format: nil)
        let manifest = try XCTUnwrap(list as? [String: Any])
        XCTAssertEqual(manifest["NSPrivacyTracking"] as? Bool, false)
        for key in ["NSPrivacyTrackingDomains", "NSPrivacyCollectedDataTypes", "NSPrivacyAccessedAPITypes"] {
            XCTAssertEqual((manifest[key] as? [Any])?.count, 0, key)
        }
        XCTAssertEqual(manifest.count, 4)
    }

    func testNothingIsUsedThatNeedsAReason() throws {
        let files = FileManager.default.enumerator(
            at: repository.appendingPathComponent("ios/Sources"), includingPropertiesForKeys: nil)
        for case let file as URL in try XCTUnwrap(files) where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            XCTAssertEqual(Self.reasonsWanted.filter(text.contains), [], file.lastPathComponent)
        }
    }
}
