//! PC/SC with a virtual reader: pcscd, vsmartcard's driver for it, and the library that speaks with that pcscd.
//!
//! Service and library refuse each other unless they come from one release. So either everything is the machine's, or
//! everything comes from one Debian tree; lpac is given that library, wherever it comes from itself.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian::{Program, Tree, library_folders};
use crate::place::{Place, make_folder, remove_folder};
use crate::process::{on_path, output};
use crate::tools;

/// The service: its name and Debian package.
const PCSCD: &str = "pcscd";
/// The driver's Debian package, and how its file's name begins.
const VPCD: &str = "vsmartcard-vpcd";
const DRIVER: &str = "libifdvpcd.so";
const DRIVERS: &str = "usr/lib/pcsc/drivers/serial";
/// The library, and what it loads by name from release 2.3 on.
const LIBRARY: &str = "libpcsclite.so.1";
const LOADED_LIBRARY: &str = "libpcsclite_real.so.1";
/// The folder in the cache that holds nothing but links to them.
const LINKS: &str = "pcsc-lib";

/// The variable that names the folder of the library to the build script of the crate pcsc-sys.
pub(crate) const LIBRARY_FOLDER: &str = "PCSC_LIB_DIR";

/// What tests of PC/SC need: variables, and where things came from.
pub(crate) struct Pcsc {
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    pub(crate) origin: String,
}

/// The three files that belong together.
struct Release {
    pcscd: PathBuf,
    driver: PathBuf,
    libraries: PathBuf,
    origin: String,
}

/// Finds or fetches pcscd, vpcd and lpac for them, and tries them.
pub(crate) fn prepare(place: &Place) -> Result<Pcsc> {
    let release = match of_machine() {
        Some(release) => release,
        None => of_tree(place)?,
    };
    let links = link_libraries(place, &release.libraries)?;
    let version = output(Command::new(&release.pcscd).arg("--version"), "pcscd does not run")?;
    let version = pcscd_version(&version).context("pcscd does not state its version")?.to_owned();
    let lpac = tools::lpac_for_pcsc(place, &links)?;
    Ok(Pcsc {
        origin: format!("pcscd {version} {}, vpcd, lpac", release.origin),
        variables: vec![
            ("LPAKIT_PCSCD", release.pcscd),
            ("LPAKIT_VPCD", release.driver),
            ("LPAKIT_LPAC_PCSC", lpac),
            (LIBRARY_FOLDER, links),
        ],
    })
}

/// What is installed on this machine, if it is all there.
fn of_machine() -> Option<Release> {
    let outside_path = ["/usr/sbin/pcscd", "/usr/local/sbin/pcscd"].map(PathBuf::from);
    let pcscd = on_path(PCSCD).or_else(|| outside_path.into_iter().find(|file| file.is_file()))?;
    let driver = starting_with(&Path::new("/").join(DRIVERS), DRIVER)?;
    let listed = output(Command::new("/sbin/ldconfig").arg("-p"), "").ok()?;
    let libraries = library_in_ldconfig(&listed)?.parent()?.to_path_buf();
    Some(Release { pcscd, driver, libraries, origin: "of this machine".to_owned() })
}

fn of_tree(place: &Place) -> Result<Release> {
    let tree = Tree { name: "debian-pcsc", suite: None, packages: &[PCSCD, VPCD] };
    let ready = tree.prepare(place)?;
    let program = Program {
        tree: tree.name,
        folder: "usr/sbin",
        name: PCSCD,
        script: PCSCD,
        libraries: Vec::new(),
        environment: Vec::new(),
    };
    let driver = starting_with(&ready.folder.join(DRIVERS), DRIVER);
    let mut folders = library_folders(&ready.folder)?.into_iter();
    let libraries = folders.find(|folder| folder.join(LIBRARY).exists());
    let (Some(driver), Some(libraries)) = (driver, libraries) else {
        bail!("{:?} lacks {DRIVER} or {LIBRARY}: remove it and try again", ready.folder);
    };
    let how = if ready.fetched { "fetched" } else { "kept" };
    let origin = format!("from Debian ({how})");
    Ok(Release { pcscd: program.wrap(place)?, driver, libraries, origin })
}

/// A folder with the library and nothing else of its neighbours, for the linker and for the loader of programs.
fn link_libraries(place: &Place, libraries: &Path) -> Result<PathBuf> {
    let links = place.cache.join(LINKS);
    let wanted = |name: &str| {
        let library = libraries.join(name).canonicalize();
        library.with_context(|| format!("{name} is not in {libraries:?}"))
    };
    let library = wanted(LIBRARY)?;
    let mut all = vec![(LIBRARY, library.clone()), ("libpcsclite.so", library)];
    all.extend(wanted(LOADED_LIBRARY).ok().map(|library| (LOADED_LIBRARY, library)));
    let is_link = |(name, library): &(&str, PathBuf)| {
        fs::read_link(links.join(name)).is_ok_and(|target| target == *library)
    };
    // Another run may be using them.
    if all.iter().all(is_link) {
        return Ok(links);
    }
    remove_folder(&links)?;
    make_folder(&links)?;
    for (name, library) in &all {
        let link = links.join(name);
        symlink(library, &link).with_context(|| format!("cannot make {link:?}"))?;
    }
    Ok(links)
}

fn starting_with(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .filter(|path| {
            path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name))
        })
        .collect();
    found.sort();
    found.pop()
}

/// Reads `libpcsclite.so.1 (libc6,x86-64) => /lib/…/libpcsclite.so.1`.
fn library_in_ldconfig(listed: &str) -> Option<&Path> {
    let line = listed.lines().map(str::trim).find(|line| line.starts_with(LIBRARY))?;
    line.split_once(" => ").map(|(_, path)| Path::new(path))
}

/// Reads `pcsc-lite version 1.9.9.` or `pcscd (PCSC lite) 2.3.3`.
fn pcscd_version(said: &str) -> Option<&str> {
    let words = said.lines().next()?.split_whitespace();
    let version = words.map(|word| word.trim_end_matches('.'));
    version.into_iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(pcscd_version("pcsc-lite version 1.9.9.\nCopyright"), Some("1.9.9"));
        assert_eq!(pcscd_version("pcsc-lite version 2.3.3\n"), Some("2.3.3"));
        assert_eq!(pcscd_version(""), None);
    }

    #[test]
    fn the_library_is_found_in_the_loaders_list() {
        let listed = "3 libs found\n\tlibpcre.so.3 (libc6,x86-64) => /lib/x/libpcre.so.3\n\
                      \tlibpcsclite.so.1 (libc6,x86-64) => /lib/x/libpcsclite.so.1\n";
        assert_eq!(library_in_ldconfig(listed), Some(Path::new("/lib/x/libpcsclite.so.1")));
        assert_eq!(library_in_ldconfig("nothing\n"), None);
    }

    #[test]
    fn links_lead_to_the_library_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let place = Place { cache: root.join("c"), target: root.join("t"), root: root.clone() };
        assert!(link_libraries(&place, &root).is_err());
        for name in ["libpcsclite.so.1.0.0", "libc.so.6"] {
            fs::write(root.join(name), "").unwrap();
        }
        symlink("libpcsclite.so.1.0.0", root.join(LIBRARY)).unwrap();
        for _ in 0..2 {
            let links = link_libraries(&place, &root).unwrap();
            let mut names: Vec<_> =
                fs::read_dir(&links).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names, ["libpcsclite.so", LIBRARY]);
            assert!(links.join(LIBRARY).is_file());
        }
    }
}
