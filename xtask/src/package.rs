//! `cargo xtask package`: what apps build with.
//!
//! With Debian's Rust, where there is no NDK or Xcode, the libraries in it are for checking, as everything of
//! `cargo xtask mobile`.

mod android;
mod crates;
mod ios;
mod privacy;
mod read_back;
mod xcframework;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::place::Place;
use crate::table::Stages;

pub(crate) use ios::check as check_ios;

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
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// For emulators and old phones too.
    pub(crate) all: bool,
    /// For iOS: frameworks instead of static libraries.
    pub(crate) dynamic: bool,
}

/// Packs, and prints what is in the packages.
pub(crate) fn run(place: &Place, what: What, how: How) -> Result<()> {
    let mut stages = Stages::default();
    let done = match what {
        What::Android => android::pack(place, &mut stages, how.all),
        What::Ios => ios::pack(place, &mut stages, how.dynamic),
        What::Crates => crates::pack(place, &mut stages),
    };
    print!("\n{}", stages.table());
    if what == What::Crates {
        for package in done? {
            let octets =
                fs::metadata(&package).with_context(|| format!("{package:?} is not there"))?.len();
            println!("{octets:>10}  {}", package.display());
        }
        return Ok(());
    }
    for package in done? {
        println!("\n{}", package.display());
        contents(&package)?.iter().for_each(|(name, octets)| println!("{octets:>10}  {name}"));
    }
    Ok(())
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
