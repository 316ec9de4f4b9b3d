// swift-tools-version: 6.0

// Stand-ins for two of Apple's frameworks, so that the shell compiles and is tested on Linux. Only lpakit's own manifest
// asks for them, and only there: an app never sees a module of these names but Apple's.

import PackageDescription

let package = Package(
    name: "StandIns",
    products: [
        .library(name: "CoreTelephony", targets: ["CoreTelephony"]),
        .library(name: "CryptoTokenKit", targets: ["CryptoTokenKit"]),
    ],
    targets: [
        .target(name: "CoreTelephony", path: "CoreTelephony"),
        .target(name: "CryptoTokenKit", path: "CryptoTokenKit"),
    ],
    swiftLanguageModes: [.v6]
)
