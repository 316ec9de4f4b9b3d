//! AARs, jars, POMs, sources and KDoc, as a Maven repository in the target folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{contents, files};
use crate::bindings::Language;
use crate::languages;
use crate::mobile::{self, Maker, System};
use crate::place::{Place, make_folder, remove_folder};
use crate::prepare::{Part, Prepared};
use crate::process::stream_both;
use crate::table::Stages;
use crate::tools;

/// The modules that apps take.
const MODULES: &str = "lpakit-core,lpakit-testing,lpakit-android,lpakit-system";

/// Builds and packs; gives the AARs.
pub(super) fn pack(place: &Place, stages: &mut Stages, all: bool) -> Result<Vec<PathBuf>> {
    let mut prepared = Prepared::default();
    prepared.add_all(place, stages, Part::FOR_KOTLIN)?;
    prepared.add(place, stages, Part::Mobile)?;
    let built = mobile::for_apps(place, stages, Maker::Android, all)?;
    let folder = place.target.join("package/android");
    // What an earlier run packed would look as if it were of this one.
    remove_folder(&folder)?;
    let (jni, repository) = (folder.join("jni"), folder.join("maven"));
    let mut abis = Vec::new();
    for built in &built {
        let System::Android(android) = &built.target.system else { continue };
        let to = jni.join(android.abi);
        make_folder(&to)?;
        fs::copy(&built.library, to.join("liblpakit_ffi.so"))
            .with_context(|| format!("cannot copy {:?}", built.library))?;
        abis.push(android.abi);
    }
    stages.run("packages", || {
        let out = languages::generated(place, Language::Kotlin)?;
        let aapt2 = prepared.variable(tools::AAPT2)?;
        let mut command = languages::maven_command(place, &out, aapt2);
        command.args(["deploy", "-Ppublish", "-DskipTests", "-am", "-pl", MODULES]);
        command.arg(languages::property("lpakit.jni", &jni));
        command.arg(languages::property("lpakit.out", &repository));
        stream_both(&mut command, "see what Maven says above", |_| ())?;
        Ok(repository.display().to_string())
    })?;
    let packages = archives(&repository)?;
    ensure!(!packages.is_empty(), "Maven made no AAR in {repository:?}");
    has_libraries(&packages, &abis)?;
    Ok(packages)
}

/// The AARs below a folder, by name.
fn archives(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = files(folder)?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == "aar"));
    found.sort();
    Ok(found)
}

/// One package brings the native library for each ABI, and no other does.
fn has_libraries(packages: &[PathBuf], abis: &[&str]) -> Result<()> {
    let mut found = Vec::new();
    for package in packages {
        let names = contents(package)?.into_iter().map(|(name, _)| name);
        found.extend(names.filter(|name| name.starts_with("jni/")));
    }
    let mut wanted: Vec<String> =
        abis.iter().map(|abi| format!("jni/{abi}/liblpakit_ffi.so")).collect();
    found.sort();
    wanted.sort();
    ensure!(found == wanted, "the AARs have {found:?} instead of {wanted:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn package(folder: &Path, name: &str, files: &[&str]) {
        let path = folder.join(name);
        make_folder(path.parent().unwrap()).unwrap();
        let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
        for file in files {
            zip.start_file(*file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(b"12").unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn packages_are_found_and_opened() {
        let folder = tempfile::tempdir().unwrap();
        let library = "jni/arm64-v8a/liblpakit_ffi.so";
        package(folder.path(), "b/1/b.aar", &["classes.jar"]);
        package(folder.path(), "a/1/a.aar", &["classes.jar", library]);
        package(folder.path(), "a/1/a.jar", &["A.class"]);
        let found = archives(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("a/1/a.aar"), folder.path().join("b/1/b.aar")]);
        assert_eq!(contents(&found[1]).unwrap(), [("classes.jar".to_owned(), 2)]);
        has_libraries(&found, &["arm64-v8a"]).unwrap();
        assert!(has_libraries(&found, &["arm64-v8a", "x86_64"]).is_err());
        assert!(has_libraries(&found, &[]).is_err());
        fs::write(folder.path().join("c.aar"), "no zip").unwrap();
        assert!(has_libraries(&archives(folder.path()).unwrap(), &["arm64-v8a"]).is_err());
    }
}
