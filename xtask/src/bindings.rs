//! `cargo xtask bindings`: UniFFI's Kotlin and Swift, generated from the built library.
//!
//! The library `lpakit_debug` holds both crates, so both are read from it, each with its own
//! `uniffi.toml`. Only files whose content changed are written, so that Maven and Swift
//! compile nothing in vain.
//!
//! Kotlin's are made anew for each build. Swift's are committed, because SwiftPM takes a package straight from its
//! repository: only `cargo xtask bindings swift` writes them, and everything else refuses to work with stale ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use object::{Object, ObjectSymbol};

use crate::mirror::{Files, differences, mirror};
use crate::place::{Place, make_folder, remove_folder};
use crate::process::{cargo, output};

/// A language that bindings are generated for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Two source roots in `<target>/bindings/kotlin`.
    Kotlin,
    /// Two modules, with the C modules below them, in `ios/Generated`, where they are committed.
    Swift,
}

/// A crate with exports, and what `uniffi.toml` names its modules.
struct Exports {
    package: &'static str,
    krate: &'static str,
    swift: &'static str,
    c: &'static str,
}

const EXPORTS: [Exports; 2] = [
    Exports { package: "lpakit-ffi", krate: "lpakit_ffi", swift: "LPAKitBindings", c: "LPAKitFFI" },
    Exports {
        package: "lpakit-sandbox-ffi",
        krate: "lpakit_sandbox_ffi",
        swift: "LPAKitSandboxBindings",
        c: "LPAKitSandboxFFI",
    },
];

/// The libraries that foreign code loads: lpakit's own, and the one that has the sandbox too.
const LIBRARIES: [&str; 2] = ["lpakit_ffi", "lpakit_debug"];

/// Their packages, always built together: each alone would have other features, and be built anew.
const LIBRARY_PACKAGES: [&str; 2] = ["lpakit-ffi", "lpakit-debug"];

/// How the names of UniFFI's descriptions begin.
pub(crate) const DESCRIPTION: &str = "UNIFFI_META_";

/// SwiftPM takes a folder for a C module only if it has a source.
const EMPTY_SOURCE: &str =
    "// Written by cargo xtask: the module is all header, its code is in the Rust library.\n";

/// Where the parts are put.
pub(crate) struct Output {
    folder: PathBuf,
    swift: PathBuf,
}

impl Output {
    /// The places that belong to this workspace.
    pub(crate) fn of(place: &Place) -> Self {
        Self { folder: place.target.join("bindings"), swift: place.root.join("ios/Generated") }
    }

    /// The folder of everything but Swift.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the native libraries.
    pub(crate) fn libraries(&self) -> PathBuf {
        self.folder.join("lib")
    }

    fn kotlin(&self) -> PathBuf {
        self.folder.join("kotlin")
    }
}

/// Generates one language or both, and prints where things are.
pub(crate) fn run(place: &Place, language: Option<Language>) -> Result<()> {
    let all = Language::value_variants();
    let wanted = all.iter().filter(|one| language.is_none_or(|language| language == **one));
    generate(place, &wanted.copied().collect::<Vec<_>>())?;
    let out = Output::of(place);
    println!("libraries  {}", out.libraries().display());
    for exports in &EXPORTS {
        println!("kotlin     {}", out.kotlin().join(exports.package).display());
    }
    println!("swift      {}", out.swift.display());
    Ok(())
}

/// The names of what describes lpakit-ffi's interface to generators, and is dead weight on phones.
pub(crate) fn descriptions(place: &Place) -> Result<Vec<String>> {
    build(place, &LIBRARY_PACKAGES)?;
    let path = place.target.join("debug").join(file_of("lpakit_ffi"));
    let bytes = fs::read(&path).with_context(|| format!("cannot read {path:?}"))?;
    let file = object::File::parse(&*bytes).with_context(|| format!("cannot read {path:?}"))?;
    // One of the two tables has them, as systems go.
    let symbols = file.dynamic_symbols().chain(file.symbols());
    let names = symbols.filter_map(|symbol| Some(symbol.name().ok()?.to_owned()));
    // C's names begin with an underscore on some systems.
    let names = names.map(|name| name.trim_start_matches('_').to_owned());
    let names: BTreeSet<String> = names.filter(|name| name.starts_with(DESCRIPTION)).collect();
    if names.is_empty() {
        bail!("{path:?} does not describe its interface");
    }
    Ok(names.into_iter().collect())
}

/// Builds the libraries and generates these languages; gives one line of facts.
pub(crate) fn generate(place: &Place, languages: &[Language]) -> Result<String> {
    let out = Output::of(place);
    let mut changed = libraries(place, &out)?;
    for language in languages {
        changed += match language {
            Language::Kotlin => kotlin(place, &out),
            Language::Swift => mirror(&swift(place, &out)?, &out.swift),
        }?;
    }
    Ok(format!("{} crates, {changed} files changed", EXPORTS.len()))
}

