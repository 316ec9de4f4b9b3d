//! An XCFramework: one folder for each system, and a list of them (Apple: "Creating a multiplatform binary framework
//! bundle").

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use object::macho::PLATFORM_IOSSIMULATOR;
use serde::{Deserialize, Serialize};

use crate::mobile::{Apple, OLDEST_IOS, System, Target};
use crate::place::make_folder;

/// The module that Swift imports, which also names framework, library and header.
pub(super) const MODULE: &str = "LPAKitFFI";

/// The static library of a system.
const ARCHIVE: &str = "liblpakit_ffi.a";

/// What is in each folder of an XCFramework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A static library with headers.
    Static,
    /// A framework with a dynamic library.
    Dynamic,
}

/// The list that an XCFramework begins with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    pub(super) available_libraries: Vec<Slice>,
    #[serde(rename = "CFBundlePackageType")]
    pub(super) package_type: String,
    #[serde(rename = "XCFrameworkFormatVersion")]
    pub(super) format: String,
}

/// One system's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Slice {
    /// The file that holds the code, below the folder.
    pub(super) binary_path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) headers_path: Option<String>,
    /// The folder's name.
    pub(super) library_identifier: String,
    /// What is linked, below the folder.
    pub(super) library_path: String,
    pub(super) supported_architectures: Vec<String>,
    pub(super) supported_platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) supported_platform_variant: Option<String>,
}

/// What a framework says of itself.
#[derive(Serialize)]
struct Framework {
    #[serde(rename = "CFBundleDevelopmentRegion")]
    region: &'static str,
    #[serde(rename = "CFBundleExecutable")]
    executable: &'static str,
    #[serde(rename = "CFBundleIdentifier")]
    identifier: &'static str,
    #[serde(rename = "CFBundleInfoDictionaryVersion")]
    format: &'static str,
    #[serde(rename = "CFBundleName")]
    name: &'static str,
    #[serde(rename = "CFBundlePackageType")]
    package_type: &'static str,
    #[serde(rename = "CFBundleShortVersionString")]
    version: &'static str,
    #[serde(rename = "CFBundleSupportedPlatforms")]
    platforms: [&'static str; 1],
    #[serde(rename = "CFBundleVersion")]
    build: &'static str,
    /// Ours: says where it was built for checking alone.
    #[serde(rename = "LPAKitBuild")]
    stamp: String,
    #[serde(rename = "MinimumOSVersion")]
    oldest: String,
}

impl List {
    pub(super) fn new(slices: Vec<Slice>) -> Self {
        Self {
            available_libraries: slices,
            package_type: "XFWK".to_owned(),
            format: "1.0".to_owned(),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write_list(&folder.join("Info.plist"), self)
    }
}

impl Slice {
    /// The folder for the targets of one system.
    pub(super) fn of(targets: &[&Target], kind: Kind) -> Self {
        let processors: Vec<String> = targets.iter().map(|target| processor(target)).collect();
        let is_simulator = targets.iter().any(|target| match &target.system {
            System::Apple(apple) => apple.platform == PLATFORM_IOSSIMULATOR,
            System::Android(_) => false,
        });
        let variant = is_simulator.then(|| "simulator".to_owned());
        let suffix = variant.as_ref().map(|variant| format!("-{variant}")).unwrap_or_default();
        let framework = format!("{MODULE}.framework");
        let (library_path, binary_path, headers_path) = match kind {
            Kind::Static => (ARCHIVE.to_owned(), ARCHIVE.to_owned(), Some("Headers".to_owned())),
            Kind::Dynamic => (framework.clone(), format!("{framework}/{MODULE}"), None),
        };
        Self {
            binary_path,
            headers_path,
            library_identifier: format!("ios-{}{suffix}", processors.join("_")),
            library_path,
            supported_architectures: processors,
            supported_platform: "ios".to_owned(),
            supported_platform_variant: variant,
        }
    }

    /// The module's map and header, below the folder. A static library's are in a folder of the module's name: a map at
    /// the top would meet another SDK's in an app.
    pub(super) fn interface(&self) -> [String; 2] {
        match &self.headers_path {
            Some(headers) => ["module.modulemap".to_owned(), format!("{MODULE}.h")]
                .map(|name| format!("{headers}/{MODULE}/{name}")),
            None => [
                format!("{}/Modules/module.modulemap", self.library_path),
                format!("{}/Headers/{MODULE}.h", self.library_path),
            ],
        }
    }

