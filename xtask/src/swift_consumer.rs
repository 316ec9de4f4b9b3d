//! Tests of lpakit as a dependency of other Swift packages: a fresh checkout, a package outside the repository that
//! depends on lpakit by path and by branch, and `Package.swift` as Apple's systems read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, process};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::bindings::Output;
use crate::languages::{DEVELOPMENT, LINKER_PATH, SANDBOX, swift_command};
use crate::place::{Place, make_folder, remove_folder};
use crate::process::{output, stream_both};

/// The dependent package, relative to the repository's root.
const SOURCES: &str = "tests/consumers/swift";

/// The placeholder for the dependency in its manifest.
const MARK: &str = "@DEPENDENCY@";

/// The line it prints after a download from the sandbox.
const INSTALLED: &str = "installed: Travel 5 GB, enabled";

/// The beginning of the error for two copies of the Rust library in one process.
const REFUSED: &str = "this app holds two copies of lpakit's Rust library";

/// The compilation condition for a build whose library does not have the sandbox.
const WITHOUT_SANDBOX: &str = "LPAKIT_WITHOUT_SANDBOX";

/// The compilation condition for a release build whose library has the sandbox.
const SANDBOX_IN_RELEASE: &str = "LPAKIT_SANDBOX_IN_RELEASE";

/// The branch of the test repository.
const BRANCH: &str = "main";

/// Runs all tests and returns how many passed. The libraries must be built already ([`crate::bindings::check_swift`]).
pub(crate) fn run(place: &Place, swift: &Path) -> Result<u64> {
    let testbed = Testbed { place, swift, folder: Folder::new()? };
    testbed.fresh_checkout()?;
    testbed.apple_manifest()?;
    testbed.refusals()?;
    let by_path =
        format!(".package(name: \"lpakit\", path: {:?})", place.root.display().to_string());
    testbed.downloads("by-path", &by_path)?;
    let url = format!("file://{}", testbed.repository().display());
    testbed.downloads("by-branch", &format!(".package(url: {url:?}, branch: {BRANCH:?})"))?;
    let mut passed = 5;
    if cfg!(target_os = "linux") {
        testbed.two_images_are_refused("by-path")?;
        passed += 1;
    }
    if swift.starts_with(place.bin()) {
        testbed.system_folders_are_refused()?;
        passed += 1;
    }
    Ok(passed)
}

struct Testbed<'a> {
    place: &'a Place,
    swift: &'a Path,
    folder: Folder,
}

