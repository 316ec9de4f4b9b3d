//! `cargo xtask test`: every test of the workspace, then the independent checks.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::pcsc;
use crate::place::{Place, make_folder, remove_folder};
use crate::prepare::Prepared;
use crate::process::{cargo, output, stream};
use crate::table::Stages;
use crate::transcripts::{self, Decoded, REQUIRED_PROGRAMS, REQUIRED_TYPES, Verified};

/// The variable that names the transcripts' folder to tests.
const TRANSCRIPTS: &str = "LPAKIT_TRANSCRIPTS";

/// The test that walks through every fault.
const WALK: &str = "no_fault_anywhere_loses_anything";

/// The variable with the folders where programs look for libraries first.
const LOADER_PATH: &str = "LD_LIBRARY_PATH";

/// Tests that ran, over all stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    ignored: u64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, more| Self {
            passed: sum.passed + more.passed,
            ignored: sum.ignored + more.ignored,
        })
    }
}

/// Prepares, runs everything, and prints the table of stages whatever happens.
pub(crate) fn run(place: &Place) -> Result<()> {
    let mut stages = Stages::default();
    let mut tally = Tally::default();
    let done = run_stages(place, &mut stages, &mut tally);
    print!("\n{}", stages.table());
    done?;
    println!("total: {} passed, 0 failed", tally.passed);
    Ok(())
}

fn run_stages(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages)?;
    let folder = place.transcripts();
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let python = prepared.variables().find(|(name, _)| *name == Prepared::PYTHON);
    let python = python.map(|(_, path)| path.clone()).context("no Python was prepared")?;

    // Before the others: theirs is the program that stays in the target folder, and needs no library of the system.
    stages.run("vpcd run", || vpcd_run(place, &prepared, tally))?;
    stages.run("rust tests", || rust_tests(place, &prepared, tally))?;
    stages.run("fault walk", || fault_walk(place, &prepared, tally))?;
    stages.run("error texts", || Ok(error_texts()))?;
    stages.run("checks' own tests", || python_tests(place, &python, &folder, tally))?;
    let found = transcripts::find(&folder)?;
    let check = |script: &str| {
        let mut command = Command::new(&python);
        command.arg(place.checks().join(script)).arg("--json").args(&found);
        // The report goes to the program, complaints about a transcript to the person.
        output(&mut command, "a transcript is at fault; each fault is named below")
    };
    stages.run("transcript verifier", || {
        let reports: Vec<Verified> =
            transcripts::read_reports(&check("verify_transcript.py")?, found.len())?;
        transcripts::verified_facts(&reports, REQUIRED_PROGRAMS)
    })?;
    stages.run("asn1Play", || {
        let reports: Vec<Decoded> =
            transcripts::read_reports(&check("check_asn1.py")?, found.len())?;
        transcripts::decoded_facts(&reports, REQUIRED_TYPES)
    })
}

fn rust_tests(place: &Place, prepared: &Prepared, tally: &mut Tally) -> Result<String> {
    let mut command = cargo_test(place, prepared);
    command.env(TRANSCRIPTS, place.transcripts());
    // It has a stage of its own.
    command.args(["--", "--skip", WALK]);
    let own: Tally = results(&mut command)?.into_iter().sum();
    if own.passed == 0 {
        bail!("cargo ran no test");
    }
    tally.passed += own.passed;
    Ok(format!("{} passed, {} ignored", own.passed, own.ignored))
}

