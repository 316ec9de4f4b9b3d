//! The library with the sandbox for hosts, which lies in a jar as JNA's own does: `linux-x86-64/liblpakit_debug.so`.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::files;
use crate::place::{make_folder, remove_folder};

/// Each host, as JNA names it, and the library's file there. The loader in lpakit-core knows the same.
const HOSTS: [(&str, &str); 4] = [
    ("linux-x86-64", "liblpakit_debug.so"),
    ("linux-aarch64", "liblpakit_debug.so"),
    ("darwin-x86-64", "liblpakit_debug.dylib"),
    ("darwin-aarch64", "liblpakit_debug.dylib"),
];

/// JNA's name for a host that Rust names so.
fn jna_name(os: &str, arch: &str) -> String {
    let os = if os == "macos" { "darwin" } else { os };
    format!("{os}-{}", arch.replace('_', "-"))
}

/// Fills `folder` with this host's library and those of others that somebody brings; gives the hosts' names.
pub(crate) fn collect(folder: &Path, own: &Path, others: Option<&Path>) -> Result<Vec<String>> {
    remove_folder(folder)?;
    let mut libraries = vec![(jna_name(OS, ARCH), own.to_path_buf())];
    for path in others.map(files).transpose()?.unwrap_or_default() {
        let (host, file) = match path.parent() {
            Some(folder) => (folder.file_name().unwrap_or_default(), path.file_name()),
            None => continue,
        };
        let is_known =
            HOSTS.iter().any(|(known, name)| *known == host && file == Some(name.as_ref()));
        ensure!(is_known, "{path:?} is not the library of a host that lpakit-core looks for");
        libraries.push((host.to_string_lossy().into_owned(), path));
    }
    let mut hosts = Vec::new();
    for (host, from) in libraries {
        let name = from.file_name().unwrap_or_default();
        // One's own is built from these very sources.
        if hosts.contains(&host) {
            continue;
        }
        let to = folder.join(&host);
        make_folder(&to)?;
        fs::copy(&from, to.join(name)).with_context(|| format!("cannot copy {from:?}"))?;
        hosts.push(host);
    }
    hosts.sort();
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(folder: &Path, name: &str) -> std::path::PathBuf {
        let path = folder.join(name);
        make_folder(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        path
    }

    #[test]
    fn hosts_are_named_as_jna_names_them() {
        assert_eq!(jna_name("linux", "x86_64"), "linux-x86-64");
        assert_eq!(jna_name("macos", "aarch64"), "darwin-aarch64");
    }

    #[test]
    fn this_hosts_library_is_beside_those_that_are_brought() {
        let here = jna_name(OS, ARCH);
        let Some((_, file)) = HOSTS.iter().find(|(host, _)| *host == here) else { return };
        let (other, other_file) = HOSTS.iter().find(|(host, _)| *host != here).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let own = library(folder.path(), file);
        let brought = folder.path().join("brought");
        library(&brought, &format!("{here}/{file}"));
        library(&brought, &format!("{other}/{other_file}"));
        let out = folder.path().join("out");
        let mut expected = vec![here.clone(), (*other).to_owned()];
        expected.sort();
        assert_eq!(collect(&out, &own, Some(&brought)).unwrap(), expected);
        assert_eq!(fs::read_to_string(out.join(&here).join(file)).unwrap(), *file);
        assert_eq!(collect(&out, &own, None).unwrap(), [here]);
        library(&brought, "linux-riscv64/liblpakit_debug.so");
        assert!(collect(&out, &own, Some(&brought)).is_err());
    }
}
