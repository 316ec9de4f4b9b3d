//! `cargo xtask prepare`: everything that tests need from outside.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;

use crate::place::Place;
use crate::process::plain_reason;
use crate::table::Stages;
use crate::{languages, mobile, pcsc, python, swift, tools};

/// What can be prepared by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Debian's lpac.
    Lpac,
    /// The Python environment of the independent checks.
    Python,
    /// qrencode, zbarimg, openssl and curl.
    Tools,
    /// pcscd with vsmartcard's virtual reader.
    Pcsc,
    /// Maven and a JDK, which are looked for and not fetched.
    Maven,
    /// aapt2, which makes the tables of resources in Android's packages.
    Aapt2,
    /// Swift, in a Debian tree where the machine has none.
    Swift,
    /// Rust and clang for phones, in a Debian tree where the machine has no NDK and Xcode.
    Mobile,
}

impl Part {
    /// What the Rust tests and the independent checks need.
    pub(crate) const FOR_RUST: &[Self] = &[Self::Lpac, Self::Python, Self::Tools, Self::Pcsc];

    /// What is needed below `android/`.
    pub(crate) const FOR_KOTLIN: &[Self] = &[Self::Maven, Self::Aapt2];

    /// What to do when the part cannot be prepared, in one line.
    fn advice(self) -> &'static str {
        match self {
            Self::Lpac => {
                "remove .cache/debian-lpac and run the command again, or put lpac 2.3 on PATH"
            }
            Self::Python => {
                "remove .cache/venv and run the command again; Python 3.11 or newer is needed, with its venv module \
                 (Debian: apt-get install python3-venv)"
            }
            Self::Tools => {
                "remove .cache/debian-tools and run the command again, or install the programs (Debian: apt-get install \
                 qrencode zbar-tools openssl curl)"
            }
            Self::Pcsc => {
                "remove .cache/debian-pcsc and run the command again, or install pcscd and its virtual reader (Debian: \
                 apt-get install pcscd vsmartcard-vpcd)"
            }
            Self::Maven => languages::INSTALL_MAVEN,
            Self::Aapt2 => {
                "remove .cache/debian-aapt and run the command again, or put an Android SDK's aapt2 on PATH (Debian: \
                 apt-get install aapt)"
            }
            Self::Swift => {
                "remove .cache/swift-tree and run the command again as root, or put Swift 6.0 or newer on PATH (swift.org; \
                 Debian trixie: apt-get install swiftlang)"
            }
            Self::Mobile => {
                "remove .cache/mobile-tree and run the command again as root on a Debian, or install what builds for \
                 phones (the NDK, Xcode)"
            }
        }
    }

    /// The error with what to do as its last line.
    fn advise(self, error: &anyhow::Error) -> anyhow::Error {
        let text = format!("{error:#}");
        let advice = plain_reason(&text).unwrap_or_else(|| self.advice());
        anyhow!("{text}\nWhat to do: {advice}.")
    }
}

/// The environment variables that tests and checks read.
#[derive(Default)]
pub(crate) struct Prepared {
    variables: Vec<(&'static str, PathBuf)>,
}

impl Prepared {
    /// The variable that names the Python of the checks.
    pub(crate) const PYTHON: &'static str = "LPAKIT_PYTHON";

    /// The variable that names the Swift that was prepared.
    pub(crate) const SWIFT: &'static str = "LPAKIT_SWIFT";

    /// The value of a variable that one of the parts has set.
    pub(crate) fn variable(&self, name: &str) -> Result<&PathBuf> {
        let found = self.variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, path)| path).with_context(|| format!("nothing was prepared for {name}"))
    }

    /// The variables and their values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        self.variables.iter().map(|(name, path)| (*name, path))
    }

    /// Makes sure that `part` is there, as a stage of its own.
    pub(crate) fn add(&mut self, place: &Place, stages: &mut Stages, part: Part) -> Result<()> {
        let _lock = place.lock()?;
        self.add_stage(place, stages, part).map_err(|error| part.advise(&error))
    }

    fn add_stage(&mut self, place: &Place, stages: &mut Stages, part: Part) -> Result<()> {
        let variables = &mut self.variables;
        match part {
            Part::Lpac => stages.run("prepare lpac", || {
                let tool = tools::lpac(place)?;
                variables.push((tool.variable, tool.path));
                Ok(tool.origin)
            }),
            Part::Python => stages.run("prepare python", || {
                let python = python::prepare(place)?;
                variables.push((Self::PYTHON, python.path));
                Ok(python.origin)
            }),
            Part::Tools => stages.run("prepare tools", || {
                let found = tools::others(place)?;
                let origins: Vec<String> = found.iter().map(|tool| tool.origin.clone()).collect();
                variables.extend(found.into_iter().map(|tool| (tool.variable, tool.path)));
                Ok(origins.join(", "))
            }),
            Part::Maven => stages.run("prepare maven", languages::maven),
            Part::Aapt2 => stages.run("prepare aapt2", || {
                let tool = tools::aapt2(place)?;
                variables.push((tool.variable, tool.path));
                Ok(tool.origin)
            }),
            Part::Swift => stages.run("prepare swift", || {
                let found = swift::prepare(place)?;
                variables.push((Self::SWIFT, found.path));
                Ok(found.origin)
            }),
            Part::Mobile => stages.run("prepare mobile", || mobile::prepare(place)),
            Part::Pcsc => stages.run("prepare pcsc", || {
                let found = pcsc::prepare(place)?;
                variables.extend(found.variables);
                Ok(found.origin)
            }),
        }
    }

    /// Makes sure that all these parts are there.
    pub(crate) fn add_all(
        &mut self,
        place: &Place,
        stages: &mut Stages,
        parts: &[Part],
    ) -> Result<()> {
        parts.iter().try_for_each(|part| self.add(place, stages, *part))
    }
}

/// Prepares one part or all, and prints the variables to set for running tests by hand.
pub(crate) fn run(place: &Place, part: Option<Part>) -> Result<()> {
    let mut stages = Stages::default();
    let mut prepared = Prepared::default();
    let done = match part {
        Some(part) => prepared.add(place, &mut stages, part),
        None => prepared.add_all(place, &mut stages, Part::value_variants()),
    };
    print!("\n{}", stages.table());
    done?;
    println!();
    for (name, path) in prepared.variables() {
        println!("export {name}={}", path.display());
        if name == pcsc::LIBRARY_FOLDER {
            println!("export LD_LIBRARY_PATH=${name}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_says_in_one_line_what_to_do() {
        for part in Part::value_variants() {
            let told = part.advise(&anyhow!("`apt-get` failed").context("stage \"x\"")).to_string();
            let lines: Vec<&str> = told.lines().collect();
            assert_eq!(lines.len(), 2, "{told}");
            assert_eq!(lines[0], "stage \"x\": `apt-get` failed");
            assert!(lines[1].starts_with("What to do: "), "{told}");
            assert!(!lines[1].contains("  "), "{told}");
        }
    }

    #[test]
    fn a_known_reason_comes_before_the_parts_own_advice() {
        let told = Part::Lpac.advise(&anyhow!("E: Could not resolve 'mirror.test'")).to_string();
        assert!(told.ends_with("cannot be reached: try again later."), "{told}");
        let told = Part::Swift.advise(&anyhow!("No space left on device")).to_string();
        assert!(told.contains("the disk is full: free some space"), "{told}");
    }
}
