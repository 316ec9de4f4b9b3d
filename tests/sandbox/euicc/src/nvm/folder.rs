//! Non-volatile memory in a folder.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{BlobId, MemoryNvm, Nvm, NvmError};

const STATE: &str = "state.json";
const LOCK: &str = "lock";
const BLOBS: &str = "packages";
/// Marks a file that is being written; it becomes real by being renamed.
const UNFINISHED: &str = "new";

/// A card in a folder: `state.json`, a folder of profile packages, and a lock file.
///
/// The state holds private keys, so folder and files are for their owner only. Every write goes to a file beside
/// the old one, is flushed to the disk and then renamed over it: a process or machine that dies at any moment
/// leaves the old state or the new one. The lock is advisory and ends with the process.
#[derive(Debug)]
pub struct FolderNvm {
    folder: PathBuf,
    // Held open: the lock lasts as long as the handle.
    _lock: File,
}

impl FolderNvm {
    /// Opens a folder, and makes it if it is not there.
    ///
    /// # Errors
    /// [`NvmError::InUse`] when another process has it open, [`NvmError::Io`] when it cannot be used.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, NvmError> {
        let folder = folder.into();
        make_folder(&folder)?;
        make_folder(&folder.join(BLOBS))?;
        let lock = private_file().create(true).open(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NvmError::InUse),
            // Some platforms have no such locks; there an app is alone with its files anyway.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { folder, _lock: lock })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn blob_folder(&self) -> PathBuf {
        self.folder.join(BLOBS)
    }

    fn state(&self) -> Result<Option<Vec<u8>>, NvmError> {
        match fs::read(self.folder.join(STATE)) {
            Ok(state) => Ok(Some(state)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Nvm for FolderNvm {
    fn load(&mut self) -> Result<Option<Vec<u8>>, NvmError> {
        self.state()
    }

    fn commit(&mut self, state: &[u8]) -> Result<(), NvmError> {
        Ok(replace(&self.folder, STATE, state)?)
    }

    fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError> {
        let id = BlobId::of(content);
        replace(&self.blob_folder(), &id.to_string(), content)?;
        Ok(id)
    }

    fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError> {
        match fs::read(self.blob_folder().join(id.to_string())) {
            Ok(content) if BlobId::of(&content) == id => Ok(content),
            Ok(_) => Err(NvmError::BlobDamaged),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(NvmError::BlobDamaged),
            Err(error) => Err(error.into()),
        }
    }

    fn keep_only(&mut self, live: &BTreeSet<BlobId>) -> Result<(), NvmError> {
        for entry in fs::read_dir(self.blob_folder())? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(BlobId::from_hex);
            let is_live = id.is_some_and(|id| live.contains(&id));
            if !is_live && entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        remove_if_there(&unfinished(&self.folder, STATE))?;
        Ok(())
    }

    fn copy(&self) -> Result<MemoryNvm, NvmError> {
        let mut copy = MemoryNvm::new();
        for entry in fs::read_dir(self.blob_folder())? {
            let entry = entry?;
            if entry.file_name().to_str().and_then(BlobId::from_hex).is_some() {
                copy.put_blob(&fs::read(entry.path())?)?;
            }
        }
        if let Some(state) = self.state()? {
            copy.commit(&state)?;
        }
        Ok(copy)
    }

    fn restore(&mut self, copy: &MemoryNvm) -> Result<(), NvmError> {
        let mut live = BTreeSet::new();
        for blob in copy.blobs() {
            live.insert(self.put_blob(&blob)?);
        }
        match copy.state() {
            Some(state) => self.commit(&state)?,
            None => remove_if_there(&self.folder.join(STATE))?,
        }
        self.keep_only(&live)
    }
}

/// Puts `content` under `name` in one step, safe on the disk.
fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let new = unfinished(folder, name);
    let mut file = private_file().create(true).truncate(true).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, folder.join(name))?;
    sync_folder(folder)
}

fn unfinished(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{UNFINISHED}"))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A rename is safe only when the folder itself is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
