//! The outside programs that tests and builds call: lpac, qrencode, zbarimg, openssl, curl and aapt2.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian::{Program, Tree, library_folders, write_script};
use crate::place::Place;
use crate::process::{converse, on_path, output};

/// The release of lpac that the tests know.
const LPAC_RELEASE: &str = "2.3";
/// The Debian suite that carries it.
const LPAC_SUITE: &str = "forky";

/// The folder in the cache that it is unpacked in.
const LPAC_TREE: &str = "debian-lpac";

/// Programs of the machine's own suite: name, Debian package, the variable that names it to tests.
const TOOLS: [(&str, &str, &str); 4] = [
    ("qrencode", "qrencode", "LPAKIT_QRENCODE"),
    ("zbarimg", "zbar-tools", "LPAKIT_ZBARIMG"),
    ("openssl", "openssl", "LPAKIT_OPENSSL"),
    ("curl", "curl", "LPAKIT_CURL"),
];

/// The variable that names aapt2.
pub(crate) const AAPT2: &str = "LPAKIT_AAPT2";

/// A program that is ready, where it came from, and the variable that names it to tests.
pub(crate) struct Tool {
    pub(crate) variable: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) origin: String,
}

/// Finds or fetches lpac, and tries it.
pub(crate) fn lpac(place: &Place) -> Result<Tool> {
    let (plain, origin) = plain_lpac(place)?;
    check_drivers(&plain, &[("LPAC_APDU", "stdio"), ("LPAC_APDU", "at"), ("LPAC_HTTP", "curl")])?;
    let (path, origin) = match speaks_stdio(&plain)? {
        true => (plain, origin),
        false => (bridge(place, &plain)?, format!("{origin}, stdio bridged")),
    };
    if !speaks_stdio(&path)? {
        bail!("{path:?} does not speak lpac's stdio protocol: remove .cache and try again");
    }
    Ok(Tool { variable: "LPAKIT_LPAC", path, origin })
}

/// Finds or fetches lpac as it is, using the PC/SC library in this folder of the cache.
///
/// Programs on PATH find the library through the variable that all tests of PC/SC are run with; a program in a tree
/// of its own has to be led to it.
pub(crate) fn lpac_for_pcsc(place: &Place, libraries: &Path) -> Result<PathBuf> {
    let (plain, _) = plain_lpac(place)?;
    let folder = libraries.file_name().and_then(|name| name.to_str());
    let path = match (plain.starts_with(place.bin()), folder) {
        (true, Some(folder)) => lpac_of_tree("lpac-pcsc", vec![folder.to_owned()]).wrap(place)?,
        _ => plain,
    };
    check_drivers(&path, &[("LPAC_APDU", "pcsc"), ("LPAC_HTTP", "curl")])?;
    Ok(path)
}

fn lpac_of_tree(script: &str, libraries: Vec<String>) -> Program<'_> {
    Program {
        tree: LPAC_TREE,
        folder: "usr/bin",
        name: "lpac",
        script,
        libraries,
        environment: Vec::new(),
    }
}

/// The program itself, on PATH or from Debian, and where it came from.
fn plain_lpac(place: &Place) -> Result<(PathBuf, String)> {
    if let Some(path) = on_path("lpac")
        && let Some(version) = installed_release(&path)
    {
        return Ok((path, format!("lpac {version} on PATH")));
    }
    let tree = Tree { name: LPAC_TREE, suite: Some(LPAC_SUITE), packages: &["lpac"] };
    let ready = tree.prepare(place)?;
    let path = lpac_of_tree("lpac-plain", Vec::new()).wrap(place)?;
    let version = unpacked_version(&ready.folder, "lpac");
    if !version.starts_with(LPAC_RELEASE) {
        bail!(
            "Debian {LPAC_SUITE} has lpac {version} now, the tests know {LPAC_RELEASE}: look at \
             what changed, then raise LPAC_RELEASE in xtask/src/tools.rs"
        );
    }
    let how = if ready.fetched { "fetched" } else { "kept" };
    Ok((path, format!("lpac {version} from Debian {LPAC_SUITE} ({how})")))
}

