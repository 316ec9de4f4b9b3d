//! AARs, jars, POMs, sources and KDoc, as a Maven repository in the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{consumer, contents, natives};
use crate::bindings::{self, Language};
use crate::languages::{self, property};
use crate::mobile::{self, Built, Contents, Maker, System};
use crate::place::{Place, make_folder, remove_folder};
use crate::prepare::{Part, Prepared};
use crate::process::{cargo, stream_both};
use crate::table::Stages;
use crate::tools;

/// What is published: the artifact, its packaging, and which native library is in it.
const ARTIFACTS: [(&str, &str, Option<Contents>); 7] = [
    ("lpakit-core", "jar", None),
    ("lpakit-testing", "jar", None),
    ("lpakit-sandbox", "jar", Some(Contents::WithSandbox)),
    ("lpakit-native", "aar", Some(Contents::Lpakit)),
    ("lpakit-android", "aar", None),
    ("lpakit-system", "aar", None),
    ("lpakit-sandbox-android", "aar", Some(Contents::WithSandbox)),
];

/// Builds and packs; gives what a person is told of it. `hosts` has the library with the sandbox for other hosts.
pub(super) fn pack(
    place: &Place,
    stages: &mut Stages,
    all: bool,
    hosts: Option<&Path>,
) -> Result<Vec<String>> {
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages, Part::FOR_KOTLIN)?;
    if !mobile::has_own_tools(Maker::Android) {
        prepared.add(place, stages, Part::Mobile)?;
    }
    let folder = place.target.join("package/android");
    // What an earlier run packed would look as if it were of this one.
    remove_folder(&folder)?;
    let repository = folder.join("maven");
    let mut build = |contents| mobile::for_apps(place, stages, contents, Maker::Android, all);
    let (built, with_sandbox) = (build(Contents::Lpakit)?, build(Contents::WithSandbox)?);
    let (jni, jni_sandbox) = (folder.join("jni"), folder.join("jni-sandbox"));
    by_abi(&built, &jni)?;
    by_abi(&with_sandbox, &jni_sandbox)?;
    let jar = folder.join("natives");
    stages.run("library of hosts", || {
        Ok(natives::collect(&jar, &host_library(place)?, hosts)?.join(", "))
    })?;
    stages.run("packages", || {
        let out = languages::generated(place, Language::Kotlin)?;
        let aapt2 = prepared.variable(tools::AAPT2)?;
        let modules = ARTIFACTS.map(|(name, ..)| name).join(",");
        let mut command = languages::maven_command(place, &out, aapt2);
        command.args(["deploy", "-Ppublish,kdoc", "-DskipTests", "-am", "-pl", &modules]);
        command.arg(property("lpakit.jni", &jni)).arg(property("lpakit.jni.sandbox", &jni_sandbox));
        command.arg(property("lpakit.natives", &jar)).arg(property("lpakit.out", &repository));
        stream_both(&mut command, "see what Maven says above", |_| ())?;
        Ok(repository.display().to_string())
    })?;
    let summary = summary(&repository, built.len())?;
    stages.run("maven consumer", || {
        consumer::check(place, &repository).map(|ran| languages::facts(&ran))
    })?;
    Ok(summary)
}

/// Puts libraries where an app has them: a folder for each ABI.
fn by_abi(built: &[Built], folder: &Path) -> Result<()> {
    for built in built {
        let System::Android(android) = &built.target.system else { continue };
        let name = built.library.file_name().context("a library has a name")?;
        let to = folder.join(android.abi);
        make_folder(&to)?;
        fs::copy(&built.library, to.join(name))
            .with_context(|| format!("cannot copy {:?}", built.library))?;
    }
    Ok(())
}

/// Builds the library with the sandbox for this host, as it is published.
fn host_library(place: &Place) -> Result<PathBuf> {
    let package = Contents::WithSandbox.package();
    let mut command = Command::new(cargo());
    command.args(["build", "--quiet", "--locked", "--release", "--package", package]);
    let done = command.current_dir(&place.root).status().context("cargo did not start")?;
    ensure!(done.success(), "{package} cannot be built: see above");
    Ok(place.target.join("release").join(bindings::file_of(&package.replace('-', "_"))))
}

