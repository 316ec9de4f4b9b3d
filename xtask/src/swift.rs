//! Swift: the one on PATH, or Debian's in a tree of its own, since it finds its parts by absolute paths.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::process::{on_path, output};
use crate::tree::{self, System};

/// The oldest Swift that reads the package.
const OLDEST: (u32, u32) = (6, 0);

/// The Debian that carries it.
const SYSTEM: System<'_> = System {
    name: "swift-tree",
    suite: "trixie",
    script: None,
    packages: "swiftlang gcc g++ libc6-dev git",
    after: "",
    purpose: "Swift",
    gigabytes: 3,
};

/// What to do where neither way is open.
const INSTALL: &str = "install Swift 6.0 or newer (swift.org, or Debian trixie: apt-get install swiftlang) \
                       and put it on PATH";

/// Advice for when the tree's Swift does not run.
const REMAKE: &str = "Swift does not run: remove .cache/swift-tree and run the command again";

/// A Swift that is ready, and where it came from.
pub(crate) struct Swift {
    pub(crate) path: PathBuf,
    pub(crate) origin: String,
}

/// Finds Swift, or makes the tree, and tries it.
pub(crate) fn prepare(place: &Place) -> Result<Swift> {
    let on_path = on_path("swift").map(|path| (version(place, &path, INSTALL), path));
    let found = match on_path {
        Some((Ok(version), path)) if is_new_enough(&version) => {
            return Ok(Swift { path, origin: format!("Swift {version} on PATH") });
        }
        other => other.map(|(version, _)| version),
    };
    tree::may_enter().with_context(|| none_on_path(found))?;
    let fetched = SYSTEM.prepare(place).context("Swift")?;
    let path = SYSTEM.wrapper(place, "swift", "swift")?;
    let version = version(place, &path, REMAKE)?;
    let suite = SYSTEM.suite;
    if !is_new_enough(&version) {
        bail!("Debian {suite} has Swift {version}, which is too old: {INSTALL}");
    }
    let how = if fetched { "fetched" } else { "kept" };
    Ok(Swift { path, origin: format!("Swift {version} from Debian {suite} ({how})") })
}

/// Says why the Swift on PATH is not used, and what to install.
fn none_on_path(found: Option<Result<String>>) -> String {
    let reason = match found {
        None => "no Swift is on PATH".to_owned(),
        Some(Ok(version)) => format!("Swift {version} on PATH is too old"),
        // Another program has the name too: the client of OpenStack's object store.
        Some(Err(error)) => format!("the `swift` on PATH is not usable: {error:#}"),
    };
    format!("{reason} ({INSTALL})")
}

/// What `swift --version` says, run where the wrapper may run.
fn version(place: &Place, swift: &Path, advice: &str) -> Result<String> {
    let mut command = Command::new(swift);
    command.arg("--version").current_dir(&place.root).env("CARGO_TARGET_DIR", &place.target);
    let said = output(&mut command, advice)?;
    let version = version_in(&said).with_context(|| format!("Swift stated no version: {said}"))?;
    Ok(version.to_owned())
}

/// Reads `Swift version 6.0.3 (swift-6.0.3-RELEASE)`, also after the driver's own version.
fn version_in(said: &str) -> Option<&str> {
    said.split_once("Swift version ")?.1.split_whitespace().next()
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    numbers.next().is_some_and(|major| (major, numbers.next().unwrap_or(0)) >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_swift_on_path_is_told() {
        for (found, reason) in [
            (None, "no Swift is on PATH ("),
            (Some(Ok("5.10".to_owned())), "Swift 5.10 on PATH is too old ("),
            (
                Some(Err(anyhow::anyhow!("it stated no version"))),
                "not usable: it stated no version (",
            ),
        ] {
            let told = none_on_path(found);
            assert!(told.contains(reason), "{told}");
            assert!(told.contains("install Swift 6.0 or newer"), "{told}");
        }
    }

    #[test]
    fn versions_are_read_and_compared() {
        let plain = "Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-pc-linux-gnu\n";
        assert_eq!(version_in(plain), Some("6.0.3"));
        let apple =
            "swift-driver version: 1.115 Apple Swift version 6.1 (swiftlang-6.1)\nTarget: x\n";
        assert_eq!(version_in(apple), Some("6.1"));
        assert_eq!(version_in("an OpenStack client"), None);
        for (version, enough) in [
            ("6.0.3", true),
            ("6.2-dev", true),
            ("6", true),
            ("10.1", true),
            ("5.10", false),
            ("x", false),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