/// Finds or fetches the other programs.
pub(crate) fn others(place: &Place) -> Result<Vec<Tool>> {
    let missing: Vec<_> = TOOLS.iter().filter(|(name, ..)| on_path(name).is_none()).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package, _)| *package).collect();
    let tree = Tree { name: "debian-tools", suite: None, packages: &packages };
    let ready = if missing.is_empty() { None } else { Some(tree.prepare(place)?) };
    let mut tools = Vec::new();
    for (name, _, variable) in TOOLS {
        let (path, origin) = match (on_path(name), &ready) {
            (Some(path), _) => (path, format!("{name} on PATH")),
            (None, Some(ready)) => {
                let environment = environment(name, &ready.folder);
                let program = Program {
                    tree: tree.name,
                    folder: "usr/bin",
                    name,
                    script: name,
                    libraries: Vec::new(),
                    environment,
                };
                let path = program.wrap(place)?;
                let how = if ready.fetched { "fetched" } else { "kept" };
                (path, format!("{name} from Debian ({how})"))
            }
            (None, None) => bail!("{name} was on PATH a moment ago"),
        };
        let option = if name == "openssl" { "version" } else { "--version" };
        output(Command::new(&path).arg(option), "the program does not run")?;
        tools.push(Tool { variable, path, origin });
    }
    Ok(tools)
}

/// Finds or fetches aapt2, which makes Android's tables of resources, and tries it.
pub(crate) fn aapt2(place: &Place) -> Result<Tool> {
    let (path, origin) = match on_path("aapt2") {
        Some(path) => (path, "aapt2 on PATH".to_owned()),
        None => fetched_aapt2(place)?,
    };
    output(Command::new(&path).arg("version"), "the program does not run")?;
    Ok(Tool { variable: AAPT2, path, origin })
}

fn fetched_aapt2(place: &Place) -> Result<(PathBuf, String)> {
    let tree = Tree { name: "debian-aapt", suite: None, packages: &["aapt"] };
    let ready = tree.prepare(place)?;
    let program = Program {
        tree: tree.name,
        folder: "usr/lib/android-sdk/build-tools/debian",
        name: "aapt2",
        script: "aapt2",
        libraries: named_by_path(place, &ready.folder)?,
        environment: Vec::new(),
    };
    let how = if ready.fetched { "fetched" } else { "kept" };
    Ok((program.wrap(place)?, format!("aapt2 from Debian ({how})")))
}

/// The folders of the tree, inside the cache, that Debian's aapt2 and its libraries name by paths of the machine: those of
/// Android, and p7zip's, whose `7z.so` Android's libbacktrace is linked to.
fn named_by_path(place: &Place, tree: &Path) -> Result<Vec<String>> {
    let [usr, lib] = library_folders(tree)?.map(|folder| folder.join("android"));
    let mut found = Vec::new();
    for (library, folders) in
        [("libbase.so.0", vec![usr, lib]), ("7z.so", vec![tree.join("usr/lib/p7zip")])]
    {
        let holds = |folder: &PathBuf| folder.join(library).exists();
        let folder = folders.into_iter().find(holds);
        let folder =
            folder.with_context(|| format!("Debian's aapt has no {library} where it was"))?;
        found.push(folder.strip_prefix(&place.cache)?.display().to_string());
    }
    Ok(found)
}

/// Checks that the drivers the tests use were built in.
fn check_drivers(path: &Path, needed: &[(&str, &str)]) -> Result<()> {
    let advice = "remove .cache/debian-lpac and run the command again";
    let drivers = output(Command::new(path).args(["driver", "list"]), advice)?;
    let listed: serde_json::Value = serde_json::from_str(&drivers)
        .with_context(|| format!("`lpac driver list` printed no JSON: {drivers}"))?;
    for (kind, name) in needed {
        let names = listed["payload"][*kind].as_array();
        if !names.is_some_and(|names| names.iter().any(|listed| listed == name)) {
            bail!("{path:?} was built without the {kind} driver {name}");
        }
    }
    Ok(())
}

/// Whether lpac goes on after its card connected. Release 2.3.0 takes the success of its own
/// printing for a failure and gives up after the first line.
fn speaks_stdio(path: &Path) -> Result<bool> {
    let connected = "{\"type\":\"apdu\",\"payload\":{\"ecode\":0}}\n";
    let refused = "{\"type\":\"apdu\",\"payload\":{\"ecode\":-1}}\n";
    let mut command = Command::new(path);
    command.args(["chip", "info"]).env("LPAC_APDU", "stdio");
    // Connecting works, opening the channel does not; then come the answers at its closing.
    let said = converse(&mut command, &[connected, refused, connected].concat())?;
    Ok(said.contains("logic_channel_open"))
}