/// A line for each artifact: its size, and for which processors it has native libraries. Whoever is to have some, has.
fn summary(repository: &Path, abis: usize) -> Result<Vec<String>> {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![format!("io.github.lpakit {version} in {}", repository.display())];
    for (artifact, packaging, library) in ARTIFACTS {
        let folder = repository.join("io/github/lpakit").join(artifact).join(version);
        let path = folder.join(format!("{artifact}-{version}.{packaging}"));
        let size = fs::metadata(&path).with_context(|| format!("there is no {path:?}"))?.len();
        let processors = processors(&path, library)?;
        let wanted = match (library, packaging) {
            (None, _) => 0..=0,
            (Some(_), "aar") => abis..=abis,
            (Some(_), _) => 1..=usize::MAX,
        };
        ensure!(wanted.contains(&processors.len()), "{path:?} has libraries for {processors:?}");
        let line = format!("{artifact:24}{packaging}{size:>12} bytes  {}", processors.join(" "));
        lines.push(line.trim_end().to_owned());
    }
    Ok(lines)
}

/// The folders of a package that have a native library, which is this one in all of them.
fn processors(package: &Path, library: Option<Contents>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, _) in contents(package)? {
        let Some((folder, file)) = name.rsplit_once('/') else { continue };
        if ![".so", ".dylib"].iter().any(|end| file.ends_with(end)) {
            continue;
        }
        let stem = library.map(|library| library.package().replace('-', "_"));
        let is_it = stem.is_some_and(|stem| file.contains(&stem));
        ensure!(is_it, "{package:?} has {name}");
        found.push(folder.strip_prefix("jni/").unwrap_or(folder).to_owned());
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn package(repository: &Path, artifact: &str, packaging: &str, files: &[&str]) {
        let version = env!("CARGO_PKG_VERSION");
        let folder = repository.join("io/github/lpakit").join(artifact).join(version);
        make_folder(&folder).unwrap();
        let path = folder.join(format!("{artifact}-{version}.{packaging}"));
        let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
        for file in files {
            zip.start_file(*file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(b"12").unwrap();
        }
        zip.finish().unwrap();
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (artifact, packaging, library) in ARTIFACTS {
            let files: &[&str] = match (library, packaging) {
                (None, _) => &["classes.jar"],
                (Some(Contents::Lpakit), _) => &["jni/arm64-v8a/liblpakit_ffi.so"],
                (Some(_), "aar") => &["jni/arm64-v8a/liblpakit_debug.so"],
                (Some(_), _) => {
                    &["linux-x86-64/liblpakit_debug.so", "darwin-aarch64/liblpakit_debug.dylib"]
                }
            };
            package(folder.path(), artifact, packaging, files);
        }
        folder
    }

    #[test]
    fn the_summary_names_each_artifact_and_its_processors() {
        let repository = repository();
        let lines = summary(repository.path(), 1).unwrap();
        assert_eq!(lines.len(), 1 + ARTIFACTS.len());
        assert!(lines[3].ends_with("bytes  darwin-aarch64 linux-x86-64"), "{}", lines[3]);
        assert!(lines[4].ends_with("bytes  arm64-v8a"), "{}", lines[4]);
        assert!(lines[5].ends_with("bytes"), "{}", lines[5]);
    }

    #[test]
    fn a_library_that_lacks_or_stands_elsewhere_is_an_error() {
        let faulty = |artifact, packaging, files: &[&str]| {
            let repository = repository();
            package(repository.path(), artifact, packaging, files);
            summary(repository.path(), 1).unwrap_err().to_string()
        };
        faulty("lpakit-native", "aar", &[]);
        faulty("lpakit-sandbox", "jar", &[]);
        faulty("lpakit-android", "aar", &["jni/arm64-v8a/liblpakit_ffi.so"]);
        // The sandbox in what apps release.
        faulty("lpakit-native", "aar", &["jni/arm64-v8a/liblpakit_debug.so"]);
        assert!(summary(repository().path(), 2).is_err());
    }
}
