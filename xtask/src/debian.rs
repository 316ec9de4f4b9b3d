//! Programs from Debian packages, unpacked into a folder of our own.
//!
//! A private apt (own lists, own archive folder, an almost empty dpkg status) resolves and
//! downloads the closure of a package; `dpkg-deb -x` unpacks it. It needs no root, no chroot and
//! no mount, and changes nothing on the machine. The programs run through the tree's own dynamic
//! loader, so that they and their libraries fit together whatever the machine has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt_source::{codename, debian_mirror};
use crate::place::{Place, Stamp, make_folder, remove_folder};
use crate::process::{on_path, output};

/// Said to be installed already unless asked for, since the programs run without them (services and their tools).
const LEFT_OUT: &[&str] =
    &["dbus", "debconf", "dpkg", "pcscd", "perl", "polkitd", "systemd", "tar", "ucf"];

/// A tree to unpack.
pub(crate) struct Tree<'a> {
    /// The folder's name in the cache.
    pub(crate) name: &'a str,
    /// The Debian suite; none for the suite of this machine.
    pub(crate) suite: Option<&'a str>,
    /// The packages wanted, their closure comes along.
    pub(crate) packages: &'a [&'a str],
}

/// A tree that is whole, and whether it had to be fetched.
pub(crate) struct Ready {
    pub(crate) folder: PathBuf,
    pub(crate) fetched: bool,
}

impl Tree<'_> {
    /// Makes sure that the tree is there.
    pub(crate) fn prepare(&self, place: &Place) -> Result<Ready> {
        let folder = place.cache.join(self.name);
        let suite = match self.suite {
            Some(suite) => suite.to_owned(),
            None => machine_codename(),
        };
        let recipe = format!("1 {suite} {}", self.packages.join(" "));
        if Stamp::new(&folder, &recipe).holds() {
            return Ok(Ready { folder, fetched: false });
        }
        let wanted = self.packages.join(", ");
        if on_path("apt-get").is_none() || on_path("dpkg-deb").is_none() {
            bail!("{wanted}: not on PATH, and without apt-get and dpkg-deb they cannot be fetched");
        }
        self.fetch(place, &suite, &folder)
            .with_context(|| format!("cannot fetch {wanted} from Debian {suite}"))?;
        Stamp::new(&folder, &recipe).set()?;
        Ok(Ready { folder, fetched: true })
    }

    fn fetch(&self, place: &Place, suite: &str, folder: &Path) -> Result<()> {
        eprintln!("fetching {} from Debian {suite}", self.packages.join(", "));
        let apt = place.cache.join(format!("apt-{}", self.name));
        let conf = private_apt(&apt, suite, self.packages)?;
        let get = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.arg("-c").arg(&conf).arg("-qq").args(arguments);
            command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
            output(&mut command, "see what apt says below")
        };
        get(&["update"])?;
        let mut install = vec!["--yes", "--download-only", "--no-install-recommends", "install"];
        install.extend(self.packages);
        get(&install)?;
        unpack_all(&apt.join("cache/archives"), folder)?;
        remove_folder(&apt)
    }
}

/// Lays out a private apt and gives its configuration file. Archives of an aborted run are kept.
fn private_apt(apt: &Path, suite: &str, packages: &[&str]) -> Result<PathBuf> {
    let mirror = debian_mirror(Path::new("/etc/apt"), &machine_codename())?;
    for folder in ["state/lists/partial", "cache/archives/partial", "sources", "preferences"] {
        make_folder(&apt.join(folder))?;
    }
    let write = |name: &str, text: &str| {
        let path = apt.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {path:?}"))
    };
    write("sources/mirror.sources", &mirror.for_suite(suite))?;
    write("status", &pretended_status(&architecture()?, packages))?;
    write("apt.conf", &configuration(apt))?;
    Ok(apt.join("apt.conf"))
}

