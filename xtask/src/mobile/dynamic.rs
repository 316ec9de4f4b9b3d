//! From static libraries for Apple's systems to the dynamic one of a framework.
//!
//! An app can have several of these, while two static libraries of Rust define `rust_eh_personality` twice.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::build::kit;
use super::targets::{Apple, Target};
use super::{Contents, Toolchain};
use crate::place::{Place, make_folder};
use crate::process::output;

/// How apps' loaders find it.
pub(super) const INSTALL_NAME: &str = "@rpath/LPAKitFFI.framework/LPAKitFFI";

/// Links a static library into a dynamic one that exports the interface alone.
pub(crate) fn link(
    place: &Place,
    toolchain: &Toolchain,
    (target, apple, contents): (&Target, &Apple, Contents),
    library: &Path,
    to: &Path,
) -> Result<()> {
    let exports = kit(place).join("exported.txt");
    make_folder(&kit(place))?;
    let patterns = contents.interfaces().iter().map(|start| format!("_{start}*\n"));
    let patterns: String = patterns.collect();
    fs::write(&exports, patterns).with_context(|| format!("cannot write {exports:?}"))?;
    let mut command = clang(place, toolchain, apple)?;
    command.arg(format!("--target={}", target.clang));
    // App extensions may load it: the linker notes in its header that nothing forbidden to them is used.
    command.args(["-dynamiclib", "-Wl,-dead_strip", "-Wl,-application_extension"]);
    command.arg(format!("-Wl,-exported_symbols_list,{}", exports.display()));
    command.arg(format!("-Wl,-force_load,{}", library.display()));
    command.arg(format!("-Wl,-install_name,{INSTALL_NAME}"));
    command.arg("-o").arg(to);
    output(&mut command, "the dynamic library cannot be linked").map(drop)
}

fn clang(place: &Place, toolchain: &Toolchain, apple: &Apple) -> Result<Command> {
    if let Toolchain::Xcode = toolchain {
        let mut command = Command::new("xcrun");
        command.args(["--sdk", &apple.sdk.to_lowercase(), "clang"]);
        return Ok(command);
    }
    let mut command = toolchain.program(place, "clang")?;
    // There is no SDK to look up Apple's own symbols in.
    command.args(["-fuse-ld=lld", "-nostdlib", "-Wl,-undefined,dynamic_lookup"]);
    Ok(command)
}

/// Puts the libraries of several processors into one file.
pub(crate) fn join(place: &Place, toolchain: &Toolchain, from: &[&Path], to: &Path) -> Result<()> {
    let mut command = toolchain.program(place, "llvm-lipo")?;
    command.args(["-create", "-output"]).arg(to).args(from);
    output(&mut command, "the libraries cannot be joined").map(drop)
}

/// Takes the symbols that are not exported out of a dynamic library, and keeps them beside it for reading crashes.
pub(crate) fn strip_linked(
    place: &Place,
    toolchain: &Toolchain,
    file: &Path,
    symbols: &Path,
) -> Result<()> {
    let mut command = toolchain.program(place, "dsymutil")?;
    command.arg("-o").arg(symbols).arg(file);
    output(&mut command, "the symbols cannot be kept")?;
    let mut command = toolchain.program(place, "llvm-strip")?;
    command.arg("-x").arg(file);
    output(&mut command, "the symbols cannot be taken away").map(drop)
}
