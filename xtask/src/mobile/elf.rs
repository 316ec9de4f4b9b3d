//! What an Android library must be, read from the file itself.

use anyhow::{Context, Result, bail};
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};

use super::bionic::Bionic;
use super::contents::Contents;
use super::sandbox_in;
use super::targets::{ANDROID_LEVEL, Android};

/// The libraries that apps may use of the system, as far as lpakit has a use for them.
const SYSTEM_LIBRARIES: [&str; 4] = ["libc.so", "libm.so", "libdl.so", "liblog.so"];

/// How large pages are on some devices with 64 bits.
const LARGE_PAGE: u64 = 16 * 1024;

/// What the Java virtual machine calls.
const JNI_ON_LOAD: &str = "JNI_OnLoad";

/// What is read from a library.
struct Elf {
    /// Which library it is to be.
    wanted: Contents,
    machine: elf::Machine,
    flags: u32,
    soname: Option<String>,
    needed: Vec<String>,
    /// The alignment of each loaded segment, and whether it is both writable and executable.
    segments: Vec<(u64, bool)>,
    text_relocations: bool,
    exported: Vec<String>,
    /// Names, and whether the library can live without.
    undefined: Vec<(String, bool)>,
}

/// Checks a library; `with_symbols` is the same one before its symbols were taken away.
pub(crate) fn check(
    bytes: &[u8],
    with_symbols: &[u8],
    android: &Android,
    bionic: &Bionic<'_>,
    wanted: Contents,
) -> Result<String> {
    let library = match android.is_64 {
        true => Elf::read::<FileHeader64<Endianness>>(bytes, wanted),
        false => Elf::read::<FileHeader32<Endianness>>(bytes, wanted),
    };
    let library = library.context("the library cannot be read")?;
    let mut faults = library.faults(android, bionic);
    match (wanted, sandbox_in(with_symbols)) {
        (Contents::Lpakit, Some(name)) => {
            faults.push(format!("it has a part of the sandbox: {name}"));
        }
        (Contents::WithSandbox, None) => faults.push("it has no sandbox".to_owned()),
        _ => {}
    }
    if !faults.is_empty() {
        bail!("the library for {} is not as it must be:\n- {}", android.abi, faults.join("\n- "));
    }
    Ok(format!(
        "{} bytes, {} exported, {} of bionic's up to API {}",
        bytes.len(),
        library.exported.len(),
        library.undefined.len(),
        library.newest(bionic)
    ))
}

