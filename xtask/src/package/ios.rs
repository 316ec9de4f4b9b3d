//! LPAKitFFI.xcframework and its zip, which Package.swift names.
//!
//! Static libraries are what is checked on every change. What is released are frameworks of dynamic ones: an app with a
//! second static library of Rust would define `rust_eh_personality` twice, and not link.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::xcframework::{Kind, List, MODULE, Slice};
use super::{How, files, read_back};
use crate::bindings;
use crate::mobile::{self, Apple, Built, Contents, Maker, System, Target, Toolchain};
use crate::place::{Place, make_folder, remove_folder};
use crate::prepare::{Part, Prepared};
use crate::table::Stages;

/// The privacy manifest of the Swift package, which a framework carries too.
const PRIVACY: &str = "ios/Sources/LPAKit/PrivacyInfo.xcprivacy";

/// Map and header of the C interface, as they were generated.
const INTERFACE: &str = "ios/Generated/LPAKitFFI/include";

/// The header of the sandbox's C interface, which is in the Swift package alone.
const SANDBOX_HEADER: &str = "ios/Generated/LPAKitSandboxFFI/include/LPAKitSandboxFFI.h";

/// What comes of packing.
struct Packed {
    archive: PathBuf,
    facts: String,
}

/// Builds and packs all of Apple's targets; gives the archive.
pub(super) fn pack(place: &Place, stages: &mut Stages, how: How) -> Result<Vec<PathBuf>> {
    if !mobile::has_own_tools(Maker::Apple) {
        Prepared::default().add(place, stages, Part::Mobile)?;
    }
    // Before the long stages: headers of another interface would be packed.
    stages.run("ios/Generated", || bindings::check_swift(place))?;
    let (contents, folder) = match how.sandbox {
        true => (Contents::WithSandbox, "package/ios-sandbox"),
        false => (Contents::Lpakit, "package/ios"),
    };
    let built = mobile::for_apps(place, stages, contents, Maker::Apple, true)?;
    let kind = if how.dynamic { Kind::Dynamic } else { Kind::Static };
    let mut archives = Vec::new();
    stages.run("XCFramework", || {
        let packed = packed(place, &built, kind, &place.target.join(folder))?;
        archives.push(packed.archive);
        Ok(packed.facts)
    })?;
    Ok(archives)
}

/// Packs what was built of Apple's targets in both ways, and reads it back; says what was found.
pub(crate) fn check(place: &Place, built: &[Built]) -> Result<String> {
    bindings::check_swift(place)?;
    let folder = place.target.join("package/ios-check");
    let mut facts = Vec::new();
    for (kind, name) in [(Kind::Static, "static"), (Kind::Dynamic, "dynamic")] {
        let packed = packed(place, built, kind, &folder.join(name))?;
        facts.push(format!("{name} {}", packed.facts));
    }
    Ok(facts.join("; "))
}

/// Packs with the C interface that was generated.
fn packed(place: &Place, built: &[Built], kind: Kind, folder: &Path) -> Result<Packed> {
    let systems = by_system(built);
    let first = systems.first().and_then(|members| members.first());
    let &Member { target, contents, .. } = first.context("nothing was built for Apple")?;
    let toolchain = Toolchain::of(place, target)?;
    // What an earlier run packed would look as if it were of this one.
    remove_folder(folder)?;
    let packer = Packer { place, toolchain: &toolchain, contents, kind, folder };
    let slices = systems.iter().map(|members| packer.slice(members)).collect::<Result<_>>()?;
    let framework = packer.framework();
    List::new(slices).write(&framework)?;

    let octets = zipped(&framework)?;
    let archive = folder.join(archive_name(contents, &toolchain));
    fs::write(&archive, &octets).with_context(|| format!("cannot write {archive:?}"))?;
    let checksum: String =
        Sha256::digest(&octets).iter().map(|octet| format!("{octet:02x}")).collect();
    let named = folder.join(format!("{}.checksum", base_name(contents)));
    fs::write(&named, format!("{checksum}\n"))
        .with_context(|| format!("cannot write {named:?}"))?;
    let targets = systems.iter().map(|members| targets_of(members)).collect::<Vec<_>>();
    let sandbox_header = match contents {
        Contents::Lpakit => None,
        Contents::WithSandbox => Some(text(&place.root.join(SANDBOX_HEADER))?),
    };
    let expected = read_back::Expected { kind, contents, sandbox_header };
    expected.check(&octets, &targets)?;
    Ok(Packed { archive, facts: format!("{} octets, SHA-256 {checksum}", octets.len()) })
}