/// Builds the libraries and compares the Swift generated from them with the committed files.
///
/// # Errors
/// Names the stale files and the command that renews them.
pub(crate) fn check_swift(place: &Place) -> Result<String> {
    let out = Output::of(place);
    libraries(place, &out)?;
    let stale = differences(&swift(place, &out)?, &out.swift)?;
    if !stale.is_empty() {
        bail!("{}", stale_message(&stale));
    }
    Ok(format!("{} crates, as committed", EXPORTS.len()))
}

fn stale_message(stale: &[PathBuf]) -> String {
    let names: Vec<String> = stale.iter().map(|name| format!("\n- {}", name.display())).collect();
    format!(
        "ios/Generated is stale: run `cargo xtask bindings swift` and commit what it changes. \
         These files differ from what the Rust interface gives:{}",
        names.concat()
    )
}

/// Builds the libraries and copies them to `<target>/bindings/lib`; returns how many changed.
fn libraries(place: &Place, out: &Output) -> Result<usize> {
    // Apart from each other: the generator's features stay out of the libraries.
    build(place, &["lpakit-bindgen"])?;
    build(place, &LIBRARY_PACKAGES)?;
    let built = place.target.join("debug");
    let mut libraries = Files::new();
    for name in LIBRARIES {
        let file = file_of(name);
        libraries.read(&built.join(&file), &file)?;
    }
    mirror(&libraries, &out.libraries())
}

fn kotlin(place: &Place, out: &Output) -> Result<usize> {
    let mut changed = 0;
    for exports in &EXPORTS {
        let work = bindgen(place, out, "kotlin", exports.krate)?;
        let mut files = Files::new();
        files.read_all(&work)?;
        remove_folder(&work)?;
        changed += mirror(&files, &out.kotlin().join(exports.package))?;
    }
    Ok(changed)
}

/// Generates the Swift and C files, named by their paths in `ios/Generated`.
fn swift(place: &Place, out: &Output) -> Result<Files> {
    let mut files = Files::new();
    for exports in &EXPORTS {
        let work = bindgen(place, out, "swift", exports.krate)?;
        let (swift, c) = (exports.swift, exports.c);
        files.read(&work.join(format!("{swift}.swift")), &format!("{swift}/{swift}.swift"))?;
        files.read(&work.join(format!("{c}.h")), &format!("{c}/include/{c}.h"))?;
        files
            .read(&work.join(format!("{c}.modulemap")), &format!("{c}/include/module.modulemap"))?;
        files.add(&format!("{c}/empty.c"), EMPTY_SOURCE);
        remove_folder(&work)?;
    }
    Ok(files)
}

/// Runs UniFFI's generator for one crate and returns its output folder.
fn bindgen(place: &Place, out: &Output, language: &str, krate: &str) -> Result<PathBuf> {
    let work = out.folder.join("work");
    remove_folder(&work)?;
    make_folder(&work)?;
    let config = out.folder.join("crates.toml");
    fs::write(&config, crate_roots(place)).with_context(|| format!("cannot write {config:?}"))?;
    let mut command = Command::new(place.target.join("debug/uniffi-bindgen"));
    command.args(["generate", "--no-format", "--language", language, "--crate", krate]);
    command.arg("--config").arg(config);
    command.arg("--out-dir").arg(&work).arg(out.libraries().join(file_of("lpakit_debug")));
    output(&mut command, "see what UniFFI says below")?;
    Ok(work)
}

/// UniFFI's list of where each crate, and so its `uniffi.toml`, is.
fn crate_roots(place: &Place) -> String {
    let mut text = "[crate-roots]\n".to_owned();
    for exports in &EXPORTS {
        let root = place.root.join("bindings").join(exports.package);
        text.push_str(&format!("{} = {:?}\n", exports.krate, root.display().to_string()));
    }
    text
}

fn build(place: &Place, packages: &[&str]) -> Result<()> {
    let mut command = Command::new(cargo());
    command.args(["build", "--quiet", "--locked"]).current_dir(&place.root);
    command.args(packages.iter().flat_map(|package| ["--package", package]));
    // Its progress and warnings go to the person.
    let done = command.status().context("cargo did not start")?;
    if !done.success() {
        bail!("{} cannot be built: see above", packages.join(", "));
    }
    Ok(())
}

/// The file name of a library on this machine.
pub(crate) fn file_of(library: &str) -> String {
    format!("{}{library}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_files_are_named_and_what_to_do_about_them() {
        let told =
            stale_message(&["LPAKitFFI/include/LPAKitFFI.h", "old.swift"].map(PathBuf::from));
        assert!(told.contains("run `cargo xtask bindings swift` and commit"), "{told}");
        assert!(told.ends_with("\n- LPAKitFFI/include/LPAKitFFI.h\n- old.swift"), "{told}");
    }
}
