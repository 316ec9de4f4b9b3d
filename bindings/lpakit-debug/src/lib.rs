//! One library with lpakit and its sandbox. Debug builds of apps load it instead of lpakit's own; a release has none of it.

lpakit_ffi::uniffi_reexport_scaffolding!();
lpakit_sandbox_ffi::uniffi_reexport_scaffolding!();
