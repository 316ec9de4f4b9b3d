//! The tests that run in Kotlin and in Swift, on the library with the sandbox.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bindings::{self, Language, Output};
use crate::package;
use crate::place::{Place, make_folder, remove_folder};
use crate::process::{output, stream_both};
use crate::reports::{Tally, stories, surefire_result, without_colours, xctest_result};

/// The variable with the folders where programs look for libraries first.
pub(crate) const LOADER_PATH: &str = "LD_LIBRARY_PATH";

/// The variable with the folders where linkers look for libraries.
pub(crate) const LINKER_PATH: &str = "LIBRARY_PATH";

/// The variable that opens what only lpakit's own developers need in Package.swift.
pub(crate) const DEVELOPMENT: &str = "LPAKIT_DEVELOPMENT";

/// The variable with which Package.swift takes the library with the sandbox.
pub(crate) const SANDBOX: &str = "LPAKIT_SANDBOX";

/// The variable that names the folder of the native libraries to tests.
const LIBRARIES: &str = "LPAKIT_LIBRARY_DIR";

/// The oldest JDK that the Kotlin modules are built with.
const OLDEST_JAVA: u32 = 17;

/// What to do where Maven does not run.
pub(crate) const INSTALL_MAVEN: &str = "install Maven and a JDK 17 or newer (Debian: apt-get install maven \
                             openjdk-17-jdk-headless)";

/// Makes sure that Maven runs, on a Java that is new enough, and says which they are.
pub(crate) fn maven() -> Result<String> {
    let said = output(Command::new("mvn").args(["-B", "--version"]), INSTALL_MAVEN)?;
    let Some((maven, java)) = maven_versions(&without_colours(&said)) else {
        bail!("`mvn --version` said something unknown: {said}");
    };
    let major = java.split('.').next().and_then(|number| number.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_JAVA) {
        bail!("Maven runs on Java {java}, which is too old: {INSTALL_MAVEN}");
    }
    Ok(format!("Maven {maven}, Java {java}"))
}

/// Reads `Apache Maven 3.8.7` and `Java version: 17.0.15, vendor: …`.
fn maven_versions(said: &str) -> Option<(String, String)> {
    let word_after = |start: &str| {
        let rest = said.lines().find_map(|line| line.strip_prefix(start))?;
        rest.split([' ', ',']).next().map(str::to_owned)
    };
    Some((word_after("Apache Maven ")?, word_after("Java version: ")?))
}

/// Generates the Kotlin side, runs every test below `android/` and fills [`repository`].
pub(crate) fn kotlin(place: &Place, aapt2: &Path) -> Result<Tally> {
    let out = generated(place, Language::Kotlin)?;
    let android = place.root.join("android");
    // Reports of tests that are gone would be counted.
    report_folders(&android)?.iter().try_for_each(|folder| remove_folder(folder))?;
    remove_folder(&repository(place))?;
    let natives = place.target.join("kotlin/natives");
    let library = out.libraries().join(bindings::file_of("lpakit_debug"));
    package::collect_natives(&natives, &library, None)?;
    let mut command = maven_command(place, &out, aapt2);
    command.args(["deploy", "-Ppublish"]).arg(property("lpakit.natives", &natives));
    command.arg(property("lpakit.out", &repository(place)));
    let told = run(&mut command)?;
    counted(Tally { stories: told.stories, ..reports(&android)? })
}

/// The Maven repository of the modules that were tested: without KDoc and without Android's native libraries.
pub(crate) fn repository(place: &Place) -> PathBuf {
    place.target.join("kotlin/maven")
}

/// What surefire's reports say of all modules of a Maven project.
pub(crate) fn reports(project: &Path) -> Result<Tally> {
    let mut reports = Vec::new();
    for folder in report_folders(project)? {
        reports.extend(results_in(&folder)?);
    }
    Ok(reports.into_iter().sum())
}

/// Maven in `android/`, told where lpakit's libraries and generated code are, and aapt2.
pub(crate) fn maven_command(place: &Place, out: &Output, aapt2: &Path) -> Command {
    let mut command = Command::new("mvn");
    command.args(["-q", "-B", "-f"]).arg(place.root.join("android/pom.xml"));
    command.arg(property("lpakit.bindings", out.folder()));
    command.arg(property("lpakit.library", &out.libraries()));
    command.arg(property("lpakit.aapt2", aapt2));
    command.env(LIBRARIES, out.libraries()).current_dir(&place.root);
    command
}

/// Runs every test of the Swift package at the root, with the libraries that [`bindings::check_swift`] has built.
pub(crate) fn swift(place: &Place, swift: &Path) -> Result<Tally> {
    let build = place.target.join("swift");
    make_folder(&build)?;
    let mut command = swift_command(place, swift)?;
    command.arg("test").arg("--scratch-path").arg(build);
    command.env(DEVELOPMENT, "1").current_dir(&place.root);
    counted(run(&mut command)?)
}

/// Swift, told where lpakit's libraries are.
pub(crate) fn swift_command(place: &Place, swift: &Path) -> Result<Command> {
    let libraries = Output::of(place).libraries();
    let mut command = Command::new(swift);
    command.env(LIBRARIES, &libraries);
    command.env(LOADER_PATH, in_front(&libraries, env::var_os(LOADER_PATH))?);
    command.env(LINKER_PATH, in_front(&libraries, env::var_os(LINKER_PATH))?);
    // What is set on this machine for its owner's work is not what is tested.
    command.env_remove(DEVELOPMENT).env_remove(SANDBOX);
    // For the wrapper around a Swift in a tree.
    command.env("CARGO_TARGET_DIR", &place.target);
    Ok(command)
}

