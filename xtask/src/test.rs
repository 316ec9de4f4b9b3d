//! `cargo xtask test`: every test of the workspace, then the independent checks.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::Deserialize;

use crate::bindings;
use crate::languages::{self, LOADER_PATH, in_front};
use crate::mobile;
use crate::package;
use crate::pcsc;
use crate::place::{Place, make_folder, remove_folder};
use crate::prepare::{Part, Prepared};
use crate::process::{cargo, output, stream, stream_both};
use crate::reports::{self, Tally, cargo_result, stories, unittest_count};
use crate::size;
use crate::swift_consumer;
use crate::table::Stages;
use crate::tools;
use crate::transcripts::{self, Decoded, REQUIRED_PROGRAMS, REQUIRED_TYPES, Verified};

/// The variable that names the transcripts' folder to tests.
const TRANSCRIPTS: &str = "LPAKIT_TRANSCRIPTS";

/// The test that walks through every fault.
const WALK: &str = "no_fault_anywhere_loses_anything";

/// The test that plays the stories which Kotlin and Swift play too.
const STORIES: &str = "every_story_ends_as_it_says";

/// The languages whose tests can be run alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// The Rust tests, the fault walk and the independent checks.
    Rust,
    /// The Kotlin tests below android/.
    Kotlin,
    /// The Swift tests below ios/.
    Swift,
    /// The libraries for phones: what they are and what they weigh.
    Mobile,
}

/// Prepares and runs one language or all, and prints the table of stages whatever happens.
pub(crate) fn run(place: &Place, language: Option<Language>) -> Result<()> {
    let mut stages = Stages::default();
    let mut tally = Tally::default();
    let done = match language {
        None => everything(place, &mut stages, &mut tally),
        Some(Language::Rust) => rust(place, &mut stages, &mut tally),
        Some(Language::Kotlin) => kotlin(place, &mut stages, &mut tally),
        Some(Language::Swift) => swift(place, &mut stages, &mut tally),
        Some(Language::Mobile) => mobile(place, &mut stages, &mut tally),
    };
    print!("\n{}", stages.table());
    done?;
    println!("total: {} passed, 0 failed", tally.passed);
    Ok(())
}

fn everything(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    // All of them first: what is missing is told before the long stages.
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages, Part::value_variants())?;
    rust_stages(place, &prepared, stages, tally)?;
    kotlin_stages(place, &prepared, stages, tally)?;
    swift_stages(place, &prepared, stages, tally)?;
    check_stages(place, &prepared, stages, tally)?;
    mobile_stages(place, stages, tally)
}

fn rust(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages, Part::FOR_RUST)?;
    rust_stages(place, &prepared, stages, tally)?;
    check_stages(place, &prepared, stages, tally)
}

fn kotlin(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages, Part::FOR_KOTLIN)?;
    kotlin_stages(place, &prepared, stages, tally)
}

fn swift(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    let mut prepared = Prepared::default();
    prepared.add(place, stages, Part::Swift)?;
    swift_stages(place, &prepared, stages, tally)
}

fn mobile(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    Prepared::default().add_all(place, stages, &[Part::Maven, Part::Mobile])?;
    mobile_stages(place, stages, tally)
}

/// After Kotlin's: what they built is weighed too.
fn mobile_stages(place: &Place, stages: &mut Stages, tally: &mut Tally) -> Result<()> {
    let built = mobile::targets(place, stages, false)?;
    stages.run("XCFramework", || package::check_ios(place, &built))?;
    stages.run("size", || size::check(place, &built))?;
    // Each library's checks count as one test, and so do packing and weighing.
    tally.passed += built.len() as u64 + 2;
    Ok(())
}

fn rust_stages(
    place: &Place,
    prepared: &Prepared,
    stages: &mut Stages,
    tally: &mut Tally,
) -> Result<()> {
    let folder = place.transcripts();
    remove_folder(&folder)?;
    make_folder(&folder)?;
    // Before the others: theirs is the program that stays in the target folder, and needs no library of the system.
    stages.run("vpcd run", || vpcd_run(place, prepared, tally))?;
    stages.run("rust tests", || rust_tests(place, prepared, tally))?;
    stages.run("rust stories", || rust_stories(place, prepared, tally))?;
    stages.run("fault walk", || fault_walk(place, prepared, tally))?;
    stages.run("error texts", || Ok(error_texts()))
}

