//! `cargo xtask pristine`: README's first two commands in a Debian that has nothing but what ci.yml installs.
//!
//! A developer's machine gathers programs over time, and a test that leans on one of them passes there and nowhere else.
//! The Debian here is made from the list of packages in `.github/workflows/ci.yml`, is read-only while the commands run,
//! and gets a fresh clone of HEAD and an empty home folder. Only Rust is the machine's, for Debian's is older.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::place::{Place, make_folder, remove_folder};
use crate::process::{output, stream_both};
use crate::tree::{self, System};

/// The folder of the Debian, and of root's home in it, in the cache.
const TREE: &str = "pristine-tree";
const HOME: &str = "pristine-home";

/// What tree and clone take together, in gigabytes.
const GIGABYTES: u64 = 20;

/// How the command line of ci.yml begins that installs packages.
const INSTALL: &str = "apt-get install --yes --no-install-recommends";

/// Settings of the machine by which its registries are reached: what a variable's name begins with.
const SETTINGS: [&str; 13] = [
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CURL_CA_BUNDLE",
    "GIT_SSL_",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "MAVEN_OPTS",
    "NO_PROXY",
    "PIP_",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_",
];

/// Makes the Debian, clones HEAD into it, and runs the commands; their output also goes to `pristine.log` in the target
/// folder.
pub(crate) fn run(place: &Place) -> Result<()> {
    let read = |name: &str| {
        let path = place.root.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {path:?}"))
    };
    let packages = packages(&read(".github/workflows/ci.yml")?)?;
    let commands = first_commands(&read("README.md")?)?;
    tree::may_enter().context("a pristine Debian cannot be made")?;
    let _lock = place.lock()?;

    let after = "mkdir -p \"$tree/opt/rust\"\n";
    let purpose = "what ci.yml installs, and nothing else";
    let system = System {
        name: TREE,
        suite: "bookworm",
        script: None,
        packages: &packages,
        after,
        purpose,
        gigabytes: 2,
    };
    system.prepare(place)?;
    tree::has_room(&place.cache, GIGABYTES)?;
    let home = place.cache.join(HOME);
    remove_folder(&home)?;
    clone(place, &home)?;
    settings(&home)?;

    make_folder(&place.target)?;
    let path = place.target.join("pristine.log");
    let mut log = File::create(&path).with_context(|| format!("cannot write {path:?}"))?;
    // Once more without a network: what was fetched is enough.
    let again = ["unshare", "--net", "cargo", "xtask", "prepare"].map(str::to_owned).to_vec();
    for command in commands.into_iter().chain([again]) {
        let start = Instant::now();
        tell(&mut log, &format!("pristine: $ {}", command.join(" ")));
        let mut inside = system.pristine(place, &home, &sysroot()?)?;
        inside.args(settings_of(env::vars())).args(&command);
        let advice = format!("the clone is in {home:?}");
        stream_both(&mut inside, &advice, |line| {
            // The terminal has had it, and a log that cannot be written is no reason to stop.
            let _ = writeln!(log, "{line}");
        })?;
        tell(&mut log, &format!("pristine: done in {} s", start.elapsed().as_secs()));
    }
    remove_folder(&home)
}

fn tell(log: &mut File, line: &str) {
    println!("{line}");
    let _ = writeln!(log, "{line}");
}

/// A clone of HEAD as a stranger gets it.
fn clone(place: &Place, home: &Path) -> Result<()> {
    make_folder(home)?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(&place.root).args(arguments);
        command
    };
    let status = output(&mut git(&["status", "--porcelain"]), "this is no checkout of git")?;
    if !status.trim().is_empty() {
        eprintln!("xtask: there are changes that are not committed; the clone has HEAD alone");
    }
    let mut clone = git(&["clone", "--quiet", "--no-hardlinks", "."]);
    output(clone.arg(home.join("lpakit")), "HEAD cannot be cloned").map(drop)
}

/// Copies a person's settings for registries into the home folder, where the machine has any.
fn settings(home: &Path) -> Result<()> {
    let Some(own) = env::home_dir() else { return Ok(()) };
    for name in [".cargo/config.toml", ".m2/settings.xml"] {
        let (from, to) = (own.join(name), home.join(name));
        if from.is_file() {
            make_folder(to.parent().context("a file without a folder")?)?;
            fs::copy(&from, &to).with_context(|| format!("cannot copy {from:?}"))?;
        }
    }
    Ok(())
}

fn settings_of(variables: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let is_setting =
        |name: &str| SETTINGS.iter().any(|start| name.to_uppercase().starts_with(start));
    variables
        .filter(|(name, _)| is_setting(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// The folder of the Rust that builds this workspace.
fn sysroot() -> Result<std::path::PathBuf> {
    let mut command = Command::new("rustc");
    let printed = output(command.args(["--print", "sysroot"]), "install Rust by rustup")?;
    let sysroot = Path::new(printed.trim()).to_path_buf();
    ensure!(
        sysroot.join("bin/cargo").is_file(),
        "{sysroot:?} holds no cargo: install Rust by rustup, whose folder can be used as it is"
    );
    Ok(sysroot)
}

/// The packages that ci.yml installs.
fn packages(workflow: &str) -> Result<String> {
    let (_, rest) = workflow.split_once(INSTALL).context("ci.yml installs no packages")?;
    let mut packages = Vec::new();
    for line in rest.lines() {
        packages.extend(line.split_whitespace().filter(|word| *word != "\\"));
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    Ok(packages.join(" "))
}

/// The commands in README's first two blocks of shell, as words.
fn first_commands(readme: &str) -> Result<Vec<Vec<String>>> {
    let blocks = readme.split("```sh\n").skip(1).take(2);
    let first_line = |block: &str| block.lines().next().unwrap_or_default().to_owned();
    let commands: Vec<Vec<String>> = blocks
        .map(|block| first_line(block).split_whitespace().map(str::to_owned).collect())
        .collect();
    if commands.len() != 2
        || commands.iter().any(|words| words.first().is_none_or(|word| word != "cargo"))
    {
        bail!("README.md does not begin with two commands of cargo: {commands:?}");
    }
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_commands_are_those_of_the_repository() {
        let packages = packages(include_str!("../../.github/workflows/ci.yml")).unwrap();
        assert!(packages.starts_with("build-essential ca-certificates "), "{packages}");
        assert!(packages.ends_with(" wget"), "{packages}");
        let commands = first_commands(include_str!("../../README.md")).unwrap();
        assert_eq!(commands, [vec!["cargo", "run", "--", "demo"], vec!["cargo", "xtask", "test"]]);
    }

    #[test]
    fn a_readme_with_other_commands_is_refused() {
        let told = first_commands("```sh\nmake\n```\n```sh\ncargo test\n```\n").unwrap_err();
        assert!(told.to_string().contains("make"), "{told}");
        assert!(first_commands("```sh\ncargo run\n```\n").is_err());
        assert!(packages("run: make").is_err());
    }

    #[test]
    fn only_settings_of_registries_are_handed_on() {
        let variables =
            [("PIP_CERT", "/c"), ("https_proxy", "p"), ("CARGO_HOME", "/h"), ("PATH", "/p")];
        let handed = settings_of(variables.map(|(n, v)| (n.to_owned(), v.to_owned())).into_iter());
        assert_eq!(handed, ["PIP_CERT=/c", "https_proxy=p"]);
    }
}
