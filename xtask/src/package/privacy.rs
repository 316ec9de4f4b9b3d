//! Apple wants a reason for the use of some functions, in the privacy manifest ("Describing use of required reason API").

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The functions of C that need one, by the category that a manifest declares.
const REASONS_WANTED: [(&str, &[&str]); 3] = [
    (
        "NSPrivacyAccessedAPICategoryFileTimestamp",
        &[
            "stat",
            "fstat",
            "fstatat",
            "lstat",
            "getattrlist",
            "fgetattrlist",
            "getattrlistat",
            "getattrlistbulk",
        ],
    ),
    ("NSPrivacyAccessedAPICategorySystemBootTime", &["mach_absolute_time"]),
    ("NSPrivacyAccessedAPICategoryDiskSpace", &["statfs", "statvfs", "fstatfs", "fstatvfs"]),
];

/// What a manifest says of such functions.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "NSPrivacyAccessedAPITypes")]
    accessed: Vec<Accessed>,
}

#[derive(Deserialize)]
struct Accessed {
    #[serde(rename = "NSPrivacyAccessedAPIType")]
    category: String,
}

/// Checks that a library's manifest declares what the library asks of the system.
pub(super) fn check(asked: &BTreeSet<String>, manifest: &[u8]) -> Result<()> {
    let manifest: Manifest = plist::from_bytes(manifest).context("the privacy manifest")?;
    for (category, names) in REASONS_WANTED {
        if manifest.accessed.iter().any(|accessed| accessed.category == category) {
            continue;
        }
        // Variants are named after a dollar: `stat$INODE64`.
        let used = asked.iter().map(|name| name.split('$').next().unwrap_or_default());
        let used: Vec<&str> = used.filter(|name| names.contains(name)).collect();
        ensure!(used.is_empty(), "it calls {used:?}, and the privacy manifest has no {category}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(categories: &[&str]) -> Vec<u8> {
        let types = categories.iter().map(|category| {
            format!("<dict><key>NSPrivacyAccessedAPIType</key><string>{category}</string></dict>")
        });
        let types: String = types.collect();
        format!(
            "<plist version=\"1.0\"><dict><key>NSPrivacyAccessedAPITypes</key><array>{types}</array>\
             </dict></plist>"
        )
        .into_bytes()
    }

    #[test]
    fn what_needs_a_reason_is_found() {
        let asked = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let none = manifest(&[]);
        check(&asked(&["malloc", "getaddrinfo", "clock_gettime", "statistics"]), &none).unwrap();
        let declared = manifest(&["NSPrivacyAccessedAPICategoryFileTimestamp"]);
        check(&asked(&["fstat"]), &declared).unwrap();
        assert!(check(&asked(&["statfs"]), &declared).is_err());
        assert!(check(&asked(&[]), b"no list").is_err());
        for (name, category) in
            [("lstat", "FileTimestamp"), ("stat$INODE64", "FileTimestamp"), ("statfs", "DiskSpace")]
        {
            let told = check(&asked(&["malloc", name]), &none).unwrap_err().to_string();
            assert!(told.contains(category), "{told}");
        }
    }
}
