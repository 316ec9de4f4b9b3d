//! `cargo xtask mobile`: lpakit-ffi for phones, built and checked.
//!
//! With Debian's Rust and clang in a tree of its own, where there is no NDK or Xcode. What comes out there is for
//! checking, and stamped `-ci`: releases are built by the NDK and on a Mac (`.github/workflows`).

mod apple;
mod bionic;
mod build;
mod contents;
mod dynamic;
mod elf;
mod host;
mod targets;
mod toolchain;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;

use crate::place::{Place, make_folder};
use crate::prepare::{Part, Prepared};
use crate::table::Stages;

pub(crate) use apple::{check as check_static, check_linked, exported};
pub(crate) use build::Built;
pub(crate) use contents::Contents;
pub(crate) use dynamic::{join, link, strip_linked};
use targets::TARGETS;
pub(crate) use targets::{Apple, OLDEST_IOS, System, Target};
pub(crate) use toolchain::{Toolchain, has_own_tools, prepare};

/// An export that each library has.
const CONTRACT_VERSION: &str = "ffi_lpakit_ffi_uniffi_contract_version";

/// What stands in the symbols and paths of everything that only tests have.
const SANDBOX: [&str; 2] = ["lpakit_sandbox", "tests/sandbox"];

/// Whether a function is part of lpakit's own interface.
pub(crate) fn is_interface(name: &str) -> bool {
    Contents::Lpakit.is_interface(name)
}

/// A trace of the sandbox in a file with symbols.
fn sandbox_in(bytes: &[u8]) -> Option<&'static str> {
    SANDBOX.into_iter().find(|text| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
}

/// Whose phones a release is for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Maker {
    /// Google's; built with the NDK.
    Android,
    /// Apple's; built with Xcode.
    Apple,
}

/// Builds and checks the targets of every change, or all, and prints where they are.
pub(crate) fn run(place: &Place, all: bool) -> Result<()> {
    let mut stages = Stages::default();
    let mut prepared = Prepared::default();
    let done = prepared
        .add(place, &mut stages, Part::Mobile)
        .and_then(|()| targets(place, &mut stages, all));
    told(&stages, done)
}

/// Builds and checks every target of one maker, with its own tools or not at all.
pub(crate) fn release(place: &Place, maker: Maker) -> Result<()> {
    let mut stages = Stages::default();
    let wanted = TARGETS.iter().filter(|target| target.maker() == maker);
    let done = each(place, &mut stages, wanted, Contents::Lpakit, |target| {
        Toolchain::of_maker(target)?
            .context("a release comes from the NDK or from a Mac with Xcode, and here is neither")
    });
    told(&stages, done)
}

fn told(stages: &Stages, done: Result<Vec<Built>>) -> Result<()> {
    print!("\n{}", stages.table());
    for built in done? {
        println!("{}", built.library.display());
    }
    Ok(())
}

/// Builds and checks the targets of every change, or all, each as a stage.
pub(crate) fn targets(place: &Place, stages: &mut Stages, all: bool) -> Result<Vec<Built>> {
    chosen(place, stages, Contents::Lpakit, |target| all || target.always)
}

/// Builds and checks one manufacturer's targets of every change, or all of them.
pub(crate) fn for_apps(
    place: &Place,
    stages: &mut Stages,
    contents: Contents,
    maker: Maker,
    all: bool,
) -> Result<Vec<Built>> {
    let is_wanted = |target: &Target| target.maker() == maker && (all || target.always);
    chosen(place, stages, contents, is_wanted)
}

fn chosen(
    place: &Place,
    stages: &mut Stages,
    contents: Contents,
    is_wanted: impl Fn(&Target) -> bool,
) -> Result<Vec<Built>> {
    let wanted = TARGETS.iter().filter(|target| is_wanted(target));
    each(place, stages, wanted, contents, |target| Toolchain::of(place, target))
}

fn each(
    place: &Place,
    stages: &mut Stages,
    wanted: impl Iterator<Item = &'static Target>,
    contents: Contents,
    toolchain: impl Fn(&Target) -> Result<Toolchain>,
) -> Result<Vec<Built>> {
    let mut done = Vec::new();
    for target in wanted {
        stages.run(target.triple, || {
            let built = one(place, &toolchain(target)?, target, contents)?;
            let facts = built.facts.clone();
            done.push(built);
            Ok(facts)
        })?;
    }
    Ok(done)
}

fn one(
    place: &Place,
    toolchain: &Toolchain,
    target: &'static Target,
    contents: Contents,
) -> Result<Built> {
    let mut built = build::build(place, toolchain, target, contents)?;
    let bytes = read(&built.library)?;
    built.facts = match &target.system {
        System::Android(android) => {
            let bionic = bionic::Bionic::read(bionic::TABLE, android.bionic)?;
            let with_symbols = read(&built.with_symbols)?;
            let facts = elf::check(&bytes, &with_symbols, android, &bionic, contents)?;
            keep_symbols(place, &with_symbols)?;
            match contents {
                Contents::Lpakit => {
                    format!("{facts}{}", host::facts(place, toolchain, target, &built.library)?)
                }
                Contents::WithSandbox => format!("with the sandbox: {facts}"),
            }
        }
        System::Apple(apple) => apple::check(&bytes, apple, contents)?,
    };
    note(place, toolchain, &built)?;
    Ok(built)
}

/// What stands beside a library, so that nobody takes it for a release.
#[derive(Serialize)]
struct Note<'a> {
    version: String,
    target: &'a str,
    built_with: String,
}

fn note(place: &Place, toolchain: &Toolchain, built: &Built) -> Result<()> {
    let note = Note {
        version: toolchain.version(),
        target: built.target.triple,
        built_with: toolchain.to_string(),
    };
    let path = folder(place, built.target.triple)?.join("build.json");
    let text = serde_json::to_string_pretty(&note)?;
    fs::write(&path, text + "\n").with_context(|| format!("cannot write {path:?}"))
}

/// Keeps a library's symbols where debuggers look for them: by what the stripped one calls itself.
fn keep_symbols(place: &Place, with_symbols: &[u8]) -> Result<()> {
    let id = elf::build_id(with_symbols)?;
    let (start, rest) = id.split_at_checked(2).context("the build id is too short")?;
    let folder = place.target.join("mobile-out/.build-id").join(start);
    make_folder(&folder)?;
    let path = folder.join(format!("{rest}.debug"));
    fs::write(&path, with_symbols).with_context(|| format!("cannot write {path:?}"))
}

/// Where a target's finished files are.
fn folder(place: &Place, triple: &str) -> Result<PathBuf> {
    let folder = place.target.join("mobile-out").join(triple);
    make_folder(&folder)?;
    Ok(folder)
}

pub(crate) fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {path:?}"))
}

/// The target with this name.
#[cfg(test)]
pub(crate) fn target(triple: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.triple == triple).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_is_told_from_everything_else() {
        for name in [CONTRACT_VERSION, "uniffi_lpakit_ffi_fn_func_text"] {
            assert!(is_interface(name), "{name}");
        }
        for name in ["uniffi_lpakit_sandbox_ffi_fn_func_stage", "UNIFFI_META_X", "malloc", ""] {
            assert!(!is_interface(name), "{name}");
        }
    }

    #[test]
    fn a_trace_of_the_sandbox_is_found() {
        assert_eq!(sandbox_in(b"_ZN14lpakit_sandbox3new"), Some("lpakit_sandbox"));
        assert_eq!(sandbox_in(b"lpakit_ffi"), None);
    }
}
