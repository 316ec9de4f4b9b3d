//! Where things are: the workspace, its cache and its target folder.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that the chores work in.
pub(crate) struct Place {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// Everything fetched or installed for the tests; ignored by git.
    pub(crate) cache: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Place {
    /// Finds the workspace from where this program was built.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("the folder xtask has no parent")?.to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(path) => env::current_dir()?.join(path),
            None => root.join("target"),
        };
        Ok(Self { cache: root.join(".cache"), target, root })
    }

    /// The folder of the Python checks.
    pub(crate) fn checks(&self) -> PathBuf {
        self.root.join("tests/interop/python")
    }

    /// The folder where tests put their transcripts.
    pub(crate) fn transcripts(&self) -> PathBuf {
        self.target.join("transcripts")
    }

    /// The folder of wrapper scripts around fetched programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.cache.join("bin")
    }

    /// Takes the cache for this process until the returned file is dropped; waits for another run.
    pub(crate) fn lock(&self) -> Result<File> {
        make_folder(&self.cache)?;
        let path = self.cache.join("lock");
        let file = File::create(&path).with_context(|| format!("cannot write {path:?}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("xtask: another run is preparing .cache; waiting for it");
                file.lock().with_context(|| format!("cannot lock {path:?}"))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {path:?}"));
            }
        }
        Ok(file)
    }
}

/// A note inside a prepared folder that it is whole and what it was made from.
pub(crate) struct Stamp<'a> {
    folder: &'a Path,
    recipe: &'a str,
}

impl<'a> Stamp<'a> {
    const NAME: &'static str = "lpakit-stamp";

    /// A stamp for `folder`, which is made by `recipe` (any text that changes with the recipe).
    pub(crate) fn new(folder: &'a Path, recipe: &'a str) -> Self {
        Self { folder, recipe }
    }

    /// Whether the folder was made whole by this very recipe.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(self.folder.join(Self::NAME)).is_ok_and(|text| text == self.recipe)
    }

    /// Notes that the folder is whole.
    pub(crate) fn set(&self) -> Result<()> {
        let path = self.folder.join(Self::NAME);
        fs::write(&path, self.recipe).with_context(|| format!("cannot write {path:?}"))
    }
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .with_context(|| format!("cannot make the folder {path:?}: is the disk full or read-only?"))
}

/// Removes a folder if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {path:?}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_only_for_its_recipe() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = Stamp::new(folder.path(), "one");
        assert!(!stamp.holds());
        stamp.set().unwrap();
        assert!(stamp.holds());
        assert!(!Stamp::new(folder.path(), "two").holds());
    }

    #[test]
    fn the_cache_is_taken_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let place = Place { cache: root.join("c"), target: root.join("t"), root };
        let first = place.lock().unwrap();
        let second = File::open(place.cache.join("lock")).unwrap();
        assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
        drop(first);
        second.try_lock().unwrap();
    }
}
