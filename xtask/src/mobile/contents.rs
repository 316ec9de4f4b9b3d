//! The two variants of the mobile library: lpakit alone for releases, and lpakit with the sandbox for debug builds.

use super::targets::{System, Target};
use crate::bindings;

/// Prefixes of UniFFI's function names: lpakit's, then the sandbox's.
const INTERFACES: [&str; 4] = [
    "uniffi_lpakit_ffi_",
    "ffi_lpakit_ffi_",
    "uniffi_lpakit_sandbox_ffi_",
    "ffi_lpakit_sandbox_ffi_",
];

/// One exported function of each crate: lpakit's, then the sandbox's.
const CONTRACT_VERSIONS: [&str; 2] =
    [super::CONTRACT_VERSION, "ffi_lpakit_sandbox_ffi_uniffi_contract_version"];

/// The end of the names that UniFFI gives to a crate whose functions another library exports.
const REEXPORT: &str = "_uniffi_reexport_hack";

/// The contents of a mobile library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// lpakit alone.
    Lpakit,
    /// lpakit and the sandbox.
    WithSandbox,
}

impl Contents {
    /// The cargo package to build.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Lpakit => "lpakit-ffi",
            Self::WithSandbox => "lpakit-debug",
        }
    }

    /// The file name of the library.
    pub(super) fn file(self, target: &Target) -> String {
        let extension = match target.system {
            System::Android(_) => "so",
            System::Apple(_) => "a",
        };
        format!("lib{}.{extension}", self.package().replace('-', "_"))
    }

    /// Prefixes of the functions that the library exports.
    pub(super) fn interfaces(self) -> &'static [&'static str] {
        match self {
            Self::Lpakit => &INTERFACES[..2],
            Self::WithSandbox => &INTERFACES,
        }
    }

    /// Functions that the library must export.
    pub(super) fn contract_versions(self) -> &'static [&'static str] {
        match self {
            Self::Lpakit => &CONTRACT_VERSIONS[..1],
            Self::WithSandbox => &CONTRACT_VERSIONS,
        }
    }

    /// Returns `true` if a function belongs to the interface that the library exports.
    pub(crate) fn is_interface(self, name: &str) -> bool {
        self.interfaces().iter().any(|start| name.starts_with(start))
    }

    /// Returns `true` for a symbol that an Android library may export: its interface, and with the sandbox also what
    /// describes it to generators, which a library for debug builds keeps.
    pub(super) fn may_export(self, name: &str) -> bool {
        let kept = name.starts_with(bindings::DESCRIPTION) || name.ends_with(REEXPORT);
        self.is_interface(name) || (self == Self::WithSandbox && kept)
    }

    /// Returns a fault if a library that must not hold the sandbox does.
    pub(super) fn sandbox_fault(self, bytes: &[u8]) -> Option<String> {
        let found = super::sandbox_in(bytes).filter(|_| self == Self::Lpakit)?;
        Some(format!("it has a part of the sandbox: {found}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mobile::target;

    #[test]
    fn only_the_library_for_debug_builds_may_hold_the_sandbox() {
        let sandbox = "uniffi_lpakit_sandbox_ffi_fn_func_open_cards";
        assert!(!Contents::Lpakit.is_interface(sandbox));
        assert!(Contents::WithSandbox.is_interface(sandbox));
        assert!(Contents::WithSandbox.is_interface("uniffi_lpakit_ffi_fn_func_text"));
        let fault = Contents::Lpakit.sandbox_fault(b"_ZN14lpakit_sandbox3new").unwrap();
        assert!(fault.contains("lpakit_sandbox"), "{fault}");
        assert_eq!(Contents::WithSandbox.sandbox_fault(b"_ZN14lpakit_sandbox3new"), None);
    }

    #[test]
    fn each_library_has_its_own_file() {
        let phone = target("aarch64-apple-ios");
        assert_eq!(Contents::Lpakit.file(phone), "liblpakit_ffi.a");
        assert_eq!(Contents::WithSandbox.file(phone), "liblpakit_debug.a");
    }
}
