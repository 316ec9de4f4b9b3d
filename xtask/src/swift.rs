//! Swift: the one on PATH, or Debian's in a tree of its own.
//!
//! Swift finds its parts by absolute paths and needs `/proc`, so its tree is entered by chroot, as root. Each mount
//! is made in a namespace of its own (`unshare`) that the kernel takes down with the last process in it, and that
//! process dies with the one that started it: not even `kill -9` leaves a mount behind.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt_source::{AptSource, debian_mirror};
use crate::debian::{Tree, machine_codename, write_script};
use crate::place::{Place, Stamp, make_folder, remove_folder};
use crate::process::{on_path, output};

/// The oldest Swift that reads the package.
const OLDEST: (u32, u32) = (6, 0);

/// The Debian suite that carries it, and what is installed of it.
const SUITE: &str = "trixie";
const PACKAGES: &str = "swiftlang gcc g++ libc6-dev git";

/// The tree's name in the cache; the wrapper script knows it too.
const TREE: &str = "swift-tree";

const MOUNTS: &str = include_str!("swift/mounts.sh");
const MAKE: &str = include_str!("swift/make.sh");
const ENTER: &str = include_str!("swift/enter.sh");
const INSIDE: &str = include_str!("swift/inside.sh");

/// What to do where neither way is open.
const INSTALL: &str = "install Swift 6.0 or newer (swift.org, or Debian trixie: apt-get install swiftlang) \
                       and put it on PATH";

/// A Swift that is ready, and where it came from.
pub(crate) struct Swift {
    pub(crate) path: PathBuf,
    pub(crate) origin: String,
}

/// Finds Swift, or makes the tree, and tries it.
pub(crate) fn prepare(place: &Place) -> Result<Swift> {
    if let Some(path) = on_path("swift")
        && let Ok(version) = version(place, &path)
        && is_new_enough(&version)
    {
        return Ok(Swift { path, origin: format!("Swift {version} on PATH") });
    }
    let user = fs::metadata("/proc/self").map(|data| data.uid()).ok();
    let has_tools = ["apt-get", "setpriv", "unshare"].iter().all(|tool| on_path(tool).is_some());
    may_enter_a_tree(user, has_tools)?;
    let fetched = tree(place)?;
    write_script(place, "swift-inside", &format!("{MOUNTS}{INSIDE}"))?;
    let path = write_script(place, "swift", ENTER)?;
    let version = version(place, &path)?;
    if !is_new_enough(&version) {
        bail!("Debian {SUITE} has Swift {version}, which is too old: {INSTALL}");
    }
    let how = if fetched { "fetched" } else { "kept" };
    Ok(Swift { path, origin: format!("Swift {version} from Debian {SUITE} ({how})") })
}

/// Whether this user (none where there is no `/proc`) on this machine can use a tree.
fn may_enter_a_tree(user: Option<u32>, has_tools: bool) -> Result<()> {
    match (user, has_tools) {
        (Some(0), true) => Ok(()),
        (Some(_), true) => bail!(
            "no Swift 6.0 on PATH, and only root can use one from Debian in a tree of its own: {INSTALL}, \
             or run this as root"
        ),
        _ => {
            bail!("no Swift 6.0 on PATH, and this machine is no Debian to fetch it with: {INSTALL}")
        }
    }
}

/// Makes sure that the tree is there; whether it had to be made.
fn tree(place: &Place) -> Result<bool> {
    let tree = place.cache.join(TREE);
    let recipe = format!("1 {SUITE} {PACKAGES}");
    let stamp = Stamp::new(&tree, &recipe);
    if stamp.holds() {
        return Ok(false);
    }
    clear(&tree, &fs::read_to_string("/proc/self/mountinfo")?)?;
    eprintln!("making a Debian {SUITE} with Swift in {tree:?} (3 GB, some minutes)");
    make(place, &tree).with_context(|| format!("cannot make a Debian {SUITE} with Swift"))?;
    stamp.set()?;
    Ok(true)
}

/// Removes a tree that was not made whole, unless something is mounted in it.
fn clear(tree: &Path, mountinfo: &str) -> Result<()> {
    let real = tree.canonicalize().unwrap_or_else(|_| tree.to_path_buf());
    // The fifth field; blanks and the like stand there as octal numbers.
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    let points = points.map(|point| PathBuf::from(without_octal(point)));
    let below: Vec<PathBuf> = points.filter(|point| point.starts_with(&real)).collect();
    if !below.is_empty() {
        bail!(
            "{tree:?} is to be made anew, but something is mounted in it: unmount {below:?} first"
        );
    }
    remove_folder(tree)
}

fn make(place: &Place, tree: &Path) -> Result<()> {
    let mirror = debian_mirror(Path::new("/etc/apt"), &machine_codename())?;
    let work = place.cache.join("swift-work");
    make_folder(&work)?;
    let source = work.join("mirror.sources");
    fs::write(&source, mirror.for_suite(SUITE))
        .with_context(|| format!("cannot write {source:?}"))?;
    let script = work.join("make.sh");
    fs::write(&script, format!("{MOUNTS}{MAKE}"))
        .with_context(|| format!("cannot write {script:?}"))?;

    let mut command = in_namespace();
    command.arg("sh").arg(&script).arg(tree).arg(&source).arg(PACKAGES);
    debootstrap(place, &mut command)?;
    command.arg("--variant=minbase").args(trust(&mirror)).arg(SUITE).arg(tree).arg(mirror.uri());
    output(&mut command, "see what debootstrap and apt say below")?;
    remove_folder(&work)
}