fn configuration(apt: &Path) -> String {
    let apt = apt.display();
    // The machine's own apt.conf.d stays in force (proxies, certificates); its hooks do not.
    format!(
        "Dir::State \"{apt}/state\";\n\
         Dir::State::status \"{apt}/status\";\n\
         Dir::Cache \"{apt}/cache\";\n\
         Dir::Etc::sourcelist \"/dev/null\";\n\
         Dir::Etc::sourceparts \"{apt}/sources\";\n\
         Dir::Etc::preferences \"/dev/null\";\n\
         Dir::Etc::preferencesparts \"{apt}/preferences\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::Retries \"3\";\n\
         APT::Update::Error-Mode \"any\";\n\
         APT::Sandbox::User \"root\";\n\
         #clear APT::Update::Pre-Invoke;\n\
         #clear APT::Update::Post-Invoke;\n\
         #clear APT::Update::Post-Invoke-Success;\n\
         #clear DPkg::Post-Invoke;\n\
         #clear Acquire::IndexTargets::deb::DEP-11;\n"
    )
}

fn pretended_status(architecture: &str, wanted: &[&str]) -> String {
    let stanza = |name: &&str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\n\
             Version: 9999\nMaintainer: nobody\nDescription: left out\n\n"
        )
    };
    LEFT_OUT.iter().filter(|name| !wanted.contains(name)).map(stanza).collect()
}

fn unpack_all(archives: &Path, folder: &Path) -> Result<()> {
    let partial = folder.with_extension("partial");
    remove_folder(&partial)?;
    remove_folder(folder)?;
    make_folder(&partial)?;
    let mut count = 0;
    let listed = fs::read_dir(archives).with_context(|| format!("cannot list {archives:?}"))?;
    for entry in listed {
        let archive = entry?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            let mut command = Command::new("dpkg-deb");
            command.arg("-x").arg(&archive).arg(&partial);
            output(&mut command, "the package cannot be unpacked")?;
            count += 1;
        }
    }
    if count == 0 {
        bail!("apt downloaded no package");
    }
    fs::rename(&partial, folder).with_context(|| format!("cannot rename {partial:?}"))
}

/// A program inside a tree, to be run through a wrapper script.
pub(crate) struct Program<'a> {
    /// The tree's folder name in the cache.
    pub(crate) tree: &'a str,
    /// The folder in the tree that the program is in.
    pub(crate) folder: &'a str,
    /// The program's name.
    pub(crate) name: &'a str,
    /// The wrapper's name.
    pub(crate) script: &'a str,
    /// Folders of the cache with libraries that come before the tree's own.
    pub(crate) libraries: Vec<String>,
    /// Environment variables, with paths inside the tree.
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
}

impl Program<'_> {
    /// Writes the wrapper script and gives its path. It finds the tree beside itself, so the
    /// workspace may be moved.
    pub(crate) fn wrap(&self, place: &Place) -> Result<PathBuf> {
        let folder = place.cache.join(self.tree);
        let loader = loader(&folder, &architecture()?)?;
        let path = write_script(place, self.script, &wrapper(self, &loader, RUN))?;
        let list = write_script(
            place,
            &format!("{}-libraries", self.script),
            &wrapper(self, &loader, LIST),
        )?;
        let listed = output(&mut Command::new(list), "its libraries cannot be listed")?;
        // The machine's own libraries would do as well, and a machine without them would have none.
        let cache = place.cache.canonicalize()?;
        if let Some(fault) = libraries_outside(&listed, &cache) {
            bail!("{} of {folder:?} {fault}: {REMOVE_TREE}", self.name);
        }
        Ok(path)
    }
}

/// What to do with a tree that is not whole.
const REMOVE_TREE: &str = "remove that folder and run the command again";

/// How a wrapper calls the loader: to run the program, or only to list the libraries that it would run with.
const RUN: &str = "";
const LIST: &str = " --list";

/// What is wrong with the libraries that a loader lists: the first that is missing, or is not below `cache`.
fn libraries_outside(listed: &str, cache: &Path) -> Option<String> {
    listed.lines().find_map(|line| {
        let (name, found) = line.trim().split_once(" => ")?;
        let path = found.split(" (").next().unwrap_or(found);
        match path {
            "not found" => Some(format!("lacks the library {name}")),
            _ if Path::new(path).starts_with(cache) => None,
            _ => Some(format!("takes the library {name} from outside, {path}")),
        }
    })
}

