//! JSON files in a folder that several processes work on: each is written beside its place and then moved there, all
//! under one lock file.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

const LOCK: &str = "lock";
/// No file of ours is larger; a profile package of 64 MiB is more than any card holds.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Why a file could not be read or written. Files are named without their folder; nothing of their content is told.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder could not be read or written.
    #[error("{file} cannot be read or written")]
    Io {
        /// Which.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file holds something else than what was written.
    #[error("{file} is damaged")]
    Damaged {
        /// Which.
        file: String,
    },
}

/// A folder of files that can be read by their owner only. Files are named `part/name`.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// This folder with these parts; they are made if they are not there.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn open(folder: &Path, parts: &[&str]) -> Result<Self, FolderError> {
        for part in parts {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| io(part, source))?;
            restrict(&path).map_err(|source| io(part, source))?;
        }
        Ok(Self(folder.to_owned()))
    }

    /// Waits until no other process or thread works on the folder; ends when it is dropped.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn lock(&self) -> Result<File, FolderError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.0.join(LOCK))
            .map_err(|source| io(LOCK, source))?;
        file.lock().map_err(|source| io(LOCK, source))?;
        Ok(file)
    }

    /// A file's content; `None` if it is not there.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn read(&self, file: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let opened = match File::open(self.0.join(file)) {
            Ok(opened) => opened,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io(file, source)),
        };
        let mut bytes = Vec::new();
        opened.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|source| io(file, source))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(damaged(file));
        }
        Ok(Some(bytes))
    }

    /// A JSON file's content; `None` if it is not there.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn read_json<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, FolderError> {
        let Some(bytes) = self.read(file)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| damaged(file))
    }

    /// All JSON files of a part; half-written ones have other names.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn read_all<T: DeserializeOwned>(&self, part: &str) -> Result<Vec<T>, FolderError> {
        let entries = fs::read_dir(self.0.join(part)).map_err(|source| io(part, source))?;
        let mut all = Vec::new();
        for entry in entries {
            let name = entry.map_err(|source| io(part, source))?.file_name();
            let Some(name) = name.to_str().filter(|name| name.ends_with(".json")) else {
                continue;
            };
            all.extend(self.read_json(&format!("{part}/{name}"))?);
        }
        Ok(all)
    }

    /// Puts a whole file in its place at once: it is old or new, never half, even when the power goes.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn write(&self, file: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.0.join(file);
        let folder = path.parent().unwrap_or(&self.0);
        let put = || -> std::io::Result<()> {
            // A temporary file is readable by its owner only, and keeps that when it is moved.
            let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            sync_folder(folder)
        };
        put().map_err(|source| io(file, source))
    }

    /// Puts a whole JSON file in its place at once.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn write_json(&self, file: &str, value: &impl Serialize) -> Result<(), FolderError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|_| damaged(file))?;
        text.push(b'\n');
        self.write(file, &text)
    }

    /// Removes a file; whether it was there.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn remove(&self, file: &str) -> Result<bool, FolderError> {
        match fs::remove_file(self.0.join(file)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(io(file, source)),
        }
    }
}

#[cfg(unix)]
fn restrict(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Makes the move of a file last. Only Unix can open a folder for it.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn io(file: &str, source: std::io::Error) -> FolderError {
    FolderError::Io { file: file.to_owned(), source }
}

fn damaged(file: &str) -> FolderError {
    FolderError::Damaged { file: file.to_owned() }
}
