//! Making a folder hold certain files, without touching those that are right already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::place::make_folder;

/// Files by their path inside a folder.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    /// No files.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A file of this content.
    pub(crate) fn add(&mut self, name: &str, content: &str) {
        self.0.insert(PathBuf::from(name), content.as_bytes().to_vec());
    }

    /// The file at `from`, to be called `name`.
    pub(crate) fn read(&mut self, from: &Path, name: &str) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {from:?}"))?;
        self.0.insert(PathBuf::from(name), content);
        Ok(())
    }

    /// Every file below `folder`, by its path in there.
    pub(crate) fn read_all(&mut self, folder: &Path) -> Result<()> {
        for path in files_below(folder)? {
            let content = fs::read(&path).with_context(|| format!("cannot read {path:?}"))?;
            let name = path.strip_prefix(folder).context("a file is outside its folder")?;
            self.0.insert(name.to_path_buf(), content);
        }
        Ok(())
    }
}

/// Returns the names of files that differ between `folder` and these: changed, missing or extra.
pub(crate) fn differences(files: &Files, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut there = Files::new();
    if folder.is_dir() {
        there.read_all(folder)?;
    }
    let names: BTreeSet<&PathBuf> = files.0.keys().chain(there.0.keys()).collect();
    let differ = names.into_iter().filter(|name| files.0.get(*name) != there.0.get(*name));
    Ok(differ.cloned().collect())
}

/// Makes `folder` hold these files and no others; gives how many were written or removed.
pub(crate) fn mirror(files: &Files, folder: &Path) -> Result<usize> {
    make_folder(folder)?;
    let mut changed = 0;
    for path in files_below(folder)? {
        let name = path.strip_prefix(folder).context("a file is outside its folder")?;
        if !files.0.contains_key(name) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {path:?}"))?;
            changed += 1;
        }
    }
    for (name, content) in &files.0 {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|there| there == *content) {
            continue;
        }
        make_folder(path.parent().unwrap_or(folder))?;
        // Renamed into place: a program that has the old library open keeps it whole.
        let fresh = path.with_extension("new");
        fs::write(&fresh, content).with_context(|| format!("cannot write {fresh:?}"))?;
        fs::rename(&fresh, &path).with_context(|| format!("cannot write {path:?}"))?;
        changed += 1;
    }
    Ok(changed)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let listed = fs::read_dir(&folder).with_context(|| format!("cannot list {folder:?}"))?;
        for entry in listed {
            let entry = entry.with_context(|| format!("cannot list {folder:?}"))?;
            let path = entry.path();
            match entry.file_type()?.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written_and_what_is_not_wanted_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("generated");
        let mut files = Files::new();
        files.add("a/one.kt", "one");
        files.add("two.kt", "two");
        assert_eq!(mirror(&files, &folder).unwrap(), 2);
        let old = fs::File::open(folder.join("a/one.kt")).unwrap();
        let before = old.metadata().unwrap().modified().unwrap();
        fs::write(folder.join("left.kt"), "from an older generation").unwrap();
        files.add("two.kt", "changed");
        assert_eq!(mirror(&files, &folder).unwrap(), 2);
        assert_eq!(fs::read_to_string(folder.join("two.kt")).unwrap(), "changed");
        assert!(!folder.join("left.kt").exists());
        let after = fs::metadata(folder.join("a/one.kt")).unwrap().modified().unwrap();
        assert_eq!(before, after);
        assert_eq!(mirror(&files, &folder).unwrap(), 0);
    }

    #[test]
    fn differences_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("generated");
        let mut files = Files::new();
        files.add("a/same.swift", "one");
        files.add("changed.swift", "two");
        assert_eq!(differences(&files, &folder).unwrap().len(), 2);
        mirror(&files, &folder).unwrap();
        assert!(differences(&files, &folder).unwrap().is_empty());
        files.add("changed.swift", "other");
        files.add("missing.swift", "three");
        fs::write(folder.join("a/left.swift"), "from an older generation").unwrap();
        let names = ["a/left.swift", "changed.swift", "missing.swift"].map(PathBuf::from);
        assert_eq!(differences(&files, &folder).unwrap(), names);
    }

    #[test]
    fn a_folder_is_read_with_what_is_below_it() {
        let folder = tempfile::tempdir().unwrap();
        make_folder(&folder.path().join("io/x")).unwrap();
        fs::write(folder.path().join("io/x/x.kt"), "text").unwrap();
        let mut files = Files::new();
        files.read_all(folder.path()).unwrap();
        let names: Vec<_> = files.0.keys().map(|name| name.display().to_string()).collect();
        assert_eq!(names, ["io/x/x.kt"]);
        assert!(files.read(&folder.path().join("none"), "none").is_err());
    }
}