/// What was built for checking says so in its name; Package.swift asks for the other.
fn archive_name(contents: Contents, toolchain: &Toolchain) -> String {
    let stamp = if toolchain.may_ship() { "" } else { &format!("-{}", toolchain.version()) };
    format!("{}{stamp}.xcframework.zip", base_name(contents))
}

/// How the names of an archive and of its checksum begin.
fn base_name(contents: Contents) -> String {
    match contents {
        Contents::Lpakit => MODULE.to_owned(),
        Contents::WithSandbox => format!("{MODULE}-sandbox"),
    }
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {path:?}"))
}

/// A target's static library.
struct Member<'a> {
    target: &'a Target,
    contents: Contents,
    apple: &'a Apple,
    library: &'a Path,
}

/// The libraries for each of Apple's systems.
fn by_system(built: &[Built]) -> Vec<Vec<Member<'_>>> {
    let mut systems: BTreeMap<&str, Vec<Member<'_>>> = BTreeMap::new();
    for Built { target, contents, library, .. } in built {
        if let System::Apple(apple) = &target.system {
            systems.entry(apple.sdk).or_default().push(Member {
                target,
                contents: *contents,
                apple,
                library,
            });
        }
    }
    systems.into_values().collect()
}

fn targets_of<'a>(members: &[Member<'a>]) -> Vec<&'a Target> {
    members.iter().map(|member| member.target).collect()
}

struct Packer<'a> {
    place: &'a Place,
    toolchain: &'a Toolchain,
    contents: Contents,
    kind: Kind,
    folder: &'a Path,
}

impl Packer<'_> {
    fn framework(&self) -> PathBuf {
        self.folder.join(format!("{MODULE}.xcframework"))
    }

    /// What a framework says of the build it is from.
    fn stamp(&self) -> String {
        let version = self.toolchain.version();
        match self.contents {
            Contents::Lpakit => version,
            Contents::WithSandbox => format!("{version} with the sandbox, for debug builds"),
        }
    }

    /// Makes one system's folder.
    fn slice(&self, members: &[Member<'_>]) -> Result<Slice> {
        let slice = Slice::of(&targets_of(members), self.kind);
        let to = self.framework().join(&slice.library_identifier);
        let binary = to.join(&slice.binary_path);
        make_folder(binary.parent().context("a file without a folder")?)?;
        match self.kind {
            Kind::Static => {
                let libraries: Vec<&Path> = members.iter().map(|member| member.library).collect();
                self.join(&libraries, &binary)?;
            }
            Kind::Dynamic => self.link(members, &binary)?,
        }
        let read = |name: &str| text(&self.place.root.join(INTERFACE).join(name));
        slice.write_interface(&to, &read("module.modulemap")?, &read(&format!("{MODULE}.h"))?)?;
        if let Some(member) = members.first() {
            let privacy = text(&self.place.root.join(PRIVACY))?;
            slice.write_framework(&to, member.apple, &self.stamp(), &privacy)?;
        }
        Ok(slice)
    }

    fn link(&self, members: &[Member<'_>], binary: &Path) -> Result<()> {
        let (work, symbols) = (self.folder.join("linked"), self.folder.join("dSYMs"));
        make_folder(&work)?;
        make_folder(&symbols)?;
        let mut linked = Vec::new();
        for Member { target, contents, apple, library } in members {
            let to = work.join(target.triple);
            mobile::link(self.place, self.toolchain, (target, apple, *contents), library, &to)?;
            // Each by itself: debuggers go by the library's UUID, which every processor's part has.
            let symbols = symbols.join(format!("{}.dSYM", target.triple));
            mobile::strip_linked(self.place, self.toolchain, &to, &symbols)?;
            linked.push(to);
        }
        let linked: Vec<&Path> = linked.iter().map(PathBuf::as_path).collect();
        self.join(&linked, binary)
    }

    fn join(&self, files: &[&Path], to: &Path) -> Result<()> {
        match files {
            [one] => fs::copy(one, to).with_context(|| format!("cannot copy {one:?}")).map(drop),
            several => mobile::join(self.place, self.toolchain, several, to),
        }
    }
}

/// A folder as a zip, which is the same for the same files.
fn zipped(folder: &Path) -> Result<Vec<u8>> {
    let mut files = files(folder)?;
    files.sort();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let above = folder.parent().context("a folder in no other")?;
    for file in files {
        let name = file.strip_prefix(above)?.to_str().context("a name that is no text")?;
        let options = SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(if name.ends_with(MODULE) { 0o755 } else { 0o644 });
        zip.start_file(name, options)?;
        zip.write_all(&mobile::read(&file)?)?;
    }
    Ok(zip.finish()?.into_inner())
}