/// Writes an executable script into the cache's bin and gives its path.
pub(crate) fn write_script(place: &Place, name: &str, script: &str) -> Result<PathBuf> {
    let bin = place.bin();
    make_folder(&bin)?;
    let path = bin.join(name);
    // Written beside and renamed: another process may be running the old one.
    let fresh = bin.join(format!("{name}.new"));
    fs::write(&fresh, script).with_context(|| format!("cannot write {fresh:?}"))?;
    make_executable(&fresh)?;
    fs::rename(&fresh, &path).with_context(|| format!("cannot write {path:?}"))?;
    Ok(path)
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, mode).with_context(|| format!("cannot make {path:?} executable"))
}

/// Where a tree keeps its loader and libraries, relative to the tree.
struct Loader {
    file: &'static str,
    triplet: &'static str,
}

fn wrapper(program: &Program<'_>, loader: &Loader, option: &str) -> String {
    let mut script = format!(
        "#!/bin/sh\n\
         # Written by cargo xtask: runs a Debian program through its own loader and libraries.\n\
         tree=$(dirname \"$(dirname \"$(readlink -f \"$0\")\")\")/{}\n",
        program.tree
    );
    for (name, path) in &program.environment {
        script.push_str(&format!("export {name}=\"$tree/{}\"\n", path.display()));
    }
    let (name, file, triplet) = (program.name, loader.file, loader.triplet);
    let first: String =
        program.libraries.iter().map(|folder| format!("$(dirname \"$tree\")/{folder}:")).collect();
    let folder = program.folder;
    script.push_str(&format!(
        "exec \"$tree/{file}\"{option} --argv0 {name} \
         --library-path \"{first}$tree/usr/lib/{triplet}:$tree/lib/{triplet}\" \
         \"$tree/{folder}/{name}\" \"$@\"\n"
    ));
    script
}

