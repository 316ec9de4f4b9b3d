//! Build, test and release chores of lpakit, run as `cargo xtask <command>`.
//!
//! The same commands serve a laptop and CI. Everything fetched goes to `.cache/` in the
//! workspace, which git ignores; nothing is installed into the system.

mod apt_source;
mod bench;
mod bindings;
mod debian;
#[cfg(test)]
mod documents;
mod faults;
mod languages;
mod mirror;
mod mobile;
mod package;
mod pcsc;
mod place;
mod prepare;
mod pristine;
mod process;
mod python;
mod reports;
mod size;
mod swift;
mod swift_consumer;
mod table;
mod test;
mod tools;
mod transcripts;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::place::Place;
use crate::prepare::Part;

/// Build, test and release chores of lpakit.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Fetch what the tests need, then run every test and interop check.
    Test {
        /// Only the tests in this language; without it, all.
        language: Option<test::Language>,
    },
    /// Fetch what the tests need into .cache/ and stop there.
    Prepare {
        /// Only this part; without it, all of them.
        part: Option<Part>,
    },
    /// Run README's first two commands on a Debian with nothing but what ci.yml installs (root, an hour, 20 GB).
    Pristine,
    /// Build the libraries for Kotlin and Swift, and generate their side of the interface.
    Bindings {
        /// Only this language; without it, both.
        language: Option<bindings::Language>,
    },
    /// Build lpakit for phones, and check what comes out.
    Mobile {
        /// Also the emulators, the simulators and old phones.
        #[arg(long)]
        all: bool,
        /// Everything of this maker, with its own tools, to be given to people.
        #[arg(long, value_name = "MAKER", conflicts_with = "all")]
        release: Option<mobile::Maker>,
    },
    /// Make what apps build with, in the target folder.
    Package {
        /// For whom.
        #[arg(value_enum)]
        what: package::What,
        /// Android: for the emulators and old phones too.
        #[arg(long)]
        all: bool,
        /// iOS: frameworks of dynamic libraries, as they are released.
        #[arg(long)]
        dynamic: bool,
        /// Android: a folder with the sandbox's libraries of other hosts, such as darwin-aarch64/liblpakit_debug.dylib.
        #[arg(long, value_name = "DIR")]
        natives: Option<PathBuf>,
        /// iOS: with the sandbox, for debug builds of apps (LPAKIT_SANDBOX=1).
        #[arg(long)]
        sandbox: bool,
    },
    /// Weigh the library, and hold it to size-budget.toml.
    Size {
        /// One JSON object a line: target, bytes, gzip_bytes, the biggest crates.
        #[arg(long)]
        json: bool,
    },
    /// Let every command and every exchange fail once in every way, and see that nothing is lost.
    Faults {
        /// One JSON object: scenarios, failed, seconds.
        #[arg(long)]
        json: bool,
        /// Further arguments for lpakit-faults, such as `--replay LINE`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Measure downloads, with lpac beside us, through the crate lpakit-bench.
    Bench {
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
        /// Further arguments for lpakit-bench.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = Place::find().and_then(|place| match arguments.chore {
        Chore::Test { language } => test::run(&place, language),
        Chore::Prepare { part } => prepare::run(&place, part),
        Chore::Pristine => pristine::run(&place),
        Chore::Bindings { language } => bindings::run(&place, language),
        Chore::Mobile { release: Some(maker), .. } => mobile::release(&place, maker),
        Chore::Mobile { all, .. } => mobile::run(&place, all),
        Chore::Package { what, all, dynamic, sandbox, natives } => {
            package::run(&place, what, package::How { all, dynamic, sandbox, natives })
        }
        Chore::Size { json } => size::run(&place, json),
        Chore::Faults { json, rest } => faults::run(&place, json, &rest),
        Chore::Bench { json, rest } => bench::run(&place, json, &rest),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
