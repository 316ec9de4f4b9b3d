//! `cargo xtask faults`: the fault walk of the crate lpakit-faults, or one scenario of it.

use std::process::Command;

use anyhow::Result;

use crate::place::Place;
use crate::process::{self, cargo};

/// Runs lpakit-faults. It needs nothing but the sources.
pub(crate) fn run(place: &Place, json: bool, rest: &[String]) -> Result<()> {
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--locked", "-p", "lpakit-faults", "--"]);
    if json {
        command.arg("--json");
    }
    command.args(rest).current_dir(&place.root);
    process::stream(
        &mut command,
        "each scenario above is replayed by --replay and its line",
        |_| {},
    )
}
