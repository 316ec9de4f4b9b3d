import Foundation
private import LPAKitFFI
private import LPAKitSandboxFFI

/// Where the functions of lpakit and of the sandbox were loaded from.
enum RustImage {
    private typealias Function = @convention(c) () -> UInt32

    /// Throws unless lpakit and the sandbox are in one library: two would each have their own cards, clocks and threads.
    ///
    /// That happens when an app is linked with the library of a release and with the one for debug builds.
    static func requireOne() throws { try one.get() }

    private static let one: Result<Void, SandboxError> = {
        let lpakit = file(of: ffi_lpakit_ffi_uniffi_contract_version)
        let sandbox = file(of: ffi_lpakit_sandbox_ffi_uniffi_contract_version)
        if lpakit == sandbox { return .success(()) }
        return .failure(
            SandboxError(
                reason: """
                    this app holds two copies of lpakit's Rust library, \(lpakit ?? "?") and \(sandbox ?? "?"): \
                    remove the one that LPAKIT_SANDBOX=1 did not bring (docs/ios.md)
                    """))
    }()

    /// The path of the program or library that a function is in.
    private static func file(of function: Function) -> String? {
        let address = unsafeBitCast(function, to: UnsafeRawPointer.self)
        #if os(Linux)
            // Swift's Glibc leaves out dladdr, a GNU extension. Its result is four pointers, the file's name first.
            typealias Lookup = @convention(c) (UnsafeRawPointer, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> CInt
            guard let symbol = dlsym(nil, "dladdr") else { return nil }
            var info = [UnsafePointer<CChar>?](repeating: nil, count: 4)
            guard unsafeBitCast(symbol, to: Lookup.self)(address, &info) != 0 else { return nil }
            return info[0].map { String(cString: $0) }
        #else
            var info = Dl_info()
            guard dladdr(address, &info) != 0 else { return nil }
            return info.dli_fname.map { String(cString: $0) }
        #endif
    }
}