fn kotlin_stages(
    place: &Place,
    prepared: &Prepared,
    stages: &mut Stages,
    tally: &mut Tally,
) -> Result<()> {
    stages.run("kotlin tests", || {
        let ran = languages::kotlin(place, prepared.variable(tools::AAPT2)?)?;
        all_played(place, &ran, tally)
    })?;
    stages.run("maven consumer", || {
        let ran = package::check_consumer(place, &languages::repository(place))?;
        tally.passed += ran.passed;
        Ok(languages::facts(&ran))
    })
}

fn swift_stages(
    place: &Place,
    prepared: &Prepared,
    stages: &mut Stages,
    tally: &mut Tally,
) -> Result<()> {
    let swift = prepared.variable(Prepared::SWIFT)?;
    stages.run("ios/Generated", || bindings::check_swift(place))?;
    stages.run("swift tests", || {
        let ran = languages::swift(place, swift)?;
        all_played(place, &ran, tally)
    })?;
    stages.run("swift consumer", || {
        let passed = swift_consumer::run(place, swift)?;
        tally.passed += passed;
        Ok(format!("{passed} passed: a package outside the repository, by path and by branch"))
    })
}

/// The checks that are independent of Rust, and what they say of the transcripts that the tests left.
fn check_stages(
    place: &Place,
    prepared: &Prepared,
    stages: &mut Stages,
    tally: &mut Tally,
) -> Result<()> {
    let folder = place.transcripts();
    let python = prepared.variable(Prepared::PYTHON)?;
    stages.run("checks' own tests", || python_tests(place, python, &folder, tally))?;
    let found = transcripts::find(&folder)?;
    let check = |script: &str| {
        let mut command = Command::new(python);
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
    // They have stages of their own.
    command.args(["--", "--skip", WALK, "--skip", STORIES]);
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
    let library = prepared.variable(pcsc::LIBRARY_FOLDER)?;
    command.env(LOADER_PATH, in_front(library, env::var_os(LOADER_PATH))?);
    let own = results(&mut command)?;
    // The program's own tests, and those that run it.
    if own.len() != 2 || own.iter().any(|tests| tests.passed == 0) {
        bail!("the tests of PC/SC did not all run: {own:?}");
    }
    let own: Tally = own.into_iter().sum();
    tally.passed += own.passed;
    Ok(format!("{} passed: lpakit and lpac through pcscd", own.passed))
}

/// Counts a language's tests, which must have played every story there is; what stands in the table.
fn all_played(place: &Place, ran: &Tally, tally: &mut Tally) -> Result<String> {
    let folder = place.root.join("tests/e2e/stories");
    let mut written = 0;
    for entry in fs::read_dir(&folder).with_context(|| format!("{folder:?} cannot be read"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            written += reports::stories_written(&fs::read_to_string(&path)?);
        }
    }
    if ran.stories != written {
        bail!("{} stories were played, and {written} are written in {folder:?}", ran.stories);
    }
    tally.passed += ran.passed;
    Ok(languages::facts(ran))
}

/// The stories that all languages play. Their test prints how many there are, and is shown only if asked for.
fn rust_stories(place: &Place, prepared: &Prepared, tally: &mut Tally) -> Result<String> {
    let mut command = cargo_test(place, prepared);
    command.args(["--test", "stories", "--", "--show-output", STORIES]);
    let mut played = None;
    let mut own = Tally::default();
    stream(&mut command, "each line that went otherwise is named above", |line| {
        played = stories(line).or(played);
        own = cargo_result(line).unwrap_or(own);
    })?;
    own.stories = played.filter(|_| own.passed == 1).context("the stories were not played")?;
    all_played(place, &own, tally)
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

fn python_tests(
    place: &Place,
    python: &Path,
    transcripts: &Path,
    tally: &mut Tally,
) -> Result<String> {
    let mut command = Command::new(python);
    command.args(["-m", "unittest", "discover", "--start-directory"]).arg(place.checks());
    command.env(TRANSCRIPTS, transcripts).current_dir(place.checks());
    let mut ran = 0;
    // unittest reports on standard error.
    stream_both(&mut command, "see the failed tests above", |line| {
        ran = unittest_count(line).unwrap_or(ran);
    })?;
    if ran == 0 {
        bail!("unittest ran no test");
    }
    tally.passed += ran;
    Ok(format!("{ran} passed"))
}
