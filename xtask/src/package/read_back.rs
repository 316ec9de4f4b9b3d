//! Opens what was packed for iOS, as Xcode would: what an app's build relies on is there, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use anyhow::{Context, Result, bail, ensure};
use object::read::macho::{FatArch, MachOFatFile32};

use super::privacy;
use super::xcframework::{Kind, List, MODULE, Slice};
use crate::mobile::{self, Apple, Contents, System, Target};

/// The first octets of a file with the libraries of several processors.
const SEVERAL: [u8; 4] = [0xCA, 0xFE, 0xBA, 0xBE];

/// Expectations for an archive.
pub(super) struct Expected {
    pub(super) kind: Kind,
    pub(super) contents: Contents,
    /// The header of the sandbox's functions, if the archive must export them too.
    pub(super) sandbox_header: Option<String>,
}

impl Expected {
    /// Checks an archive for these systems, each with its targets.
    pub(super) fn check(&self, archive: &[u8], systems: &[Vec<&Target>]) -> Result<()> {
        let files = Files::open(archive)?;
        let list: List = plist::from_bytes(files.get("Info.plist")?).context("Info.plist")?;
        ensure!(list.package_type == "XFWK", "Info.plist names {}", list.package_type);
        ensure!(list.format == "1.0", "Info.plist is of format {}", list.format);
        let wanted: Vec<Slice> =
            systems.iter().map(|targets| Slice::of(targets, self.kind)).collect();
        ensure!(
            list.available_libraries == wanted,
            "Info.plist has {:?} instead of {wanted:?}",
            list.available_libraries
        );
        let mut known = BTreeSet::from(["Info.plist".to_owned()]);
        for (slice, targets) in wanted.iter().zip(systems) {
            let folder = &slice.library_identifier;
            self.check_slice(&files, slice, targets).with_context(|| folder.clone())?;
            known.extend(slice.files().map(|name| format!("{folder}/{name}")));
        }
        let there: BTreeSet<String> = files.0.into_keys().collect();
        ensure!(there == known, "it has {there:?} instead of {known:?}");
        Ok(())
    }

    fn check_slice(&self, files: &Files, slice: &Slice, targets: &[&Target]) -> Result<()> {
        let get = |name: &str| files.get(&format!("{}/{name}", slice.library_identifier));
        let [map, header] = slice.interface();
        let map = String::from_utf8_lossy(get(&map)?);
        let module = match self.kind {
            Kind::Static => format!("module {MODULE} "),
            Kind::Dynamic => format!("framework module {MODULE} "),
        };
        ensure!(map.starts_with(&module), "its module map does not begin with {module:?}");
        let mut declared = declared(Contents::Lpakit, &String::from_utf8_lossy(get(&header)?));
        ensure!(!declared.is_empty(), "its header declares nothing");
        declared.extend(self.sandbox_functions()?);

        let binary = get(&slice.binary_path)?;
        let parts = parts(binary)?;
        ensure!(
            parts.len() == targets.len(),
            "it has {} of {} processors",
            parts.len(),
            targets.len()
        );
        let manifest = slice.privacy().map(|name| get(&name)).transpose()?;
        for target in targets {
            let System::Apple(apple) = &target.system else {
                bail!("a target that is not Apple's")
            };
            let part = parts.iter().find(|(cpu, _)| cpu.is_none_or(|cpu| cpu == apple.cpu));
            let (_, part) =
                part.with_context(|| format!("nothing in it is for {}", target.triple))?;
            self.check_part(part, apple, manifest, &declared).with_context(|| target.triple)?;
        }
        Ok(())
    }

    /// Functions declared in the sandbox's header.
    fn sandbox_functions(&self) -> Result<BTreeSet<String>> {
        let Some(header) = &self.sandbox_header else { return Ok(BTreeSet::new()) };
        let mut found = declared(Contents::WithSandbox, header);
        found.retain(|name| !mobile::is_interface(name));
        ensure!(!found.is_empty(), "the sandbox's header declares nothing");
        Ok(found)
    }

    /// A dynamic library's framework has a privacy manifest.
    fn check_part(
        &self,
        part: &[u8],
        apple: &Apple,
        manifest: Option<&[u8]>,
        declared: &BTreeSet<String>,
    ) -> Result<()> {
        let exported = match manifest {
            None => {
                mobile::check_static(part, apple, self.contents)?;
                mobile::exported(part)?
            }
            Some(manifest) => {
                let linked = mobile::check_linked(part, apple, self.contents)?;
                // The sandbox keeps files, and is in no app that Apple looks at.
                if self.contents == Contents::Lpakit {
                    privacy::check(&linked.asked, manifest)?;
                }
                linked.exported
            }
        };
        let missing: Vec<&String> = declared.difference(&exported).collect();
        ensure!(missing.is_empty(), "headers declare what it does not export: {missing:?}");
        Ok(())
    }
}

