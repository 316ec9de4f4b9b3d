//! lpakit for Kotlin and Swift.

uniffi::setup_scaffolding!();

/// The version of the library; a shell of another version refuses to work with it.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
