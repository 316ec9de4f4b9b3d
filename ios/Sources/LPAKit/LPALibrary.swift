import Foundation
private import LPAKitFFI

/// The library below, and whether it is the right one.
public enum LPALibrary {
    /// The version of this package; the library's must be the same.
    public static let version = "0.1.0"

    /// Compares the library's version with the package's. Everything that works with the library does so by itself.
    ///
    /// - Throws: `input.library_version`.
    public static func check() throws(LPAError) { try meeting.get() }

    static let meeting: Result<Void, LPAError> = {
        #if os(Linux)
            // A socket whose other side has gone raises a signal here, of which a program dies that is not Rust's own.
            // Apple's sockets are told not to.
            signal(SIGPIPE, SIG_IGN)
        #endif
        return compare(shell: version, library: libraryVersion())
    }()

    static func compare(shell: String, library: String) -> Result<Void, LPAError> {
        if shell == library { return .success(()) }
        return .failure(LPAError(kind: .input, key: "input.library_version"))
    }

    /// Asks the library, past the generated code: that would end the process when it meets a library of another
    /// version.
    static func libraryVersion() -> String {
        var status = RustCallStatus()
        let buffer = uniffi_lpakit_ffi_fn_func_library_version(&status)
        guard status.code == 0, let data = buffer.data else { return "" }
        defer { ffi_lpakit_ffi_rustbuffer_free(buffer, &status) }
        return String(decoding: UnsafeBufferPointer(start: data, count: Int(buffer.len)), as: UTF8.self)
    }
}
