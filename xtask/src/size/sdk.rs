//! What an Android app takes in beside lpakit's own library.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use zip::ZipArchive;

use super::{Weight, packed, read};
use crate::place::{Place, make_folder};
use crate::process::output;

/// JNA's library for the phones that are weighed, and its classes, as its archive calls them.
const JNA_LIBRARY: &str = "jni/arm64-v8a/libjnidispatch.so";
const JNA_CLASSES: &str = "classes.jar";

/// The module that apps take in.
const MODULE: &str = "lpakit-core";

/// Adds up the library and what comes with it.
pub(crate) fn weigh(place: &Place, name: &str, library: &Weight) -> Result<Weight> {
    let aar = jna(place)?;
    let native = inside(&aar, JNA_LIBRARY)?;
    let classes = inside(&aar, JNA_CLASSES)?;
    let own = read(&module(place)?)?;
    let jars = (classes.len() + own.len()) as u64;
    Ok(Weight {
        target: name.to_owned(),
        bytes: library.bytes + native.len() as u64 + jars,
        // Jars are packed already.
        gzip_bytes: library.gzip_bytes + packed(&native)? + jars,
        crates: Vec::new(),
    })
}

/// JNA as apps for Android get it, through Maven as this machine has it configured.
fn jna(place: &Place) -> Result<PathBuf> {
    let pom = place.root.join("android/pom.xml");
    let text = fs::read_to_string(&pom).with_context(|| format!("cannot read {pom:?}"))?;
    let version = jna_version(&text).with_context(|| format!("{pom:?} names no version of JNA"))?;
    let folder = place.target.join("mobile-kit/jna");
    let aar = folder.join(format!("jna-{version}.aar"));
    if !aar.is_file() {
        make_folder(&folder)?;
        let mut command = Command::new("mvn");
        command.args(["-q", "-B", "dependency:copy"]).current_dir(&folder);
        command.arg(format!("-Dartifact=net.java.dev.jna:jna:{version}:aar"));
        command.arg("-DoutputDirectory=.");
        output(&mut command, "JNA cannot be fetched through Maven")?;
    }
    Ok(aar)
}

fn jna_version(pom: &str) -> Option<&str> {
    let rest = pom.split_once("<jna.version>")?.1;
    rest.split_once("</jna.version>").map(|(version, _)| version.trim())
}

fn inside(archive: &Path, name: &str) -> Result<Vec<u8>> {
    let file = File::open(archive).with_context(|| format!("cannot read {archive:?}"))?;
    let mut archive = ZipArchive::new(file)?;
    let mut bytes = Vec::new();
    let mut entry =
        archive.by_name(name).with_context(|| format!("JNA's archive has no {name}"))?;
    entry.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The jar that Maven made of the module.
fn module(place: &Place) -> Result<PathBuf> {
    let folder = place.root.join("android").join(MODULE).join("target");
    let listed = fs::read_dir(&folder).into_iter().flatten();
    let jars = listed.filter_map(|entry| Some(entry.ok()?.path()));
    let mut jars: Vec<PathBuf> = jars.filter(|path| is_module(path)).collect();
    jars.sort();
    match jars.pop() {
        Some(jar) => Ok(jar),
        None => bail!("{MODULE} is not built yet: run `cargo xtask test kotlin` first"),
    }
}

/// `lpakit-core-0.1.0.jar`, and not its sources or tests.
fn is_module(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let version = name.strip_prefix(MODULE).and_then(|rest| rest.strip_prefix('-'));
    let version = version.and_then(|rest| rest.strip_suffix(".jar")).unwrap_or_default();
    let is_extra = ["sources", "javadoc", "tests"].iter().any(|kind| version.ends_with(kind));
    version.starts_with(|c: char| c.is_ascii_digit()) && !is_extra
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_jna_is_read() {
        let pom = "<properties>\n  <jna.version>5.18.1</jna.version>\n</properties>";
        assert_eq!(jna_version(pom), Some("5.18.1"));
        assert_eq!(jna_version("<project/>"), None);
    }

    #[test]
    fn the_modules_jar_is_told_from_the_others() {
        for (name, expected) in [
            ("lpakit-core-0.1.0.jar", true),
            ("lpakit-core-0.1.0-SNAPSHOT.jar", true),
            ("lpakit-core-0.1.0-sources.jar", false),
            ("lpakit-core-0.1.0-tests.jar", false),
            ("lpakit-core.jar", false),
            ("other-0.1.0.jar", false),
        ] {
            assert_eq!(is_module(Path::new(name)), expected, "{name}");
        }
    }
}
