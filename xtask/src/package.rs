//! `cargo xtask package`: what apps build with.
//!
//! With Debian's Rust, where there is no NDK or Xcode, the libraries in it are for checking, as everything of
//! `cargo xtask mobile`.

mod android;
mod consumer;
mod crates;
mod ios;
mod natives;
mod privacy;
mod read_back;
mod xcframework;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::place::Place;
use crate::table::Stages;

pub(crate) use consumer::check as check_consumer;
pub(crate) use ios::check as check_ios;
pub(crate) use natives::collect as collect_natives;

/// What is packed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// AARs and jars.
    Android,
    /// An XCFramework.
    Ios,
    /// The crates, each built from its package.
    Crates,
}

/// How it is packed.
pub(crate) struct How {
    /// For emulators and old phones too.
    pub(crate) all: bool,
    /// For iOS: frameworks instead of static libraries.
    pub(crate) dynamic: bool,
    /// For iOS: with the sandbox, for debug builds.
    pub(crate) sandbox: bool,
    /// For Android: the folder of the libraries of other hosts.
    pub(crate) natives: Option<PathBuf>,
}

/// Packs, and prints what came of it.
pub(crate) fn run(place: &Place, what: What, how: How) -> Result<()> {
    let mut stages = Stages::default();
    let done = match what {
        What::Android => android::pack(place, &mut stages, how.all, how.natives.as_deref()),
        What::Ios => ios::pack(place, &mut stages, how).and_then(|packages| told(&packages)),
        What::Crates => crates::pack(place, &mut stages).and_then(|packages| sizes(&packages)),
    };
    print!("\n{}", stages.table());
    println!("\n{}", done?.join("\n"));
    Ok(())
}

/// The size of each package, a line for each.
fn sizes(packages: &[PathBuf]) -> Result<Vec<String>> {
    let line = |package: &PathBuf| {
        let data = fs::metadata(package).with_context(|| format!("{package:?} is not there"))?;
        Ok(format!("{:>10}  {}", data.len(), package.display()))
    };
    packages.iter().map(line).collect()
}

/// The files in packages, a line for each.
fn told(packages: &[PathBuf]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for package in packages {
        lines.push(package.display().to_string());
        let files = contents(package)?;
        lines.extend(files.iter().map(|(name, bytes)| format!("{bytes:>10}  {name}")));
    }
    Ok(lines)
}

/// Every file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let listed = fs::read_dir(folder).with_context(|| format!("cannot list {folder:?}"))?;
    for entry in listed {
        let path = entry.with_context(|| format!("cannot list {folder:?}"))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// The files in a package, and how many octets each has.
fn contents(package: &Path) -> Result<Vec<(String, u64)>> {
    let unreadable = || format!("{package:?} is no zip file");
    let file = fs::File::open(package).with_context(|| format!("cannot read {package:?}"))?;
    let mut zip = zip::ZipArchive::new(file).with_context(unreadable)?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).with_context(unreadable)?;
        if entry.is_file() {
            let name = entry.name().with_context(unreadable)?.into_owned();
            files.push((name, entry.size()));
        }
    }
    Ok(files)
}
