// swift-tools-version: 6.0

// The Swift package of lpakit. ios/Generated is written by `cargo xtask bindings swift` and committed.

import PackageDescription

// The release whose library apps on Apple's systems get. A checkout has no version: there the library is the one that
// `cargo xtask package ios` puts into the target folder. The release job writes these lines, in the commit that it tags.
let releasedVersion = ""
let releasedChecksum = ""
let releasedSandboxChecksum = ""

// LPAKIT_SANDBOX=1 takes the library that holds the sandbox too, for debug builds of apps (docs/ios.md).
let withSandbox = Context.environment["LPAKIT_SANDBOX"] == "1"
// LPAKIT_DEVELOPMENT=1 is for lpakit's own tests on Linux and macOS; `cargo xtask test swift` sets it.
let inDevelopment = Context.environment["LPAKIT_DEVELOPMENT"] == "1"

#if os(Linux)
    let onLinux = true
#else
    let onLinux = false
#endif

// Linux, and lpakit's own tests: a library in LIBRARY_PATH, which holds the sandbox.
let fromLibraryPath = onLinux || inDevelopment
let native: [LinkerSetting] = fromLibraryPath ? [.linkedLibrary("lpakit_debug")] : []

/// The Rust library and its C header, as one.
func library() -> Target {
    if fromLibraryPath {
        return .target(name: "LPAKitFFI", path: "ios/Generated/LPAKitFFI", linkerSettings: native)
    }
    if releasedVersion.isEmpty {
        let folder = withSandbox ? "ios-sandbox" : "ios"
        return .binaryTarget(name: "LPAKitFFI", path: "target/package/\(folder)/LPAKitFFI.xcframework")
    }
    let archive = withSandbox ? "LPAKitFFI-sandbox" : "LPAKitFFI"
    return .binaryTarget(
        name: "LPAKitFFI",
        url: "https://github.com/lpakit/lpakit/releases/download/\(releasedVersion)/\(archive).xcframework.zip",
        checksum: withSandbox ? releasedSandboxChecksum : releasedChecksum)
}

// What keeps the sandbox out of a release: `#error` in the sources, where one of these is set.
let inRelease: [SwiftSetting] =
    withSandbox && !fromLibraryPath ? [.define("LPAKIT_SANDBOX_IN_RELEASE", .when(configuration: .release))] : []
let withoutSandbox: [SwiftSetting] =
    withSandbox || fromLibraryPath ? [] : [.define("LPAKIT_WITHOUT_SANDBOX")]

let generated: [SwiftSetting] = [.swiftLanguageMode(.v5)]

var products: [Product] = [
    .library(name: "LPAKit", targets: ["LPAKit"]),
    .library(name: "LPAKitScreens", targets: ["LPAKitScreens"]),
    .library(name: "LPAKitTesting", targets: ["LPAKitTesting"]),
    .library(name: "LPAKitSandbox", targets: ["LPAKitSandbox"]),
]

var targets: [Target] = [
    // What apps write against: the protocol and its values, in Swift alone.
    .target(name: "LPAKitAPI", path: "ios/Sources/LPAKitAPI"),
    // The LPA itself, over the Rust library. It exports LPAKitAPI again.
    .target(
        name: "LPAKit", dependencies: ["LPAKitAPI", "LPAKitBindings", "LPAKitFFI"], path: "ios/Sources/LPAKit",
        resources: [.copy("PrivacyInfo.xcprivacy")], swiftSettings: inRelease),
    // What stands behind screens, in plain Swift; it needs no Rust library.
    .target(name: "LPAKitScreens", dependencies: ["LPAKitAPI"], path: "ios/Sources/LPAKitScreens"),
    // A scripted fake for apps' tests; it needs no Rust library.
    .target(name: "LPAKitTesting", dependencies: ["LPAKitAPI"], path: "ios/Sources/LPAKitTesting"),
    // Cards and servers in software, for debug builds.
    .target(
        name: "LPAKitSandbox", dependencies: ["LPAKitAPI", "LPAKitSandboxBindings", "LPAKitFFI", "LPAKitSandboxFFI"],
        path: "ios/Sources/LPAKitSandbox", swiftSettings: inRelease + withoutSandbox),

    library(),
    // A header alone: its functions are in the library above, so that an app has one image of lpakit.
    .target(
        name: "LPAKitSandboxFFI", dependencies: ["LPAKitFFI"], path: "ios/Generated/LPAKitSandboxFFI",
        linkerSettings: native),
    .target(
        name: "LPAKitBindings", dependencies: ["LPAKitFFI"], path: "ios/Generated/LPAKitBindings",
        swiftSettings: generated),
    .target(
        name: "LPAKitSandboxBindings", dependencies: ["LPAKitSandboxFFI", "LPAKitBindings"],
        path: "ios/Generated/LPAKitSandboxBindings", swiftSettings: generated),

    .testTarget(name: "LPAKitTestingTests", dependencies: ["LPAKitTesting"], path: "ios/Tests/LPAKitTestingTests"),
]

// Where Apple's frameworks are, or stand-ins for them.
if !onLinux || inDevelopment {
    var coreTelephony: [Target.Dependency] = []
    var cryptoTokenKit: [Target.Dependency] = []
    if onLinux {
        coreTelephony = ["CoreTelephony"]
        cryptoTokenKit = ["CryptoTokenKit"]
        targets += [
            .target(name: "CoreTelephony", path: "ios/StandIns/CoreTelephony"),
            .target(name: "CryptoTokenKit", path: "ios/StandIns/CryptoTokenKit"),
        ]
    }
    products += [
        .library(name: "LPAKitPhone", targets: ["LPAKitPhone"]),
        .library(name: "LPAKitReaders", targets: ["LPAKitReaders"]),
    ]
    targets += [
        // The iPhone's own LPA and settings, for apps that install on the phone's own eSIM.
        .target(name: "LPAKitPhone", dependencies: ["LPAKit"] + coreTelephony, path: "ios/Sources/LPAKitPhone"),
        // Removable eUICCs in a reader, by CryptoTokenKit.
        .target(name: "LPAKitReaders", dependencies: ["LPAKit"] + cryptoTokenKit, path: "ios/Sources/LPAKitReaders"),
    ]
    if inDevelopment {
        targets.append(
            .testTarget(
                name: "LPAKitTests",
                dependencies: [
                    "LPAKit", "LPAKitPhone", "LPAKitReaders", "LPAKitSandbox", "LPAKitScreens", "LPAKitTesting",
                ] + coreTelephony + cryptoTokenKit,
                path: "ios/Tests/LPAKitTests"))
    }
}

let package = Package(
    name: "LPAKit",
    // macOS is for lpakit's own tests alone: no release has a library for it.
    platforms: [.iOS(.v16)] + (inDevelopment ? [.macOS(.v13)] : []),
    products: products,
    targets: targets,
    swiftLanguageModes: [.v6]
)
