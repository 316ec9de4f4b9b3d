//! `cargo xtask bench`: the measurements of the crate lpakit-bench, with lpac at hand.

use std::process::Command;

use anyhow::Result;

use crate::place::Place;
use crate::prepare::{Part, Prepared};
use crate::process::{self, cargo};
use crate::table::Stages;

/// Prepares lpac and runs lpakit-bench in release mode.
pub(crate) fn run(place: &Place, json: bool, rest: &[String]) -> Result<()> {
    let mut prepared = Prepared::default();
    prepared.add(place, &mut Stages::default(), Part::Lpac)?;
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--release", "--locked", "-p", "lpakit-bench", "--"]);
    if json {
        command.arg("--json");
    }
    command.args(rest).current_dir(&place.root);
    command.envs(prepared.variables());
    process::stream(&mut command, "see what it says above", |_| {})
}
