//! Building one target.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::bionic::{Bionic, TABLE};
use super::contents::Contents;
use super::host;
use super::targets::{ANDROID_LEVEL, Android, Apple, OLDEST_IOS, System, Target};
use super::toolchain::{Toolchain, cargo_home};
use crate::bindings;
use crate::mirror::{Files, mirror};
use crate::place::{Place, Stamp, make_folder};
use crate::process::output;

/// Headers for C code in dependencies, where there is no SDK.
const HEADERS: [(&str, &str); 5] = [
    ("assert.h", include_str!("kit/assert.h")),
    ("mm_malloc.h", include_str!("kit/mm_malloc.h")),
    ("stdlib.h", include_str!("kit/stdlib.h")),
    ("string.h", include_str!("kit/string.h")),
    ("TargetConditionals.h", include_str!("kit/TargetConditionals.h")),
];
const GLIBC: &str = include_str!("kit/glibc.c");
const MAKE: &str = include_str!("kit/make.sh");

/// Rust's own library is built along, for phones have no use for half of it: panics are told without a backtrace, whose
/// printer alone weighs 130 kB. So what ships is what was measured, whoever built it.
const OWN_STD: [&str; 2] =
    ["-Zbuild-std=std,panic_unwind", "-Zbuild-std-features=panic-unwind,optimize_for_size"];

/// Code that no panic passes through needs no unwind tables. What `{:?}` prints of a whole structure is for nobody on a
/// phone: its name is enough. And the places of panics go to stderr alone, which no phone shows.
const LEAN: [&str; 3] =
    ["-Cforce-unwind-tables=no", "-Zfmt-debug=shallow", "-Zlocation-detail=none"];

/// Behind a call that never returns there need be no trap.
const NO_TRAPS: &str = "-Ztrap-unreachable=no";

/// On Android, unwind tables of a little function weigh more than LLVM's outliner saves by making one.
const NO_OUTLINER: &str = "-Cllvm-args=-enable-machine-outliner=never";

/// C code throws nothing.
const NO_UNWIND_TABLES: &str = "-fno-unwind-tables -fno-asynchronous-unwind-tables";

/// A target's library.
pub(crate) struct Built {
    pub(crate) target: &'static Target,
    pub(crate) contents: Contents,
    /// As it goes into an app.
    pub(crate) library: PathBuf,
    /// The same before its symbols were taken away.
    pub(crate) with_symbols: PathBuf,
    /// One line on what was checked.
    pub(crate) facts: String,
}

/// What cargo is told beyond its usual arguments.
#[derive(Default)]
struct Extra {
    variables: Vec<(String, String)>,
    linker: Option<String>,
    /// Arguments of the linker.
    link: Vec<String>,
    /// Arguments of rustc when it makes the library.
    last: Vec<&'static str>,
}

/// Builds a target; what did not change is not built again.
pub(crate) fn build(
    place: &Place,
    toolchain: &Toolchain,
    target: &'static Target,
    contents: Contents,
) -> Result<Built> {
    let extra = match &target.system {
        System::Android(android) => for_android(place, toolchain, target, android)?,
        System::Apple(apple) => for_apple(place, toolchain, target, apple)?,
    };
    let folder = place.target.join("mobile");
    let mut command = toolchain.cargo(place)?;
    command.envs(extra.variables);
    command.args(["rustc", "--locked", "--release", "--package", contents.package(), "--lib"]);
    command.arg("--target").arg(target.triple).arg("--target-dir").arg(&folder);
    let kind = match target.system {
        System::Android(_) => "cdylib",
        System::Apple(_) => "staticlib",
    };
    command.args(["--crate-type", kind, "--config", "profile.release.strip=false"]);
    if toolchain.may_ship() {
        // For reading the crashes of a release.
        command.args(["--config", "profile.release.debug=\"line-tables-only\""]);
    }
    command.args(OWN_STD);
    let of_target = |key: &str, value: String| format!("target.{}.{key}={value}", target.triple);
    let mut flags = remaps(place, toolchain)?;
    flags.extend(LEAN.map(str::to_owned));
    command.arg("--config").arg(of_target("rustflags", format!("{flags:?}")));
    if let Some(linker) = extra.linker {
        command.arg("--config").arg(of_target("linker", format!("{linker:?}")));
    }
    // A static library is linked by nobody.
    if contents == Contents::WithSandbox && matches!(target.system, System::Android(_)) {
        command.args(for_dependency(&extra.link));
    }
    // For the last crate alone: others need not be built again when these change. The linker remarks on each name
    // that it is told to hide, for Rust tells it not to.
    command.args(["--", "-Alinker_messages", NO_TRAPS]).args(extra.last);
    command.args(extra.link.iter().map(|argument| format!("-Clink-arg={argument}")));
    let done = command.status().context("cargo did not start")?;
    if !done.success() {
        bail!("{} cannot be built for {}: see above", contents.package(), target.triple);
    }
    finish(place, toolchain, (target, contents), &folder.join(target.triple).join("release"))
}

