//! The Python environment of the independent checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::place::{Place, Stamp, remove_folder};
use crate::process::output;

/// The Python that the checks run with, and where it came from.
pub(crate) struct Python {
    pub(crate) path: PathBuf,
    pub(crate) origin: String,
}

/// Makes sure that `.cache/venv` holds what tests/interop/python/requirements.txt pins.
pub(crate) fn prepare(place: &Place) -> Result<Python> {
    let file = place.checks().join("requirements.txt");
    let pins = fs::read_to_string(&file).with_context(|| format!("cannot read {file:?}"))?;
    let venv = place.cache.join("venv");
    let python = venv.join("bin/python");
    let base = "install Python 3.11 or newer with its venv module (Debian: python3-venv)";
    let version = output(Command::new("python3").arg("--version"), base)?.trim().to_owned();
    // A venv holds absolute paths: moving the workspace makes a new one.
    let recipe = format!("{version}\n{}\n{pins}", venv.display());
    let count = packages(&pins);
    let stamp = Stamp::new(&venv, &recipe);
    if stamp.holds() {
        let origin = format!("{version}, {count} pinned packages (kept)");
        return Ok(Python { path: python, origin });
    }
    eprintln!("installing {count} pinned Python packages");
    remove_folder(&venv)?;
    output(Command::new("python3").args(["-m", "venv"]).arg(&venv), base)?;
    install(&python, &file)?;
    stamp.set()?;
    Ok(Python { path: python, origin: format!("{version}, {count} pinned packages (fetched)") })
}

fn install(python: &Path, pins: &Path) -> Result<()> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install"]);
    command.args(["--only-binary", ":all:", "--requirement"]).arg(pins);
    output(&mut command, "pip cannot install the pinned packages; see what it says below")?;
    let check = "the pinned packages do not fit together; mend requirements.txt";
    output(Command::new(python).args(["-m", "pip", "check"]), check).map(drop)
}

fn packages(pins: &str) -> usize {
    pins.lines().filter(|line| line.contains("==")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_counted_without_comments() {
        assert_eq!(packages("# why\na==1\n\nb==2 # x\n"), 2);
    }
}
