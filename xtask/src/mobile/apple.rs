//! What a static library for Apple's systems must be, read from the file itself.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use object::Endianness;
use object::macho::{self, CpuType, MachHeader64, Platform, SymbolFlags};
use object::read::archive::ArchiveFile;
use object::read::macho::{LoadCommandVariant, MachHeader, MachOFile64, Nlist};

use super::contents::Contents;
use super::dynamic::INSTALL_NAME;
use super::targets::{Apple, OLDEST_IOS};
use crate::bindings::DESCRIPTION;

/// What Rust, ring and UniFFI export beside the interface; the app's linker leaves out what nobody asks for.
const LEFT_OUT: [&str; 4] = ["rust_eh_personality", "_R", "ring_core_", DESCRIPTION];

/// The end of what UniFFI exports of each crate whose functions another crate exports again.
const REEXPORTED: &str = "_uniffi_reexport_hack";

/// What is read from one object file in the library.
struct Member {
    name: String,
    cpu: CpuType,
    /// The platform and the oldest version of it, if the file states them.
    built_for: Option<(Platform, (u32, u32))>,
    /// A dynamic library's own name.
    install_name: Option<String>,
    /// Whether it was linked for app extensions too.
    is_extension_safe: bool,
    exported: Vec<String>,
    /// What it takes from elsewhere.
    asked: Vec<String>,
}

/// What a dynamic library gives and takes.
pub(crate) struct Linked {
    pub(crate) exported: BTreeSet<String>,
    pub(crate) asked: BTreeSet<String>,
}

/// Checks a library.
pub(crate) fn check(bytes: &[u8], apple: &Apple, contents: Contents) -> Result<String> {
    let members = members(bytes).context("the library cannot be read")?;
    let mut faults = faults(&members, apple, contents);
    faults.extend(contents.sandbox_fault(bytes));
    if !faults.is_empty() {
        bail!("the library for {} is not as it must be:\n- {}", apple.sdk, faults.join("\n- "));
    }
    let exported = members.iter().flat_map(|member| &member.exported);
    let exported = exported.filter(|name| contents.is_interface(name)).count();
    let (major, minor) = OLDEST_IOS;
    Ok(format!(
        "{} object files for {} {major}.{minor}, {exported} exported",
        members.len(),
        apple.sdk
    ))
}

/// What the files of a static library export.
pub(crate) fn exported(bytes: &[u8]) -> Result<BTreeSet<String>> {
    Ok(members(bytes)?.into_iter().flat_map(|member| member.exported).collect())
}

/// Checks a dynamic library: it exports the interface and nothing else, and is found by its framework's name.
pub(crate) fn check_linked(bytes: &[u8], apple: &Apple, contents: Contents) -> Result<Linked> {
    let library = Member::read("the library".to_owned(), bytes).context("it cannot be read")?;
    let mut faults = linked_faults(&library, apple, contents);
    faults.extend(contents.sandbox_fault(bytes));
    if !faults.is_empty() {
        bail!("the library for {} is not as it must be:\n- {}", apple.sdk, faults.join("\n- "));
    }
    let Member { exported, asked, .. } = library;
    Ok(Linked { exported: exported.into_iter().collect(), asked: asked.into_iter().collect() })
}

fn members(bytes: &[u8]) -> Result<Vec<Member>> {
    let archive = ArchiveFile::parse(bytes)?;
    let mut members = Vec::new();
    for member in archive.members() {
        let member = member?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        let read = Member::read(name.clone(), member.data(bytes)?);
        members.push(read.with_context(|| format!("{name} in it"))?);
    }
    Ok(members)
}

