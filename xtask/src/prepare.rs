//! `cargo xtask prepare`: everything that tests need from outside.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::place::Place;
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