/// The functions of an interface that a header declares.
fn declared(contents: Contents, header: &str) -> BTreeSet<String> {
    let words = header.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.filter(|word| contents.is_interface(word)).map(str::to_owned).collect()
}

/// A file's libraries, each for one processor, which only a file of several names.
fn parts(binary: &[u8]) -> Result<Vec<(Option<object::macho::CpuType>, &[u8])>> {
    if !binary.starts_with(&SEVERAL) {
        return Ok(vec![(None, binary)]);
    }
    let several = MachOFatFile32::parse(binary)?;
    let parts = several.arches().iter();
    parts.map(|part| Ok((Some(part.cputype()), part.data(binary)?))).collect()
}

/// The files of an XCFramework in a zip, by their names in it.
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn open(archive: &[u8]) -> Result<Self> {
        let mut zip = zip::ZipArchive::new(Cursor::new(archive)).context("it is no zip")?;
        let top = format!("{MODULE}.xcframework/");
        let mut files = BTreeMap::new();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index)?;
            let name = entry.name()?.into_owned();
            let below = name.strip_prefix(&top).with_context(|| format!("{name} beside it"))?;
            let mut octets = Vec::new();
            entry.read_to_end(&mut octets).with_context(|| name.clone())?;
            files.insert(below.to_owned(), octets);
        }
        Ok(Self(files))
    }

    fn get(&self, name: &str) -> Result<&[u8]> {
        let octets = self.0.get(name).with_context(|| format!("{name} is not there"))?;
        ensure!(!octets.is_empty(), "{name} is empty");
        Ok(octets)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::mobile::target;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, octets) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(octets).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn list(targets: &[&Target]) -> Vec<u8> {
        let mut text = Vec::new();
        let list = List::new(vec![Slice::of(targets, Kind::Static)]);
        plist::to_writer_xml(&mut text, &list).unwrap();
        text
    }

    const EXPECTED: Expected =
        Expected { kind: Kind::Static, contents: Contents::Lpakit, sandbox_header: None };

    #[test]
    fn what_is_not_as_it_should_be_is_told() {
        let (phone, simulator) = (target("aarch64-apple-ios"), target("aarch64-apple-ios-sim"));
        let list = list(&[phone]);
        let name = "LPAKitFFI.xcframework/Info.plist";
        let map = "LPAKitFFI.xcframework/ios-arm64/Headers/LPAKitFFI/module.modulemap";
        let told = |octets: &[u8], target| {
            format!("{:#}", EXPECTED.check(octets, &[vec![target]]).unwrap_err())
        };
        for (octets, target, expected) in [
            (b"no zip".to_vec(), phone, "no zip"),
            (archive(&[]), phone, "Info.plist is not there"),
            (archive(&[("Info.plist", &list)]), phone, "beside it"),
            (archive(&[(name, b"no list")]), phone, "Info.plist"),
            (archive(&[(name, &list)]), simulator, "instead of"),
            (archive(&[(name, &list)]), phone, "module.modulemap is not there"),
            (archive(&[(name, &list), (map, b"module Other {}")]), phone, "module map"),
        ] {
            let told = told(&octets, target);
            assert!(told.contains(expected), "{told} has not {expected}");
        }
    }

    #[test]
    fn functions_that_a_header_declares_are_found() {
        let header = "RustBuffer uniffi_lpakit_ffi_fn_func_text(uint64_t key, RustCallStatus *_Nonnull out_status\n);\n\
                      uint32_t ffi_lpakit_ffi_uniffi_contract_version(void\n);\nvoid other(void);";
        let names = ["ffi_lpakit_ffi_uniffi_contract_version", "uniffi_lpakit_ffi_fn_func_text"];
        assert_eq!(declared(Contents::Lpakit, header), names.map(str::to_owned).into());
    }

    #[test]
    fn the_sandbox_has_functions_of_its_own_that_must_be_there() {
        assert!(EXPECTED.sandbox_functions().unwrap().is_empty());
        let with = |header: &str| {
            let sandbox_header = Some(header.to_owned());
            let expected = Expected { contents: Contents::WithSandbox, sandbox_header, ..EXPECTED };
            expected.sandbox_functions()
        };
        let header = "uint64_t uniffi_lpakit_sandbox_ffi_fn_func_open_cards(RustCallStatus *_Nonnull out_status);\n\
                      void ffi_lpakit_ffi_rustbuffer_free(RustBuffer buf);";
        let names = ["uniffi_lpakit_sandbox_ffi_fn_func_open_cards"];
        assert_eq!(with(header).unwrap(), names.map(str::to_owned).into());
        assert!(with("void other(void);").is_err());
    }
}