/// What the library calls itself, in hexadecimal: crash reports have it.
pub(crate) fn build_id(bytes: &[u8]) -> Result<String> {
    let id = object::File::parse(bytes)?.build_id()?.context("it has no build id")?;
    Ok(id.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Elf {
    fn read<Header: FileHeader<Endian = Endianness>>(
        bytes: &[u8],
        wanted: Contents,
    ) -> object::Result<Self> {
        let file = ElfFile::<Header>::parse(bytes)?;
        let (endian, header) = (file.endian(), file.elf_header());
        let is_both = elf::PF_W.0 | elf::PF_X.0;
        let loaded = header.program_headers(endian, bytes)?.iter();
        let loaded = loaded.filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
        let mut library = Self {
            wanted,
            machine: header.e_machine(endian),
            flags: header.e_flags(endian).0,
            soname: None,
            needed: Vec::new(),
            segments: loaded
                .map(|segment| {
                    let both = segment.p_flags(endian).0 & is_both == is_both;
                    (segment.p_align(endian).into(), both)
                })
                .collect(),
            text_relocations: false,
            exported: Vec::new(),
            undefined: Vec::new(),
        };
        let table = header.sections(endian, bytes)?.dynamic_table(endian, bytes)?;
        for entry in &table {
            let text = || Ok(String::from_utf8_lossy(table.string(entry)?).into_owned());
            match entry.tag {
                elf::DT_NEEDED => library.needed.push(text()?),
                elf::DT_SONAME => library.soname = Some(text()?),
                elf::DT_TEXTREL => library.text_relocations = true,
                elf::DT_FLAGS => {
                    library.text_relocations |= entry.val & elf::DF_TEXTREL.0 != 0;
                }
                _ => {}
            }
        }
        for symbol in file.dynamic_symbols() {
            let name = symbol.name()?.to_owned();
            if symbol.is_undefined() {
                library.undefined.push((name, symbol.is_weak()));
            } else if symbol.is_global() {
                library.exported.push(name);
            }
        }
        Ok(library)
    }

    fn faults(&self, android: &Android, bionic: &Bionic<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        if self.machine != android.machine {
            faults.push(format!("it is for machine {}, not {}", self.machine.0, android.machine.0));
        }
        if android.machine == elf::EM_ARM && self.flags & elf::EF_ARM_ABI_FLOAT_HARD != 0 {
            faults.push("floats are passed in registers, which Android does not".to_owned());
        }
        let name = format!("lib{}.so", self.wanted.package().replace('-', "_"));
        if self.soname.as_ref() != Some(&name) {
            faults.push(format!("its own name in it is {:?}", self.soname));
        }
        for (align, writable_code) in &self.segments {
            if android.is_64 && align % LARGE_PAGE != 0 {
                faults.push(format!("a segment is aligned to {align}, not to pages of 16 KB"));
            }
            if *writable_code {
                faults.push("a segment is writable and executable".to_owned());
            }
        }
        if self.segments.is_empty() {
            faults.push("nothing of it is loaded".to_owned());
        }
        if self.text_relocations {
            faults.push("it has text relocations".to_owned());
        }
        let others = self.needed.iter().filter(|name| !SYSTEM_LIBRARIES.contains(&name.as_str()));
        faults.extend(others.map(|name| format!("it needs {name}")));
        faults.extend(self.faults_of_symbols(bionic));
        faults
    }

    fn faults_of_symbols(&self, bionic: &Bionic<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        let known = |name: &str| name == JNI_ON_LOAD || self.wanted.may_export(name);
        let strange = self.exported.iter().filter(|name| !known(name));
        faults.extend(strange.map(|name| format!("it exports {name}")));
        for wanted in [JNI_ON_LOAD, super::CONTRACT_VERSION] {
            if !self.exported.iter().any(|name| name == wanted) {
                faults.push(format!("it does not export {wanted}"));
            }
        }
        for (name, weak) in &self.undefined {
            match bionic.since(name) {
                Some(level) if level <= ANDROID_LEVEL => {}
                // Asked for before it is called.
                _ if *weak => {}
                Some(level) => {
                    faults
                        .push(format!("{name} is there from API {level} on, not {ANDROID_LEVEL}"));
                }
                None => faults.push(format!("Android offers no {name}")),
            }
        }
        faults
    }

    /// The level that the library would run from, going by what it asks for.
    fn newest(&self, bionic: &Bionic<'_>) -> u32 {
        let strong = self.undefined.iter().filter(|(_, weak)| !weak);
        strong.filter_map(|(name, _)| bionic.since(name)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mobile::bionic::TABLE;
    use crate::mobile::targets::{System, TARGETS};

    fn android(triple: &str) -> &'static Android {
        let target = TARGETS.iter().find(|target| target.triple == triple).unwrap();
        match &target.system {
            System::Android(android) => android,
            System::Apple(_) => panic!("{triple} is Apple's"),
        }
    }

    fn good(android: &Android) -> Elf {
        Elf {
            wanted: Contents::Lpakit,
            machine: android.machine,
            flags: 0x0500_0200,
            soname: Some("liblpakit_ffi.so".to_owned()),
            needed: vec!["libc.so".to_owned()],
            segments: vec![(LARGE_PAGE, false)],
            text_relocations: false,
            exported: vec![JNI_ON_LOAD.to_owned(), crate::mobile::CONTRACT_VERSION.to_owned()],
            undefined: vec![("malloc".to_owned(), false), ("no_such".to_owned(), true)],
        }
    }

    fn faults(triple: &str, change: impl FnOnce(&mut Elf)) -> Vec<String> {
        let android = android(triple);
        let mut library = good(android);
        change(&mut library);
        library.faults(android, &Bionic::read(TABLE, android.bionic).unwrap())
    }

    #[test]
    fn a_good_library_has_no_fault() {
        for triple in ["aarch64-linux-android", "armv7-linux-androideabi", "i686-linux-android"] {
            assert!(faults(triple, |_| {}).is_empty(), "{triple}");
        }
    }

    #[test]
    fn each_fault_is_told() {
        let arm64 = |change: fn(&mut Elf)| faults("aarch64-linux-android", change).join("; ");
        for (told, expected) in [
            (arm64(|it| it.machine = elf::EM_ARM), "machine 40"),
            (arm64(|it| it.soname = None), "own name"),
            (arm64(|it| it.segments = vec![(4096, false)]), "4096"),
            (arm64(|it| it.segments = vec![(LARGE_PAGE, true)]), "writable and executable"),
            (arm64(|it| it.segments.clear()), "nothing of it"),
            (arm64(|it| it.text_relocations = true), "text relocations"),
            (arm64(|it| it.needed.push("libgcc_s.so.1".to_owned())), "needs libgcc_s.so.1"),
            (arm64(|it| it.exported.push("rust_eh_personality".to_owned())), "exports rust_eh"),
            (arm64(|it| it.exported.clear()), "does not export JNI_OnLoad"),
            (
                arm64(|it| it.undefined.push(("__errno_location".to_owned(), false))),
                "no __errno_loc",
            ),
            (arm64(|it| it.undefined.push(("memfd_create".to_owned(), false))), "from API 30 on"),
        ] {
            assert!(told.contains(expected), "{told} has not {expected}");
        }
    }

    #[test]
    fn the_sandbox_is_in_its_own_library_only() {
        let (name, export) = ("liblpakit_debug.so", "uniffi_lpakit_sandbox_ffi_fn_func_stage");
        let told = faults("aarch64-linux-android", |it| it.exported.push(export.to_owned()));
        assert_eq!(told, [format!("it exports {export}")]);
        let told = faults("aarch64-linux-android", |it| {
            it.wanted = Contents::WithSandbox;
            it.soname = Some(name.to_owned());
            it.exported.push(export.to_owned());
        });
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn small_pages_do_for_32_bits_and_floats_are_passed_as_android_does() {
        let arm = |change: fn(&mut Elf)| faults("armv7-linux-androideabi", change).join("; ");
        assert_eq!(arm(|it| it.segments = vec![(4096, false)]), "");
        assert!(arm(|it| it.flags = 0x0500_0400).contains("floats"));
    }

    #[test]
    fn what_is_no_library_is_an_error() {
        let android = android("aarch64-linux-android");
        let bionic = Bionic::read(TABLE, android.bionic).unwrap();
        assert!(check(b"no library", b"", android, &bionic, Contents::Lpakit).is_err());
    }
}