/// Arguments of cargo that link lpakit's own library where it is a dependency: its package makes that library along, for nobody.
fn for_dependency(link: &[String]) -> [String; 3] {
    let mut flags = vec!["-Alinker_messages".to_owned()];
    flags.extend(link.iter().map(|argument| format!("-Clink-arg={argument}")));
    let key = format!("profile.release.package.{}.rustflags", Contents::Lpakit.package());
    ["-Zprofile-rustflags".to_owned(), "--config".to_owned(), format!("{key}={flags:?}")]
}

/// Copies the library to where it is found, and makes the one without symbols.
fn finish(
    place: &Place,
    toolchain: &Toolchain,
    (target, contents): (&'static Target, Contents),
    from: &Path,
) -> Result<Built> {
    let folder = super::folder(place, target.triple)?;
    let file = contents.file(target);
    let built = from.join(&file);
    let library = folder.join(&file);
    let with_symbols = match target.system {
        System::Apple(_) => library.clone(),
        System::Android(_) => folder.join(format!("{file}.symbols")),
    };
    fs::copy(&built, &with_symbols).with_context(|| format!("cannot copy {built:?}"))?;
    match (&target.system, toolchain) {
        (System::Android(_), _) => {
            let mut strip = toolchain.program(place, "llvm-strip")?;
            strip.arg("--strip-all").arg("-o").arg(&library).arg(&with_symbols);
            output(&mut strip, "the symbols cannot be taken away")?;
        }
        (System::Apple(_), Toolchain::Tree { .. }) => {
            // Rust's LLVM is newer than the tree's lipo, which reads bitcode where it finds any.
            let mut strip = toolchain.program(place, "llvm-objcopy")?;
            strip.arg("--remove-section=__LLVM,__bitcode").arg(&library);
            output(&mut strip, "bitcode cannot be taken away")?;
        }
        (System::Apple(_), _) => {}
    }
    Ok(Built { target, contents, library, with_symbols, facts: String::new() })
}

fn for_android(
    place: &Place,
    toolchain: &Toolchain,
    target: &Target,
    android: &Android,
) -> Result<Extra> {
    let clang = toolchain.clang().display().to_string();
    let system = format!("--target={}", target.clang);
    let mut flags = format!("{system} {NO_UNWIND_TABLES}");
    let always = ["-Wl,-z,defs", "-Wl,--build-id=sha1", "-Wl,--icf=all", "-Wl,-O2"];
    let mut link = vec![system];
    link.extend(always.map(str::to_owned));
    link.push(format!("-Wl,--version-script={}", hidden(place)?.display()));
    if android.is_64 {
        // Devices with such pages load no other.
        link.push("-Wl,-z,max-page-size=16384".to_owned());
    }
    if let Toolchain::Tree { .. } = toolchain {
        flags.push_str(&format!(" -nostdlibinc -isystem {}", headers(place)?));
        let stubs = stubs(place, toolchain, target, android)?;
        let own = ["-fuse-ld=lld", "-nostdlib"].map(str::to_owned);
        link.extend(own.into_iter().chain([format!("-L{}", stubs.display())]));
        if host::can_load(toolchain, target) {
            // Android's short form of relocations is unknown to glibc.
            link.push("-Wl,--pack-dyn-relocs=none".to_owned());
        }
    }
    let variables = for_c(target, &clang, &flags);
    Ok(Extra { variables, linker: Some(clang), link, last: vec![NO_OUTLINER] })
}

fn for_apple(
    place: &Place,
    toolchain: &Toolchain,
    target: &Target,
    apple: &Apple,
) -> Result<Extra> {
    let oldest = format!("{}.{}", OLDEST_IOS.0, OLDEST_IOS.1);
    let mut extra = Extra::default();
    extra.variables.push(("IPHONEOS_DEPLOYMENT_TARGET".to_owned(), oldest));
    if let Toolchain::Tree { .. } = toolchain {
        let sdk = kit(place).join(format!("{}.sdk", apple.sdk));
        make_folder(&sdk)?;
        extra.variables.push(("SDKROOT".to_owned(), sdk.display().to_string()));
        let flags = format!("--target={} -nostdlibinc -isystem {}", target.clang, headers(place)?);
        extra.variables.extend(for_c(target, "clang", &flags));
        // As a dependency of lpakit-debug, lpakit-ffi is made as a dynamic library as well. Nobody needs that, and there
        // is no SDK to link it with; static libraries need no linker.
        extra.linker = Some("true".to_owned());
    }
    Ok(extra)
}

/// The variables that the build scripts of C code read.
fn for_c(target: &Target, clang: &str, flags: &str) -> Vec<(String, String)> {
    let archiver = Path::new(clang).with_file_name("llvm-ar");
    [("CC", clang), ("AR", &archiver.display().to_string()), ("CFLAGS", flags)]
        .map(|(name, value)| (format!("{name}_{}", target.in_variables()), value.to_owned()))
        .into()
}

/// Flags that keep this machine's folders out of the library, where they would be dead weight too.
fn remaps(place: &Place, toolchain: &Toolchain) -> Result<Vec<String>> {
    let sources = cargo_home()?.join("registry/src");
    let mut folders = vec![place.root.clone(), toolchain.rust_sources()?];
    if let Ok(registries) = fs::read_dir(&sources) {
        let mut found: Vec<PathBuf> =
            registries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        found.sort();
        folders.extend(found);
    }
    Ok(folders.iter().map(|folder| format!("--remap-path-prefix={}=", folder.display())).collect())
}

pub(super) fn kit(place: &Place) -> PathBuf {
    place.target.join("mobile-kit")
}

/// A list of what the linker is to hide. It goes by its content, so that cargo links again when that changes.
fn hidden(place: &Place) -> Result<PathBuf> {
    let names = bindings::descriptions(place)?;
    let list = format!("{{\nlocal:\n{};\n}};\n", names.join(";\n"));
    let name = format!("hidden-{:016x}.ver", hash(&list));
    let folder = kit(place);
    make_folder(&folder)?;
    let path = folder.join(name);
    fs::write(&path, list).with_context(|| format!("cannot write {path:?}"))?;
    Ok(path)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn headers(place: &Place) -> Result<String> {
    let folder = kit(place).join("include");
    let mut files = Files::new();
    for (name, text) in HEADERS {
        files.add(name, text);
    }
    mirror(&files, &folder)?;
    let path = folder.display().to_string();
    if path.contains(char::is_whitespace) {
        bail!(
            "{path:?} has a blank, which flags for C cannot carry: set CARGO_TARGET_DIR to another folder"
        );
    }
    Ok(path)
}

/// Libraries that define what bionic offers, and LLVM's libunwind: so a symbol that no phone has fails the link.
fn stubs(
    place: &Place,
    toolchain: &Toolchain,
    target: &Target,
    android: &Android,
) -> Result<PathBuf> {
    let recipe = format!("{toolchain} {} {}\n{MAKE}{GLIBC}{TABLE}", target.clang, android.debian);
    // Other stubs have another path: that is how cargo sees that it must link again.
    let folder = kit(place).join(format!("{}-{:016x}", target.triple, hash(&recipe)));
    let stamp = Stamp::new(&folder, &recipe);
    if stamp.holds() {
        return Ok(folder);
    }
    let mut files = Files::new();
    for (library, text) in Bionic::read(TABLE, android.bionic)?.stubs(ANDROID_LEVEL) {
        files.add(&format!("{library}.s"), &text);
    }
    files.add("glibc.c", GLIBC);
    files.add("make.sh", MAKE);
    mirror(&files, &folder)?;
    let mut command = toolchain.program(place, "sh")?;
    command.arg(folder.join("make.sh")).arg(&folder).args([target.clang, android.debian]);
    output(&mut command, "the linker's stubs cannot be made")?;
    stamp.set()?;
    Ok(folder)
}