/// A command line whose mounts and processes all end with it, and with this program.
fn in_namespace() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare"]);
    command.args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]);
    command
}

/// Adds the call of debootstrap: the machine's, or one unpacked into the cache, for it is only scripts.
fn debootstrap(place: &Place, command: &mut Command) -> Result<()> {
    if let Some(path) = on_path("debootstrap") {
        command.arg(path);
        return Ok(());
    }
    if on_path("wget").is_none() {
        bail!("debootstrap needs wget: apt-get install wget, or debootstrap, which brings it");
    }
    let tree = Tree { name: "debian-debootstrap", suite: None, packages: &["debootstrap"] };
    let folder = tree.prepare(place)?.folder;
    command.arg("env");
    let mut variable = std::ffi::OsString::from("DEBOOTSTRAP_DIR=");
    variable.push(folder.join("usr/share/debootstrap"));
    command.arg(variable).arg("sh").arg(folder.join("usr/sbin/debootstrap"));
    Ok(())
}

/// How debootstrap is told to trust the mirror as far as the machine does, and no further.
fn trust(mirror: &AptSource) -> Vec<String> {
    if mirror.is_trusted() {
        return vec!["--no-check-gpg".to_owned()];
    }
    let mut options = vec!["--force-check-gpg".to_owned()];
    options.extend(mirror.keyring().map(|path| format!("--keyring={path}")));
    options
}

fn without_octal(point: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(point.to_owned(), |text, (octal, plain)| text.replace(octal, plain))
}

/// What `swift --version` says, run where the wrapper may run.
fn version(place: &Place, swift: &Path) -> Result<String> {
    let mut command = Command::new(swift);
    command.arg("--version").current_dir(&place.root).env("CARGO_TARGET_DIR", &place.target);
    let advice = "Swift does not run: remove .cache/swift-tree and run the command again";
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
    fn only_root_on_a_debian_uses_a_tree_and_others_are_told_what_to_install() {
        assert!(may_enter_a_tree(Some(0), true).is_ok());
        for (user, has_tools, reason) in [
            (Some(1000), true, "only root"),
            (Some(0), false, "no Debian"),
            (Some(1000), false, "no Debian"),
            (None, true, "no Debian"),
        ] {
            let error = may_enter_a_tree(user, has_tools).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(error.contains("apt-get install swiftlang"), "{error}");
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

    fn place(folder: &Path) -> Place {
        Place { cache: folder.join("c"), target: folder.join("t"), root: folder.to_path_buf() }
    }

    #[test]
    fn a_tree_is_kept_for_its_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let tree_folder = place.cache.join(TREE);
        make_folder(&tree_folder.join("usr")).unwrap();
        Stamp::new(&tree_folder, &format!("1 {SUITE} {PACKAGES}")).set().unwrap();
        assert!(!tree(&place).unwrap());
        assert!(tree_folder.join("usr").exists());
    }

    #[test]
    fn a_half_made_tree_goes_unless_something_is_mounted_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let tree = root.join("swift tree");
        make_folder(&tree.join("dev")).unwrap();
        let written = tree.display().to_string().replace(' ', "\\040");
        let mounted = format!(
            "20 1 0:5 / /proc rw - proc proc rw\n21 1 0:6 / {written}/dev rw - devtmpfs udev rw\n"
        );
        let error = clear(&tree, &mounted).unwrap_err().to_string();
        assert!(error.contains("unmount"), "{error}");
        assert!(tree.join("dev").exists());
        let elsewhere = format!("21 1 0:6 / {written}-other/dev rw - devtmpfs udev rw\n");
        clear(&tree, &elsewhere).unwrap();
        assert!(!tree.exists());
        clear(&tree, "").unwrap();
    }

    #[test]
    fn a_mirror_is_trusted_as_the_machine_trusts_it() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("sources.list");
        let options = |option: &str| {
            fs::write(&list, format!("deb {option} http://m.test/debian sid main\n")).unwrap();
            trust(&debian_mirror(folder.path(), "sid").unwrap())
        };
        assert_eq!(options(""), ["--force-check-gpg"]);
        assert_eq!(options("[signed-by=/k.gpg]"), ["--force-check-gpg", "--keyring=/k.gpg"]);
        assert_eq!(options("[trusted=yes]"), ["--no-check-gpg"]);
    }

    #[test]
    fn the_wrapper_takes_the_same_namespaces_as_the_making() {
        let made = in_namespace();
        let mut words = vec!["setpriv".to_owned()];
        words.extend(made.get_args().map(|word| word.to_string_lossy().into_owned()));
        assert!(ENTER.contains(&format!("exec {} \\\n", words.join(" "))), "{words:?}");
        // The wrapper itself mounts nothing: what is run behind `unshare` does.
        assert!(!ENTER.lines().any(|line| line.trim_start().starts_with("mount ")));
        assert!(INSIDE.contains(&format!("tree=$cache/{TREE}\n")));
    }

    #[test]
    fn the_wrapper_mounts_single_devices_and_never_the_folder() {
        let mounts = [MOUNTS, MAKE, INSIDE].concat();
        let binds: Vec<&str> =
            mounts.lines().map(str::trim).filter(|line| line.starts_with("mount --bind")).collect();
        assert_eq!(
            binds,
            [
                "mount --bind \"/dev/$device\" \"$1/dev/$device\"",
                "mount --bind \"$folder\" \"$tree$folder\""
            ]
        );
    }
}
