// swift-tools-version: 6.0

// The Swift package of lpakit: `cargo xtask bindings swift` makes ios/Generated, `cargo xtask test swift` tests it.

import PackageDescription

// Which library apps get: that of a release, or in a checkout (no version) the one that `cargo xtask package ios` made
// there. The release job writes these two lines, in the commit that it tags.
let releasedVersion = ""
let releasedChecksum = ""

#if os(Linux)
    // Tests run on Linux with the debug library, which holds the sandbox too. It is searched for in LIBRARY_PATH.
    let native: [LinkerSetting] = [.linkedLibrary("lpakit_debug")]
    let library = Target.target(name: "LPAKitFFI", path: "ios/Generated/LPAKitFFI", linkerSettings: native)
#else
    // Apple platforms: C header and library come as one.
    let native: [LinkerSetting] = []
    let archive = "https://github.com/lpakit/lpakit/releases/download/\(releasedVersion)/LPAKitFFI.xcframework.zip"
    let library =
        releasedVersion.isEmpty
        ? Target.binaryTarget(name: "LPAKitFFI", path: "target/package/ios/LPAKitFFI.xcframework")
        : Target.binaryTarget(name: "LPAKitFFI", url: archive, checksum: releasedChecksum)
#endif

let generated: [SwiftSetting] = [.swiftLanguageMode(.v5)]

#if os(Linux)
    // Apple's frameworks are stood in for, in a package of their own: in this one they would shadow Apple's.
    let standIns: [Package.Dependency] = [.package(path: "ios/StandIns")]
    let coreTelephony: [Target.Dependency] = [.product(name: "CoreTelephony", package: "StandIns")]
    let cryptoTokenKit: [Target.Dependency] = [.product(name: "CryptoTokenKit", package: "StandIns")]
#else
    let standIns: [Package.Dependency] = []
    let coreTelephony: [Target.Dependency] = []
    let cryptoTokenKit: [Target.Dependency] = []
#endif

let package = Package(
    name: "LPAKit",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "LPAKit", targets: ["LPAKit"]),
        .library(name: "LPAKitPhone", targets: ["LPAKitPhone"]),
        .library(name: "LPAKitReaders", targets: ["LPAKitReaders"]),
        .library(name: "LPAKitScreens", targets: ["LPAKitScreens"]),
        .library(name: "LPAKitTesting", targets: ["LPAKitTesting"]),
        .library(name: "LPAKitSandbox", targets: ["LPAKitSandbox"]),
    ],
    dependencies: standIns,
    targets: [
        // What apps write against: the protocol and its values, in Swift alone.
        .target(name: "LPAKitAPI", path: "ios/Sources/LPAKitAPI"),
        // The LPA itself, over the Rust library. It exports LPAKitAPI again.
        .target(
            name: "LPAKit", dependencies: ["LPAKitAPI", "LPAKitBindings", "LPAKitFFI"], path: "ios/Sources/LPAKit",
            resources: [.copy("PrivacyInfo.xcprivacy")]),
        // The iPhone's own LPA and settings, for apps that install on the phone's own eSIM.
        .target(name: "LPAKitPhone", dependencies: ["LPAKit"] + coreTelephony, path: "ios/Sources/LPAKitPhone"),
        // Removable eUICCs in a reader, by CryptoTokenKit.
        .target(name: "LPAKitReaders", dependencies: ["LPAKit"] + cryptoTokenKit, path: "ios/Sources/LPAKitReaders"),
        // What stands behind screens, in plain Swift; it needs no Rust library.
        .target(name: "LPAKitScreens", dependencies: ["LPAKitAPI"], path: "ios/Sources/LPAKitScreens"),
        // A scripted fake for apps' tests; it needs no Rust library.
        .target(name: "LPAKitTesting", dependencies: ["LPAKitAPI"], path: "ios/Sources/LPAKitTesting"),
        // Cards and servers in software, for debug builds.
        .target(
            name: "LPAKitSandbox", dependencies: ["LPAKitAPI", "LPAKitSandboxBindings"],
            path: "ios/Sources/LPAKitSandbox"),

        library,
        .target(name: "LPAKitSandboxFFI", path: "ios/Generated/LPAKitSandboxFFI", linkerSettings: native),
        .target(
            name: "LPAKitBindings", dependencies: ["LPAKitFFI"], path: "ios/Generated/LPAKitBindings",
            swiftSettings: generated),
        .target(
            name: "LPAKitSandboxBindings", dependencies: ["LPAKitSandboxFFI", "LPAKitBindings"],
            path: "ios/Generated/LPAKitSandboxBindings", swiftSettings: generated),

        .testTarget(
            name: "LPAKitTests",
            dependencies: ["LPAKit", "LPAKitPhone", "LPAKitReaders", "LPAKitSandbox", "LPAKitScreens", "LPAKitTesting"]
                + coreTelephony + cryptoTokenKit,
            path: "ios/Tests/LPAKitTests"),
        .testTarget(
            name: "LPAKitTestingTests", dependencies: ["LPAKitTesting"], path: "ios/Tests/LPAKitTestingTests"),
    ],
    swiftLanguageModes: [.v6]
)