/// A script that runs lpac behind tests/interop/python/lpac_stdio.py.
fn bridge(place: &Place, plain: &Path) -> Result<PathBuf> {
    let plain = match plain.strip_prefix(&place.root) {
        Ok(inside) => format!("$root/{}", inside.display()),
        Err(_) => plain.display().to_string(),
    };
    let script = format!(
        "#!/bin/sh\n\
         # Written by cargo xtask: lpac {LPAC_RELEASE} with a working stdio driver.\n\
         root=$(dirname \"$(dirname \"$(dirname \"$(readlink -f \"$0\")\")\")\")\n\
         exec python3 \"$root/tests/interop/python/lpac_stdio.py\" \"{plain}\" \"$@\"\n"
    );
    write_script(place, "lpac", &script)
}

/// The release of an installed lpac, if it is one that the tests know.
///
/// Debian's build states no version of its own, so the package's is asked too.
fn installed_release(path: &Path) -> Option<String> {
    let said = output(Command::new(path).arg("version"), "").ok()?;
    let said: serde_json::Value = serde_json::from_str(&said).ok()?;
    let own = said["payload"]["data"].as_str()?.trim_start_matches('v').to_owned();
    let package = || {
        let mut command = Command::new("dpkg-query");
        output(command.args(["-W", "-f", "${Version}", "lpac"]), "").ok()
    };
    [Some(own), package()].into_iter().flatten().find(|version| version.starts_with(LPAC_RELEASE))
}

/// The version of an unpacked package, as its changelog's first line states it.
fn unpacked_version(tree: &Path, package: &str) -> String {
    let changelog = tree.join(format!("usr/share/doc/{package}/changelog.Debian.gz"));
    let text = output(Command::new("gzip").arg("-dc").arg(changelog), "").unwrap_or_default();
    version_in_changelog(&text).unwrap_or("of unknown version").to_owned()
}

fn version_in_changelog(text: &str) -> Option<&str> {
    text.lines().next()?.split_once('(')?.1.split_once(')').map(|(version, _)| version)
}

/// What a program needs to find inside its tree, since it looks under /usr by itself.
fn environment(name: &str, tree: &Path) -> Vec<(&'static str, PathBuf)> {
    let inside = |path: PathBuf| path.strip_prefix(tree).map(Path::to_path_buf).unwrap_or(path);
    match name {
        "zbarimg" => {
            let mut found = Vec::new();
            if let Some(coders) = find_folder(&tree.join("usr/lib"), "coders", 5) {
                found.push(("MAGICK_CODER_MODULE_PATH", inside(coders)));
            }
            if let Some(conf) = find_prefix(&tree.join("etc"), "ImageMagick-") {
                found.push(("MAGICK_CONFIGURE_PATH", inside(conf)));
            }
            found
        }
        "openssl" => vec![("OPENSSL_CONF", PathBuf::from("etc/ssl/openssl.cnf"))],
        _ => Vec::new(),
    }
}

fn find_prefix(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let starts = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    };
    fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).find(starts)
}

fn find_folder(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let listed = fs::read_dir(folder).ok()?;
    let folders: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    let here = folders.iter().find(|path| path.file_name().is_some_and(|file| file == name));
    match (here, depth) {
        (Some(path), _) => Some(path.clone()),
        (None, 0) => None,
        (None, _) => folders.iter().find_map(|path| find_folder(path, name, depth - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_in_the_changelogs_first_line() {
        let text = "lpac (2.3.0-1) unstable; urgency=medium\n\n  * New (1.0) release.\n";
        assert_eq!(version_in_changelog(text), Some("2.3.0-1"));
        assert_eq!(version_in_changelog(""), None);
        assert_eq!(version_in_changelog("no version"), None);
    }

    #[test]
    fn image_coders_are_found_in_the_tree() {
        let tree = tempfile::tempdir().unwrap();
        let coders = "usr/lib/x/ImageMagick-6/modules/coders";
        fs::create_dir_all(tree.path().join(coders)).unwrap();
        fs::create_dir_all(tree.path().join("etc/ImageMagick-6")).unwrap();
        assert_eq!(
            environment("zbarimg", tree.path()),
            [
                ("MAGICK_CODER_MODULE_PATH", PathBuf::from(coders)),
                ("MAGICK_CONFIGURE_PATH", PathBuf::from("etc/ImageMagick-6")),
            ]
        );
        assert!(environment("curl", tree.path()).is_empty());
    }
}