/// What stands in the table of stages.
pub(crate) fn facts(ran: &Tally) -> String {
    let mut facts = format!("{} passed, {} ignored", ran.passed, ran.ignored);
    if ran.stories > 0 {
        facts.push_str(&format!(", {} stories", ran.stories));
    }
    facts
}

/// The value of a path variable with `folder` before what is there already.
pub(crate) fn in_front(folder: &Path, others: Option<OsString>) -> Result<OsString> {
    let others = others.unwrap_or_default();
    // An empty part would mean the current folder.
    let others = env::split_paths(&others).filter(|folder| !folder.as_os_str().is_empty());
    let folders = std::iter::once(folder.to_path_buf()).chain(others);
    env::join_paths(folders).with_context(|| format!("{folder:?} cannot stand in a path variable"))
}

pub(crate) fn generated(place: &Place, language: Language) -> Result<Output> {
    bindings::generate(place, &[language])?;
    Ok(Output::of(place))
}

pub(crate) fn property(name: &str, path: &Path) -> OsString {
    let mut property = OsString::from(format!("-D{name}="));
    property.push(path);
    property
}

/// Runs a language's tests; counts the stories, and the tests where they are told line by line.
fn run(command: &mut Command) -> Result<Tally> {
    let mut ran = Tally::default();
    // XCTest reports on standard error on some systems.
    stream_both(command, "see the failed tests above", |line| {
        if let Some(last) = xctest_result(line) {
            ran = Tally { stories: ran.stories, ..last };
        }
        ran.stories += stories(line).unwrap_or(0);
    })?;
    Ok(ran)
}

fn counted(ran: Tally) -> Result<Tally> {
    if ran.passed == 0 {
        bail!("no test ran");
    }
    Ok(ran)
}

/// The folders of surefire's reports: one in each module's build folder.
fn report_folders(android: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(android).with_context(|| format!("cannot list {android:?}"))?;
    let mut folders = vec![android.join("target/surefire-reports")];
    for entry in listed {
        let entry = entry.with_context(|| format!("cannot list {android:?}"))?;
        folders.push(entry.path().join("target/surefire-reports"));
    }
    folders.retain(|folder| folder.is_dir());
    Ok(folders)
}

fn results_in(folder: &Path) -> Result<Vec<Tally>> {
    let mut results = Vec::new();
    let listed = fs::read_dir(folder).with_context(|| format!("cannot list {folder:?}"))?;
    for entry in listed {
        let path = entry.with_context(|| format!("cannot list {folder:?}"))?.path();
        if path.extension() == Some(OsStr::new("xml")) {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {path:?}"))?;
            let result = surefire_result(&text);
            results.push(result.with_context(|| format!("{path:?} is no report of tests"))?);
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str =
        "<testsuite name=\"a\" tests=\"3\" errors=\"0\" skipped=\"1\" failures=\"0\">";

    #[test]
    fn versions_of_maven_are_read() {
        let said = "\x1b[0mApache Maven 3.8.7\x1b[m\nMaven home: /x\nJava version: 17.0.15, vendor: Debian\n";
        let versions = maven_versions(&without_colours(said));
        assert_eq!(versions, Some(("3.8.7".to_owned(), "17.0.15".to_owned())));
        assert_eq!(maven_versions("Apache Maven 3.8.7\n"), None);
    }

    #[test]
    fn reports_of_all_modules_are_summed() {
        let folder = tempfile::tempdir().unwrap();
        for (module, name) in
            [("core", "TEST-a.xml"), ("core", "TEST-b.xml"), ("testing", "TEST-c.xml")]
        {
            let reports = folder.path().join(module).join("target/surefire-reports");
            make_folder(&reports).unwrap();
            fs::write(reports.join(name), REPORT).unwrap();
            fs::write(reports.join("a.txt"), "Tests run: 3").unwrap();
        }
        make_folder(&folder.path().join("not-built")).unwrap();
        fs::write(folder.path().join("pom.xml"), "").unwrap();
        let folders = report_folders(folder.path()).unwrap();
        assert_eq!(folders.len(), 2);
        let all = folders.iter().flat_map(|folder| results_in(folder).unwrap());
        assert_eq!(all.sum::<Tally>(), Tally { passed: 6, ignored: 3, stories: 0 });
    }

    #[test]
    fn a_report_that_is_cut_short_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("TEST-a.xml"), &REPORT[..20]).unwrap();
        assert!(results_in(folder.path()).unwrap_err().to_string().contains("no report"));
    }

    #[test]
    fn no_test_is_an_error() {
        assert!(counted(Tally { passed: 0, ignored: 3, stories: 2 }).is_err());
        assert!(counted(Tally { passed: 1, ignored: 0, stories: 0 }).is_ok());
    }

    #[test]
    fn the_last_suite_counts_all_and_stories_of_all_drivers_are_summed() {
        let script = "echo 'stories: 2 passed'; echo '\t Executed 3 tests, with 0 failures (0 unexpected) in 1'; \
                      echo 'stories: 4 passed'; echo '\t Executed 5 tests, with 0 failures (0 unexpected) in 1'";
        let ran = run(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(ran, Tally { passed: 5, ignored: 0, stories: 6 });
        assert_eq!(facts(&ran), "5 passed, 0 ignored, 6 stories");
        assert_eq!(facts(&Tally { stories: 0, ..ran }), "5 passed, 0 ignored");
        assert!(run(Command::new("sh").args(["-c", "exit 1"])).is_err());
    }

    #[test]
    fn a_folder_comes_before_the_others() {
        let found = in_front(Path::new("/new"), Some("/a::/b".into())).unwrap();
        assert_eq!(found, "/new:/a:/b");
        assert_eq!(in_front(Path::new("/new"), None).unwrap(), "/new");
        assert!(in_front(Path::new("/a:b"), None).is_err());
    }
}