/// The command line with PC/SC, and lpac, on the sandbox card in pcscd.
///
/// The whole workspace is named so that everything is built as for the other tests, but for one feature.
fn vpcd_run(place: &Place, prepared: &Prepared, tally: &mut Tally) -> Result<String> {
    let mut command = cargo_test(place, prepared);
    command.args(["--features", "lpakit-cli/pcsc", "--bin", "lpakit", "--test", "cli"]);
    command.args(["--", "pcsc::"]);
    let library = prepared.variables().find(|(name, _)| *name == pcsc::LIBRARY_FOLDER);
    let (_, library) = library.context("no PC/SC library was prepared")?;
    let others = env::var_os(LOADER_PATH).unwrap_or_default();
    let folders = std::iter::once(library.clone()).chain(env::split_paths(&others));
    command.env(LOADER_PATH, env::join_paths(folders)?);
    let own = results(&mut command)?;
    // The program's own tests, and those that run it.
    if own.len() != 2 || own.iter().any(|tests| tests.passed == 0) {
        bail!("the tests of PC/SC did not all run: {own:?}");
    }
    let own: Tally = own.into_iter().sum();
    tally.passed += own.passed;
    Ok(format!("{} passed: lpakit and lpac through pcscd", own.passed))
}

/// The walk through every fault. Its test prints what it did as one JSON object.
fn fault_walk(place: &Place, prepared: &Prepared, tally: &mut Tally) -> Result<String> {
    let mut command = cargo_test(place, prepared);
    command.args(["--test", "walk", "--", "--nocapture", WALK]);
    let mut walked = None;
    let mut passed = Tally::default();
    stream(&mut command, "replay a scenario with `cargo xtask faults --replay LINE`", |line| {
        walked = walked.or_else(|| serde_json::from_str::<Walked>(line).ok());
        passed = cargo_result(line).unwrap_or(passed);
    })?;
    let walked = walked.context("the walk did not say what it did")?;
    tally.passed += passed.passed;
    Ok(format!("{} scenarios, {} failed", walked.scenarios, walked.failed))
}

/// What the fault walk says of itself.
#[derive(Clone, Copy, Deserialize)]
struct Walked {
    scenarios: u64,
    failed: u64,
}

/// How many texts the tests of lpakit-messages have held complete by now.
fn error_texts() -> String {
    let languages = lpakit_messages::Language::ALL.len();
    let keys = lpakit_messages::entries().count();
    format!("{keys} errors in {languages} languages: {} texts checked", keys * languages)
}

fn cargo_test(place: &Place, prepared: &Prepared) -> Command {
    let mut command = Command::new(cargo());
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).current_dir(&place.root);
    command.envs(prepared.variables());
    command
}

/// Runs `cargo test` and gives what each test program counted.
fn results(command: &mut Command) -> Result<Vec<Tally>> {
    let mut results = Vec::new();
    stream(command, "see the failed tests above", |line| results.extend(cargo_result(line)))?;
    Ok(results)
}

/// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
fn cargo_result(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Tally { passed: count("passed")?, ignored: count("ignored")? })
}

fn python_tests(
    place: &Place,
    python: &Path,
    transcripts: &Path,
    tally: &mut Tally,
) -> Result<String> {
    // unittest reports on standard error; the count is wanted, so the two are joined.
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(python);
    command.args(["-m", "unittest", "discover", "--start-directory"]).arg(place.checks());
    command.env(TRANSCRIPTS, transcripts).current_dir(place.checks());
    let mut ran = 0;
    stream(&mut command, "see the failed tests above", |line| {
        ran = unittest_count(line).unwrap_or(ran);
    })?;
    if ran == 0 {
        bail!("unittest ran no test");
    }
    tally.passed += ran;
    Ok(format!("{ran} passed"))
}

/// Reads `Ran 12 tests in 3.4s`.
fn unittest_count(line: &str) -> Option<u64> {
    line.strip_prefix("Ran ")?.split_once(" test")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.0s";
        assert_eq!(cargo_result(line), Some(Tally { passed: 12, ignored: 1 }));
        let bad = "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(cargo_result(bad), Some(Tally { passed: 3, ignored: 0 }));
        assert_eq!(cargo_result("test a::b ... ok"), None);
    }

    #[test]
    fn unittest_counts_are_read() {
        assert_eq!(unittest_count("Ran 12 tests in 3.456s"), Some(12));
        assert_eq!(unittest_count("Ran 1 test in 0.001s"), Some(1));
        assert_eq!(unittest_count("OK"), None);
    }
}
