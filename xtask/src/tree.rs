//! Whole Debian systems in folders of the cache, for programs that find their parts by absolute paths.
//!
//! Such a tree is entered by chroot, as root, and has a `/proc`. Each mount is made in a namespace of its own
//! (`unshare`) that the kernel takes down with the last process in it, and that process dies with the one that
//! started it: not even `kill -9` leaves a mount behind.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::fs::statvfs;

use crate::apt_source::{AptSource, debian_mirror};
use crate::debian::{Tree, machine_codename, write_script};
use crate::place::{Place, Stamp, make_folder, remove_folder};
use crate::process::{on_path, output};

const MOUNTS: &str = include_str!("tree/mounts.sh");
const MAKE: &str = include_str!("tree/make.sh");
const ENTER: &str = include_str!("tree/enter.sh");
const INSIDE: &str = include_str!("tree/inside.sh");
const PRISTINE: &str = include_str!("tree/pristine.sh");

/// A Debian system that is wanted.
pub(crate) struct System<'a> {
    /// The folder's name in the cache.
    pub(crate) name: &'a str,
    /// The Debian suite.
    pub(crate) suite: &'a str,
    /// The script of debootstrap, where older ones do not know the suite.
    pub(crate) script: Option<&'a str>,
    /// What is installed, with blanks between.
    pub(crate) packages: &'a str,
    /// Shell for when that is done; it has `$tree`, and `get` for the tree's apt-get.
    pub(crate) after: &'a str,
    /// What a person is told of it.
    pub(crate) purpose: &'a str,
    /// How much room it takes, in gigabytes.
    pub(crate) gigabytes: u64,
}

/// Whether this user on this machine can make and enter trees; the error is the reason alone.
pub(crate) fn may_enter() -> Result<()> {
    let user = fs::metadata("/proc/self").map(|data| data.uid()).ok();
    let has_tools = ["apt-get", "setpriv", "unshare"].iter().all(|tool| on_path(tool).is_some());
    may_this_user(user, has_tools)
}

/// The user is none where there is no `/proc`.
fn may_this_user(user: Option<u32>, has_tools: bool) -> Result<()> {
    match (user, has_tools) {
        (Some(0), true) => Ok(()),
        (Some(_), true) => {
            bail!("only root can use a Debian in a tree of its own; run this as root")
        }
        _ => bail!("this machine is no Debian to fetch one with (apt-get, setpriv and unshare)"),
    }
}

impl System<'_> {
    /// Makes sure that the tree is there; whether it had to be made.
    pub(crate) fn prepare(&self, place: &Place) -> Result<bool> {
        let tree = place.cache.join(self.name);
        let recipe = self.recipe();
        let stamp = Stamp::new(&tree, &recipe);
        if stamp.holds() {
            return Ok(false);
        }
        clear(&tree, &fs::read_to_string("/proc/self/mountinfo")?)?;
        // Asked beforehand, for debootstrap does not say why it fails.
        has_room(&place.cache, self.gigabytes)?;
        let (suite, purpose, gigabytes) = (self.suite, self.purpose, self.gigabytes);
        eprintln!("making a Debian {suite} in {tree:?}: {purpose} ({gigabytes} GB, some minutes)");
        self.make(place, &tree).with_context(|| format!("cannot make a Debian {suite}"))?;
        stamp.set()?;
        Ok(true)
    }

    fn recipe(&self) -> String {
        let mut recipe = format!("1 {} {}", self.suite, self.packages);
        if !self.after.is_empty() {
            recipe.push('\n');
            recipe.push_str(self.after);
        }
        recipe
    }

    /// A script in the cache's bin, `name`, that runs `program` with its arguments inside the tree.
    pub(crate) fn wrapper(&self, place: &Place, name: &str, program: &str) -> Result<PathBuf> {
        let names = format!("\ntree_name={}\nprogram={program}\n", self.name);
        write_script(place, &format!("{name}-inside"), &format!("{MOUNTS}{names}{INSIDE}"))?;
        write_script(place, name, ENTER)
    }

    /// A command inside the tree, which is read-only, with `home` as root's home folder; to be completed with variables and
    /// the program.
    pub(crate) fn pristine(&self, place: &Place, home: &Path, rust: &Path) -> Result<Command> {
        let script = write_script(place, "pristine-inside", &format!("{MOUNTS}{PRISTINE}"))?;
        let mut command = in_namespace();
        command.arg("sh").arg(script).arg(place.cache.join(self.name)).arg(home).arg(rust);
        Ok(command)
    }

    fn make(&self, place: &Place, tree: &Path) -> Result<()> {
        let mirror = debian_mirror(Path::new("/etc/apt"), &machine_codename())?;
        let work = place.cache.join(format!("{}-work", self.name));
        make_folder(&work)?;
        let source = work.join("mirror.sources");
        fs::write(&source, mirror.for_suite(self.suite))
            .with_context(|| format!("cannot write {source:?}"))?;
        let script = work.join("make.sh");
        fs::write(&script, format!("{MOUNTS}{MAKE}{}", self.after))
            .with_context(|| format!("cannot write {script:?}"))?;

        let mut command = in_namespace();
        command.arg("sh").arg(&script).arg(tree).arg(&source).arg(self.packages);
        debootstrap(place, &mut command)?;
        command.arg("--variant=minbase").args(trust(&mirror));
        command.arg(self.suite).arg(tree).arg(mirror.uri()).args(self.script);
        output(&mut command, "see what debootstrap and apt say below")?;
        remove_folder(&work)
    }
}