fn loader(tree: &Path, architecture: &str) -> Result<Loader> {
    let (triplet, files): (&str, [&'static str; 2]) = match architecture {
        "amd64" => (
            "x86_64-linux-gnu",
            [
                "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            ],
        ),
        "arm64" => (
            "aarch64-linux-gnu",
            [
                "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
                "lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
            ],
        ),
        other => bail!("Debian programs can be fetched for amd64 and arm64, not for {other}"),
    };
    let here = |file: &&&'static str| tree.join(file).symlink_metadata().is_ok_and(|m| m.is_file());
    match files.iter().find(here) {
        Some(file) => Ok(Loader { file, triplet }),
        None => bail!("{tree:?} holds no dynamic loader: {REMOVE_TREE}"),
    }
}

/// The folders of a tree that hold its libraries.
pub(crate) fn library_folders(tree: &Path) -> Result<[PathBuf; 2]> {
    let triplet = loader(tree, &architecture()?)?.triplet;
    Ok(["usr/lib", "lib"].map(|folder| tree.join(folder).join(triplet)))
}

fn architecture() -> Result<String> {
    let mut command = Command::new("dpkg");
    let printed = output(command.arg("--print-architecture"), "this machine is no Debian")?;
    Ok(printed.trim().to_owned())
}

/// The code name of this machine's Debian, empty if it states none.
pub(crate) fn machine_codename() -> String {
    codename(&fs::read_to_string("/etc/os-release").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrapper_finds_its_tree_beside_itself() {
        let program = Program {
            tree: "debian-x",
            folder: "usr/bin",
            name: "tool",
            script: "tool",
            libraries: Vec::new(),
            environment: vec![("TOOL_CONF", PathBuf::from("etc/tool"))],
        };
        let loader = Loader { file: "lib/T/ld.so", triplet: "T" };
        let script = wrapper(&program, &loader, RUN);
        assert!(script.starts_with("#!/bin/sh\n"));
        assert!(script.contains("export TOOL_CONF=\"$tree/etc/tool\"\n"), "{script}");
        let last = "exec \"$tree/lib/T/ld.so\" --argv0 tool \
                    --library-path \"$tree/usr/lib/T:$tree/lib/T\" \"$tree/usr/bin/tool\" \"$@\"";
        assert_eq!(script.lines().last(), Some(last));
        let program = Program {
            folder: "usr/sbin",
            libraries: vec!["more".to_owned(), "again".to_owned()],
            ..program
        };
        let last = "exec \"$tree/lib/T/ld.so\" --argv0 tool \
                    --library-path \"$(dirname \"$tree\")/more:$(dirname \"$tree\")/again:$tree/usr/lib/T:$tree/lib/T\" \
                    \"$tree/usr/sbin/tool\" \"$@\"";
        assert_eq!(wrapper(&program, &loader, RUN).lines().last(), Some(last));
    }

    #[test]
    fn a_wrapper_runs_in_a_moved_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        make_folder(&tree).unwrap();
        make_folder(&folder.path().join("bin")).unwrap();
        let fake = tree.join("ld");
        fs::write(&fake, "#!/bin/sh\necho \"$CONF\" \"$@\"\n").unwrap();
        make_executable(&fake).unwrap();
        let environment = vec![("CONF", PathBuf::from("etc"))];
        let program = Program {
            tree: "tree",
            folder: "usr/bin",
            name: "tool",
            script: "tool",
            libraries: Vec::new(),
            environment,
        };
        let script = folder.path().join("bin/tool");
        fs::write(&script, wrapper(&program, &Loader { file: "ld", triplet: "T" }, RUN)).unwrap();
        make_executable(&script).unwrap();
        let root = folder.path().canonicalize().unwrap();
        let tree = root.join("tree").display().to_string();
        let said = output(Command::new(&script).args(["a b", "c"]), "").unwrap();
        let libraries = format!("{tree}/usr/lib/T:{tree}/lib/T");
        assert_eq!(
            said.trim(),
            format!("{tree}/etc --argv0 tool --library-path {libraries} {tree}/usr/bin/tool a b c")
        );
    }

    #[test]
    fn libraries_are_the_trees_own() {
        let cache = Path::new("/x/.cache");
        let own = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibm.so.6 => /x/.cache/t/lib/libm.so.6 (0x00007f)\n\
                   \t/x/.cache/t/lib/ld.so (0x00007f)\n";
        assert_eq!(libraries_outside(own, cache), None);
        let outside = format!("{own}\t7z.so => /usr/lib/p7zip/7z.so (0x00007f)\n");
        let fault = libraries_outside(&outside, cache).unwrap();
        assert_eq!(fault, "takes the library 7z.so from outside, /usr/lib/p7zip/7z.so");
        let missing = format!("{own}\t7z.so => not found\n");
        assert_eq!(libraries_outside(&missing, cache).unwrap(), "lacks the library 7z.so");
    }

    #[test]
    fn an_absolute_loader_link_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("usr/lib/x86_64-linux-gnu");
        let old = folder.path().join("lib/x86_64-linux-gnu");
        make_folder(&new).unwrap();
        make_folder(&old).unwrap();
        let name = "ld-linux-x86-64.so.2";
        std::os::unix::fs::symlink("/bin/sh", new.join(name)).unwrap();
        assert!(loader(folder.path(), "amd64").is_err());
        fs::write(old.join(name), "").unwrap();
        let found = loader(folder.path(), "amd64").unwrap();
        assert_eq!(found.file, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
        assert!(loader(folder.path(), "riscv64").is_err());
    }

    #[test]
    fn packages_left_out_count_as_installed() {
        let status = pretended_status("amd64", &["lpac"]);
        assert_eq!(status.matches("Status: install ok installed\n").count(), LEFT_OUT.len());
        assert!(status.contains("Package: pcscd\n"));
        assert!(!pretended_status("amd64", &["pcscd"]).contains("Package: pcscd\n"));
    }
}