impl Member {
    fn read(name: String, bytes: &[u8]) -> object::Result<Self> {
        let file = MachOFile64::<Endianness>::parse(bytes)?;
        let (endian, header): (_, &MachHeader64<Endianness>) = (file.endian(), file.macho_header());
        let mut member = Self {
            name,
            cpu: header.cputype(endian),
            built_for: None,
            install_name: None,
            is_extension_safe: header.flags(endian).contains(macho::MH_APP_EXTENSION_SAFE),
            exported: Vec::new(),
            asked: Vec::new(),
        };
        let mut commands = header.load_commands(endian, bytes, 0)?;
        while let Some(command) = commands.next()? {
            match command.variant()? {
                LoadCommandVariant::BuildVersion(version, _) => {
                    let oldest = version.minos.get(endian).0;
                    let oldest = (oldest >> 16, oldest >> 8 & 0xFF);
                    member.built_for = Some((version.platform.get(endian), oldest));
                }
                LoadCommandVariant::Symtab(command) => {
                    let symbols = command.symbols::<MachHeader64<Endianness>, _>(endian, bytes)?;
                    for symbol in symbols.iter() {
                        let name = symbol.name(endian, symbols.strings())?;
                        let name = String::from_utf8_lossy(name);
                        // C's names begin with an underscore on Apple's systems.
                        let name = name.strip_prefix('_').unwrap_or(&name);
                        match symbol.n_type() {
                            flags if is_exported(flags) => member.exported.push(name.to_owned()),
                            flags if is_asked(flags) => member.asked.push(name.to_owned()),
                            _ => {}
                        }
                    }
                }
                LoadCommandVariant::IdDylib(library) => {
                    let name = command.string(endian, library.dylib.name)?;
                    member.install_name = Some(String::from_utf8_lossy(name).into_owned());
                }
                _ => {}
            }
        }
        Ok(member)
    }
}

/// Whether a symbol is defined here, and seen outside of the library it is linked into.
fn is_exported(flags: SymbolFlags) -> bool {
    !flags.is_stab() && flags.is_ext() && !flags.is_pext() && flags.typ() != macho::N_UNDF
}

/// Whether a symbol is defined elsewhere.
fn is_asked(flags: SymbolFlags) -> bool {
    !flags.is_stab() && flags.is_ext() && flags.typ() == macho::N_UNDF
}

/// What is wrong with one file.
fn faults_of(member: &Member, apple: &Apple) -> Vec<String> {
    let mut faults = Vec::new();
    let name = &member.name;
    if member.cpu != apple.cpu {
        faults.push(format!("{name} is for processor {:#x}", member.cpu.0));
    }
    match member.built_for {
        Some((platform, _)) if platform != apple.platform => {
            faults.push(format!("{name} is for platform {}", platform.0));
        }
        Some((_, oldest)) if oldest > OLDEST_IOS => {
            faults.push(format!("{name} needs iOS {}.{}", oldest.0, oldest.1));
        }
        Some(_) => {}
        None => faults.push(format!("{name} does not say what it is for")),
    }
    faults
}

fn linked_faults(library: &Member, apple: &Apple, contents: Contents) -> Vec<String> {
    let mut faults = faults_of(library, apple);
    if library.install_name.as_deref() != Some(INSTALL_NAME) {
        faults.push(format!("it is called {:?}", library.install_name));
    }
    if !library.is_extension_safe {
        faults.push("it was not linked for app extensions".to_owned());
    }
    let strange = library.exported.iter().filter(|name| !contents.is_interface(name));
    faults.extend(strange.map(|name| format!("it exports {name}")));
    faults
}

