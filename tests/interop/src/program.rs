//! The outside programs besides lpac: openssl, curl, qrencode, zbarimg.

use std::env;
use std::process::Command;

use crate::error::InteropError;

/// Names openssl.
pub const OPENSSL: &str = "LPAKIT_OPENSSL";
/// Names curl.
pub const CURL: &str = "LPAKIT_CURL";
/// Names qrencode.
pub const QRENCODE: &str = "LPAKIT_QRENCODE";
/// Names zbarimg.
pub const ZBARIMG: &str = "LPAKIT_ZBARIMG";

/// A command of the program that this variable names.
///
/// # Errors
/// [`InteropError::NoProgram`] when it names none.
pub fn command(variable: &'static str) -> Result<Command, InteropError> {
    let path = env::var_os(variable).filter(|path| !path.is_empty());
    Ok(Command::new(path.ok_or(InteropError::NoProgram(variable))?))
}