impl Testbed<'_> {
    /// The test repository: one commit with the files of the working tree.
    fn repository(&self) -> PathBuf {
        self.folder.0.join("lpakit")
    }

    /// Resolves a fresh checkout and builds `LPAKitTesting` in it, without generated files, libraries or variables.
    fn fresh_checkout(&self) -> Result<()> {
        copy_of_working_tree(&self.place.root, &self.repository())?;
        for arguments in [&["package", "resolve"][..], &["build", "--target", "LPAKitTesting"]] {
            let mut command = Command::new(self.swift);
            command.env_remove(LINKER_PATH).env_remove(DEVELOPMENT).env_remove(SANDBOX);
            command.args(arguments).args(["--package-path"]).arg(self.repository());
            self.prepare(&mut command, "checkout");
            output(
                &mut command,
                "a fresh checkout is no Swift package: see what SwiftPM says below",
            )?;
        }
        Ok(())
    }

    /// Checks which binary target an Apple system selects: checkout or release, with or without the sandbox.
    fn apple_manifest(&self) -> Result<()> {
        let path = self.place.root.join("Package.swift");
        let manifest =
            fs::read_to_string(&path).with_context(|| format!("cannot read {path:?}"))?;
        let checkout = manifest.replace("#if os(Linux)", "#if false");
        let release =
            checkout.replace("let releasedVersion = \"\"", "let releasedVersion = \"9.9.9\"");
        for (name, manifest, sandbox, expected) in [
            ("checkout", &checkout, false, "target/package/ios/LPAKitFFI.xcframework"),
            ("checkout", &checkout, true, "target/package/ios-sandbox/LPAKitFFI.xcframework"),
            ("release", &release, false, "/releases/download/9.9.9/LPAKitFFI.xcframework.zip"),
            (
                "release",
                &release,
                true,
                "/releases/download/9.9.9/LPAKitFFI-sandbox.xcframework.zip",
            ),
        ] {
            let folder = self.folder.0.join(format!("apple-{name}"));
            make_folder(&folder)?;
            fs::write(folder.join("Package.swift"), manifest)
                .with_context(|| format!("cannot write to {folder:?}"))?;
            let mut command = swift_command(self.place, self.swift)?;
            command.args(["package", "dump-package", "--package-path"]).arg(&folder);
            self.prepare(&mut command, "apple");
            command.env_remove(DEVELOPMENT);
            if sandbox {
                command.env(SANDBOX, "1");
            }
            let dumped = output(&mut command, "see what SwiftPM says of Package.swift below")?;
            let variable = if sandbox { "with" } else { "without" };
            check_apple(&dumped, expected, sandbox)
                .with_context(|| format!("Package.swift of a {name}, {variable} {SANDBOX}=1"))?;
        }
        Ok(())
    }

    /// Checks that the compilation conditions set by `Package.swift` end the build with advice.
    fn refusals(&self) -> Result<()> {
        for (flag, module) in [
            (WITHOUT_SANDBOX, "LPAKitSandbox"),
            (SANDBOX_IN_RELEASE, "LPAKitSandbox"),
            (SANDBOX_IN_RELEASE, "LPAKit"),
        ] {
            let source = self.repository().join("ios/Sources").join(module).join("DebugOnly.swift");
            let check = |flags: &[&str]| {
                let mut command = swift_command(self.place, self.swift)?;
                command.args(["-frontend", "-typecheck"]).args(flags).arg(&source);
                command.current_dir(&self.folder.0);
                output(&mut command, "")
            };
            check(&[])?;
            match check(&["-D", flag]) {
                Err(told) if format!("{told:#}").contains("LPAKIT_SANDBOX=1") => {}
                other => bail!("{source:?} with {flag} says: {other:?}"),
            }
        }
        Ok(())
    }

    /// Builds and runs the package with this dependency; it must download a profile from the sandbox.
    fn downloads(&self, name: &str, dependency: &str) -> Result<()> {
        let package = self.folder.0.join(name);
        write_package(&self.place.root.join(SOURCES), &package, dependency)?;
        let mut lines = Vec::new();
        let advice = "lpakit does not work in a package outside its repository";
        stream_both(&mut self.program(name, &[])?, advice, |line| lines.push(line.to_owned()))?;
        if !lines.iter().any(|line| line == INSTALLED) {
            bail!("{advice}: {name} did not print {INSTALLED:?}");
        }
        Ok(())
    }

    /// Runs the built program with a second Rust library, whose symbols shadow half of the first.
    fn two_images_are_refused(&self, name: &str) -> Result<()> {
        let mut command = self.program(name, &["--skip-build"])?;
        let libraries = Output::of(self.place).libraries();
        command.env("LD_PRELOAD", libraries.join("liblpakit_ffi.so"));
        match output(&mut command, "") {
            Ok(_) => bail!("an app with two copies of lpakit's Rust library was not refused"),
            Err(told) if format!("{told:#}").contains(REFUSED) => Ok(()),
            Err(told) => {
                Err(told.context("two copies of the Rust library: not the expected refusal"))
            }
        }
    }

    /// Runs the wrapper around the tree's Swift in folders that the tree has files in.
    fn system_folders_are_refused(&self) -> Result<()> {
        for folder in ["/", "/usr/lib", "/etc"] {
            let mut command = swift_command(self.place, self.swift)?;
            match output(command.arg("--version").current_dir(folder), "") {
                Err(told) if told.to_string().contains("run this in a folder that") => {}
                other => bail!("Swift in {folder} says: {other:?}"),
            }
        }
        Ok(())
    }

    fn program(&self, name: &str, options: &[&str]) -> Result<Command> {
        let mut command = swift_command(self.place, self.swift)?;
        command.arg("run").args(options);
        command.arg("--package-path").arg(self.folder.0.join(name));
        self.prepare(&mut command, name);
        command.arg("Consumer");
        Ok(command)
    }

    /// Keeps build products and caches in the temporary folder.
    fn prepare(&self, command: &mut Command, name: &str) {
        command.arg("--scratch-path").arg(self.folder.0.join(format!("{name}-build")));
        command.arg("--cache-path").arg(self.folder.0.join("cache"));
        command.current_dir(&self.folder.0).env("CARGO_TARGET_DIR", &self.place.target);
        if cfg!(target_os = "macos") {
            // There is no release's library for macOS.
            command.env(DEVELOPMENT, "1");
        }
    }
}

/// Checks a dumped Apple manifest: platforms, binary target and compilation conditions.
fn check_apple(dumped: &str, library: &str, sandbox: bool) -> Result<()> {
    let manifest: Value = serde_json::from_str(dumped).context("SwiftPM printed no JSON")?;
    ensure!(!dumped.contains("macos"), "it names macOS, for which there is no library");
    let target = |name: &str| {
        let targets = manifest["targets"].as_array().into_iter().flatten();
        targets
            .into_iter()
            .find(|target| target["name"] == name)
            .with_context(|| format!("no {name}"))
    };
    let binary = target("LPAKitFFI")?;
    let place = binary["path"].as_str().or(binary["url"].as_str()).unwrap_or_default();
    ensure!(binary["type"] == "binary" && place.ends_with(library), "its library is {binary}");
    for (name, flag, wanted) in [
        ("LPAKitSandbox", WITHOUT_SANDBOX, !sandbox),
        ("LPAKitSandbox", SANDBOX_IN_RELEASE, sandbox),
        ("LPAKit", SANDBOX_IN_RELEASE, sandbox),
    ] {
        let settings = target(name)?["settings"].to_string();
        ensure!(settings.contains(flag) == wanted, "{name} has the settings {settings}");
    }
    Ok(())
}