fn faults(members: &[Member], apple: &Apple, contents: Contents) -> Vec<String> {
    let mut faults: Vec<String> =
        members.iter().flat_map(|member| faults_of(member, apple)).collect();
    if !members.iter().any(|member| member.built_for.is_some_and(|(_, at)| at == OLDEST_IOS)) {
        faults.push(format!("nothing in it is for iOS {}.{}", OLDEST_IOS.0, OLDEST_IOS.1));
    }
    let exported: BTreeSet<&String> = members.iter().flat_map(|member| &member.exported).collect();
    let known = |name: &str| {
        contents.is_interface(name)
            || LEFT_OUT.iter().any(|start| name.starts_with(start))
            || contents == Contents::WithSandbox && name.ends_with(REEXPORTED)
    };
    let strange = exported.iter().filter(|name| !known(name));
    faults.extend(strange.map(|name| format!("it exports {name}")));
    let wanted = contents.contract_versions().iter();
    let missing = wanted.filter(|wanted| !exported.iter().any(|name| name == *wanted));
    faults.extend(missing.map(|name| format!("it does not export {name}")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mobile::CONTRACT_VERSION;
    use object::macho::{CPU_TYPE_ARM64, CPU_TYPE_X86_64, PLATFORM_IOS, PLATFORM_IOSSIMULATOR};

    const IPHONE: Apple = Apple { sdk: "iPhoneOS", cpu: CPU_TYPE_ARM64, platform: PLATFORM_IOS };

    fn member() -> Member {
        Member {
            name: "one.o".to_owned(),
            cpu: CPU_TYPE_ARM64,
            built_for: Some((PLATFORM_IOS, OLDEST_IOS)),
            install_name: Some(INSTALL_NAME.to_owned()),
            is_extension_safe: true,
            asked: Vec::new(),
            exported: vec![CONTRACT_VERSION.to_owned()],
        }
    }

    fn told(change: impl FnOnce(&mut Member)) -> String {
        let mut member = member();
        member.exported.push("rust_eh_personality".to_owned());
        change(&mut member);
        faults(&[member], &IPHONE, Contents::Lpakit).join("; ")
    }

    #[test]
    fn a_dynamic_library_gives_the_interface_alone() {
        let told = |change: fn(&mut Member)| {
            let mut library = member();
            change(&mut library);
            linked_faults(&library, &IPHONE, Contents::Lpakit).join("; ")
        };
        assert_eq!(told(|_| {}), "");
        for (told, expected) in [
            (told(|it| it.cpu = CPU_TYPE_X86_64), "processor"),
            (told(|it| it.install_name = None), "called None"),
            (told(|it| it.is_extension_safe = false), "app extensions"),
            (told(|it| it.exported.push("rust_eh_personality".to_owned())), "exports rust_eh"),
        ] {
            assert!(told.contains(expected), "{told} has not {expected}");
        }
        assert!(check_linked(b"no library", &IPHONE, Contents::Lpakit).is_err());
    }

    #[test]
    fn each_fault_is_told() {
        assert_eq!(told(|_| {}), "");
        for (told, expected) in [
            (told(|it| it.cpu = CPU_TYPE_X86_64), "processor"),
            (told(|it| it.built_for = Some((PLATFORM_IOSSIMULATOR, OLDEST_IOS))), "platform 7"),
            (told(|it| it.built_for = Some((PLATFORM_IOS, (26, 1)))), "needs iOS 26.1"),
            (told(|it| it.built_for = Some((PLATFORM_IOS, (14, 0)))), "nothing in it is for iOS"),
            (told(|it| it.built_for = None), "does not say"),
            (told(|it| it.exported.push("main".to_owned())), "exports main"),
            (told(|it| it.exported.clear()), "does not export ffi_"),
        ] {
            assert!(told.contains(expected), "{told} has not {expected}");
        }
    }

    #[test]
    fn what_is_no_library_is_an_error() {
        for octets in [&b"no library"[..], b"!<arch>\n"] {
            assert!(check(octets, &IPHONE, Contents::Lpakit).is_err());
        }
    }

    #[test]
    fn the_library_with_the_sandbox_must_have_it() {
        let told = |contents: Contents, exported: &str| {
            let mut member = member();
            member.exported.push(exported.to_owned());
            faults(&[member], &IPHONE, contents).join("; ")
        };
        let told_of = |exported| told(Contents::WithSandbox, exported);
        assert!(told_of("_R").contains("does not export ffi_lpakit_sandbox_ffi"));
        assert_eq!(told_of("ffi_lpakit_sandbox_ffi_uniffi_contract_version"), "");
        let reexported = "lpakit_ffi_uniffi_reexport_hack";
        assert!(!told_of(reexported).contains(reexported));
        assert!(told(Contents::Lpakit, reexported).contains(reexported));
    }
}
