//! A Maven project outside the workspace, which takes what was packed as others do: tests/consumers/maven.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::files;
use crate::languages::{self, LOADER_PATH, property};
use crate::place::{Place, make_folder, remove_folder};
use crate::process::stream_both;
use crate::reports::Tally;

/// The folder of the project.
const PROJECT: &str = "tests/consumers/maven";

/// What a failure may come from that is no fault of lpakit's.
const ADVICE: &str = "see what Maven says above; a mirror of `*` in Maven's settings hides repositories in folders, \
                      `external:*` does not";

/// Runs the project's tests on what is in `repository`, with a local repository of its own.
pub(crate) fn check(place: &Place, repository: &Path) -> Result<Tally> {
    let outside = tempfile::tempdir().context("cannot make a temporary folder")?;
    let project = outside.path().join("project");
    copy(&place.root.join(PROJECT), &project)?;
    let mut command = Command::new("mvn");
    command.args(["-q", "-B", "test", "-f"]).arg(project.join("pom.xml"));
    command.arg(property("lpakit.repository", repository));
    command.arg(format!("-Dlpakit.version={}", env!("CARGO_PKG_VERSION")));
    // Apart from the person's own, and without what an earlier run took of lpakit.
    let local = place.target.join("maven-consumer");
    remove_folder(&local.join("io/github/lpakit"))?;
    command.arg(property("maven.repo.local", &local));
    // The sandbox's library is copied there.
    command.env("XDG_CACHE_HOME", outside.path().join("cache")).current_dir(&project);
    // Cargo puts its own folders there, where the library lies too.
    command.env_remove(LOADER_PATH);
    stream_both(&mut command, ADVICE, |_| ())?;
    let ran = languages::reports(&project)?;
    ensure!(ran.passed > 0, "no test ran in {project:?}");
    Ok(ran)
}

/// Copies the project without what Maven has made in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let made = OsString::from("target");
    for path in files(from)? {
        let name = path.strip_prefix(from).context("a file is outside its folder")?;
        if name.iter().any(|part| part == made) {
            continue;
        }
        let copy = to.join(name);
        make_folder(copy.parent().unwrap_or(to))?;
        fs::copy(&path, &copy).with_context(|| format!("cannot copy {path:?}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_on_the_sandbox_shows_what_the_consumers_run() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
        let page = read("docs/sandbox.md");
        for (language, name) in [
            ("kotlin", "tests/consumers/maven/jvm/src/test/kotlin/com/example/DownloadTest.kt"),
            ("swift", "tests/consumers/swift/Sources/Consumer/main.swift"),
        ] {
            let source = read(name);
            let (_, marked) = source.split_once("// docs/sandbox.md: begin\n").unwrap();
            let (code, _) = marked.split_once("// docs/sandbox.md: end\n").unwrap();
            assert!(page.contains(&format!("```{language}\n{code}```\n")), "{name}");
        }
    }

    #[test]
    fn the_project_is_copied_without_what_was_made_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for name in ["pom.xml", "jvm/pom.xml", "jvm/target/classes/A.class"] {
            make_folder(from.join(name).parent().unwrap()).unwrap();
            fs::write(from.join(name), name).unwrap();
        }
        copy(&from, &to).unwrap();
        let mut found = files(&to).unwrap();
        found.sort();
        assert_eq!(found, [to.join("jvm/pom.xml"), to.join("pom.xml")]);
    }
}