    /// The privacy manifest, which a framework has, below the folder.
    pub(super) fn privacy(&self) -> Option<String> {
        self.in_framework("PrivacyInfo.xcprivacy")
    }

    /// What a framework says of itself, below the folder.
    fn about(&self) -> Option<String> {
        self.in_framework("Info.plist")
    }

    fn in_framework(&self, name: &str) -> Option<String> {
        self.headers_path.is_none().then(|| format!("{}/{name}", self.library_path))
    }

    /// Every file, below the folder.
    pub(super) fn files(&self) -> impl Iterator<Item = String> {
        let of_framework = [self.about(), self.privacy()].into_iter().flatten();
        self.interface().into_iter().chain([self.binary_path.clone()]).chain(of_framework)
    }

    /// Puts map and header where compilers look for them.
    pub(super) fn write_interface(&self, folder: &Path, map: &str, header: &str) -> Result<()> {
        // Frameworks say what they are.
        let map = match self.headers_path {
            Some(_) => map.to_owned(),
            None => format!("framework {}", map.trim_start()),
        };
        let [at_map, at_header] = self.interface();
        write(&folder.join(at_map), &map)?;
        write(&folder.join(at_header), header)
    }

    /// Puts beside a dynamic library what makes it a framework; static ones are none.
    pub(super) fn write_framework(
        &self,
        folder: &Path,
        apple: &Apple,
        stamp: &str,
        privacy: &str,
    ) -> Result<()> {
        let about = Framework {
            region: "en",
            executable: MODULE,
            identifier: "io.github.lpakit.LPAKitFFI",
            format: "6.0",
            name: MODULE,
            package_type: "FMWK",
            version: env!("CARGO_PKG_VERSION"),
            platforms: [apple.sdk],
            build: "1",
            stamp: stamp.to_owned(),
            oldest: format!("{}.{}", OLDEST_IOS.0, OLDEST_IOS.1),
        };
        let (Some(at_about), Some(at_privacy)) = (self.about(), self.privacy()) else {
            return Ok(());
        };
        write_list(&folder.join(at_about), &about)?;
        write(&folder.join(at_privacy), privacy)
    }
}

/// A target's processor, as Apple names it.
fn processor(target: &Target) -> String {
    let name = target.triple.split('-').next().unwrap_or_default();
    if name == "aarch64" { "arm64".to_owned() } else { name.to_owned() }
}

fn write_list(path: &Path, list: &impl Serialize) -> Result<()> {
    let mut text = Vec::new();
    plist::to_writer_xml(&mut text, list).with_context(|| format!("cannot make {path:?}"))?;
    write(path, &text)
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().with_context(|| format!("{path:?} has no folder"))?;
    make_folder(folder)?;
    fs::write(path, text).with_context(|| format!("cannot write {path:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mobile::target;

    #[test]
    fn folders_are_named_as_xcode_names_them() {
        let phone = Slice::of(&[target("aarch64-apple-ios")], Kind::Static);
        assert_eq!(phone.library_identifier, "ios-arm64");
        assert_eq!(phone.supported_platform_variant, None);
        assert_eq!(phone.binary_path, "liblpakit_ffi.a");
        assert_eq!(phone.interface()[0], "Headers/LPAKitFFI/module.modulemap");
        assert_eq!(phone.files().count(), 3);
        let both = [target("aarch64-apple-ios-sim"), target("x86_64-apple-ios")];
        let simulators = Slice::of(&both, Kind::Dynamic);
        assert_eq!(simulators.library_identifier, "ios-arm64_x86_64-simulator");
        assert_eq!(simulators.supported_architectures, ["arm64", "x86_64"]);
        assert_eq!(simulators.supported_platform_variant.as_deref(), Some("simulator"));
        assert_eq!(simulators.binary_path, "LPAKitFFI.framework/LPAKitFFI");
        assert_eq!(simulators.interface()[1], "LPAKitFFI.framework/Headers/LPAKitFFI.h");
        assert_eq!(simulators.files().count(), 5);
    }
}
