//! The Android library of this machine's processor, loaded here: it works as far as a machine that is no phone can say.
//!
//! glibc stands in for bionic; a small library leads what bionic calls otherwise to it.

use std::path::Path;

use anyhow::{Result, bail};

use super::targets::Target;
use super::toolchain::Toolchain;
use crate::mirror::{Files, mirror};
use crate::place::Place;
use crate::process::output;

/// The target that runs on the machines this is tried on.
const TRIPLE: &str = "x86_64-linux-android";

const BIONIC: &str = include_str!("host/bionic.c");
const LOAD: &str = include_str!("host/load.c");
const RUN: &str = include_str!("host/run.sh");

/// What the program says when all is well.
const WELL: &str = "contract, call and panic as they should be";

/// Whether this target's library can be loaded on this machine, as it was built.
pub(crate) fn can_load(toolchain: &Toolchain, target: &Target) -> bool {
    matches!(toolchain, Toolchain::Tree { .. })
        && target.triple == TRIPLE
        && std::env::consts::ARCH == "x86_64"
}

/// What loading it here has shown, to be put behind other facts; nothing for targets that no machine loads.
pub(crate) fn facts(
    place: &Place,
    toolchain: &Toolchain,
    target: &Target,
    library: &Path,
) -> Result<String> {
    if target.triple != TRIPLE {
        return Ok(String::new());
    }
    match can_load(toolchain, target) {
        true => load(place, toolchain, library).map(|said| format!("; {said}")),
        false => {
            Ok("; NOT loaded here: that needs an x86_64 and a library from the tree".to_owned())
        }
    }
}

/// Loads it: the contract version, a call, and a panic that must come out as an error.
fn load(place: &Place, toolchain: &Toolchain, library: &Path) -> Result<String> {
    let folder = place.target.join("mobile-kit/host");
    let mut files = Files::new();
    files.add("bionic.c", BIONIC);
    files.add("load.c", LOAD);
    files.add("run.sh", RUN);
    mirror(&files, &folder)?;
    let mut command = toolchain.program(place, "sh")?;
    command.arg(folder.join("run.sh")).arg(&folder).arg(library).arg(env!("CARGO_PKG_VERSION"));
    let said = output(&mut command, "the library does not work on this machine")?;
    match said.lines().find(|line| *line == WELL) {
        Some(_) => Ok(format!("loaded here: {WELL}")),
        None => bail!("the library was loaded, and said nothing of how it went: {said}"),
    }
}