/// Writes the package with this dependency in its manifest.
fn write_package(sources: &Path, package: &Path, dependency: &str) -> Result<()> {
    let template = sources.join("Package.swift.in");
    let manifest =
        fs::read_to_string(&template).with_context(|| format!("cannot read {template:?}"))?;
    if !manifest.contains(MARK) {
        bail!("{template:?} has no {MARK}");
    }
    let below = "Sources/Consumer";
    make_folder(&package.join(below))?;
    let to = package.join("Package.swift");
    fs::write(&to, manifest.replace(MARK, dependency))
        .with_context(|| format!("cannot write {to:?}"))?;
    let main = Path::new(below).join("main.swift");
    copy(&sources.join(&main), &package.join(&main))
}

/// Creates a repository with one commit of all files in a working tree that git does not ignore.
fn copy_of_working_tree(root: &Path, to: &Path) -> Result<()> {
    let mut list = git(root);
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for name in output(&mut list, GIT)?.split('\0').filter(|name| !name.is_empty()) {
        // Deleted files are still listed.
        if root.join(name).exists() {
            let to = to.join(name);
            make_folder(to.parent().context("a file without a folder")?)?;
            copy(&root.join(name), &to)?;
        }
    }
    output(git(to).args(["init", "--quiet", "--initial-branch", BRANCH]), GIT)?;
    output(git(to).args(["add", "--all"]), GIT)?;
    let mut commit = git(to);
    commit.args(["-c", "user.name=xtask", "-c", "user.email=xtask@localhost"]);
    commit.args(["-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "As it is now"]);
    output(&mut commit, GIT).map(drop)
}

/// Advice for when git fails.
const GIT: &str = "this needs git 2.28 or newer, and a checkout of lpakit";

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder);
    command
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {from:?} to {to:?}"))?;
    Ok(())
}

/// A temporary folder outside the repository, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("lpakit-consumer-{}", process::id()));
        remove_folder(&folder)?;
        make_folder(&folder)?;
        // The wrapper around Swift binds the real path.
        let folder = folder.canonicalize().with_context(|| format!("cannot find {folder:?}"))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover temporary folder does no harm.
        let _ = remove_folder(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_holds_the_working_tree_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (root, to) = (folder.path().join("root"), folder.path().join("copy"));
        make_folder(&root.join("a")).unwrap();
        for name in ["kept", "a/changed", "removed", "ignored"] {
            fs::write(root.join(name), "one").unwrap();
        }
        fs::write(root.join(".gitignore"), "/ignored\n").unwrap();
        output(git(&root).args(["init", "--quiet"]), GIT).unwrap();
        output(git(&root).args(["add", "--all"]), GIT).unwrap();
        fs::write(root.join("a/changed"), "two").unwrap();
        fs::write(root.join("new"), "three").unwrap();
        fs::remove_file(root.join("removed")).unwrap();
        copy_of_working_tree(&root, &to).unwrap();
        let listed = output(git(&to).args(["ls-tree", "-r", "--name-only", BRANCH]), GIT).unwrap();
        assert_eq!(listed.lines().collect::<Vec<_>>(), [".gitignore", "a/changed", "kept", "new"]);
        assert_eq!(fs::read_to_string(to.join("a/changed")).unwrap(), "two");
    }

    #[test]
    fn what_apples_systems_see_of_the_manifest_is_checked() {
        let dumped = |path: &str, sandbox: &str| {
            format!(
                r#"{{"targets": [
                    {{"name": "LPAKitFFI", "type": "binary", "path": "{path}"}},
                    {{"name": "LPAKit", "settings": []}},
                    {{"name": "LPAKitSandbox", "settings": [{sandbox}]}}]}}"#
            )
        };
        let flag = format!("\"{WITHOUT_SANDBOX}\"");
        check_apple(&dumped("a/b.xcframework", &flag), "b.xcframework", false).unwrap();
        for (dumped, sandbox) in [
            ("{}".to_owned(), false),
            (dumped("a/other.xcframework", &flag), false),
            (dumped("a/b.xcframework", ""), false),
            (dumped("a/b.xcframework", &flag), true),
        ] {
            assert!(check_apple(&dumped, "b.xcframework", sandbox).is_err(), "{dumped}");
        }
    }

    #[test]
    fn the_package_names_its_dependency() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(SOURCES);
        write_package(&sources, folder.path(), ".package(path: \"/x\")").unwrap();
        let manifest = fs::read_to_string(folder.path().join("Package.swift")).unwrap();
        assert!(manifest.contains("dependencies: [.package(path: \"/x\")]"), "{manifest}");
        assert!(folder.path().join("Sources/Consumer/main.swift").exists());
    }
}