/// Says before anything is written when the disk has less than this.
pub(crate) fn has_room(folder: &Path, gigabytes: u64) -> Result<()> {
    make_folder(folder)?;
    let disk = statvfs(folder).with_context(|| format!("cannot measure the disk of {folder:?}"))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000;
    if free < gigabytes.saturating_mul(1000) {
        bail!("the disk is full: {gigabytes} GB are needed in {folder:?}, and {free} MB are free");
    }
    Ok(())
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
    let mut variable = OsString::from("DEBOOTSTRAP_DIR=");
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

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: System<'_> = System {
        name: "a-tree",
        suite: "forky",
        script: None,
        packages: "one two",
        after: "get clean\n",
        purpose: "for tests",
        gigabytes: 1,
    };

    fn place(folder: &Path) -> Place {
        Place { cache: folder.join("c"), target: folder.join("t"), root: folder.to_path_buf() }
    }

    #[test]
    fn only_root_on_a_debian_uses_a_tree() {
        assert!(may_this_user(Some(0), true).is_ok());
        for (user, has_tools, reason) in [
            (Some(1000), true, "only root"),
            (Some(0), false, "no Debian"),
            (Some(1000), false, "no Debian"),
            (None, true, "no Debian"),
        ] {
            let error = may_this_user(user, has_tools).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_tree_is_kept_for_its_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let tree = place.cache.join(SYSTEM.name);
        make_folder(&tree.join("usr")).unwrap();
        Stamp::new(&tree, &SYSTEM.recipe()).set().unwrap();
        assert!(!SYSTEM.prepare(&place).unwrap());
        assert!(tree.join("usr").exists());
        let other = System { after: "", ..SYSTEM };
        assert!(!Stamp::new(&tree, &other.recipe()).holds());
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
    fn a_full_disk_is_told_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        has_room(folder.path(), 0).unwrap();
        let error = has_room(folder.path(), u64::MAX / 1000).unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{error}");
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
    }

    #[test]
    fn the_wrapper_names_its_tree_and_its_program() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let script = SYSTEM.wrapper(&place, "tool", "env").unwrap();
        assert_eq!(fs::read_to_string(&script).unwrap(), ENTER);
        let inside = fs::read_to_string(place.bin().join("tool-inside")).unwrap();
        assert!(inside.contains("\ntree_name=a-tree\nprogram=env\n"), "{inside}");
    }

    #[test]
    fn the_wrapper_mounts_single_devices_and_never_the_folder() {
        let mounts = [MOUNTS, MAKE, INSIDE, PRISTINE].concat();
        let binds: Vec<&str> =
            mounts.lines().map(str::trim).filter(|line| line.starts_with("mount --bind")).collect();
        assert_eq!(
            binds,
            [
                "mount --bind \"/dev/$device\" \"$1/dev/$device\"",
                "mount --bind \"$folder\" \"$tree$folder\"",
                "mount --bind \"$tree\" \"$tree\"",
                "mount --bind \"$home\" \"$tree$inside\"",
                "mount --bind \"$rust\" \"$tree/opt/rust\""
            ]
        );
    }
}
