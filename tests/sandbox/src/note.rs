//! What a running sandbox tells other processes: where its servers listen.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::SandboxError;
use crate::sandbox::replace;

/// Where the servers listen.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The SM-DP+ for LPAs.
    pub(crate) listening: SocketAddr,
    /// What the SM-DP+ wants to be called, when that is not what the sandbox was made with.
    pub(crate) address: Option<String>,
    /// The SM-DS for LPAs.
    #[serde(default)]
    pub(crate) smds: Option<SocketAddr>,
    /// The shop for apps.
    #[serde(default)]
    pub(crate) shop: Option<SocketAddr>,
}

/// The file with the [`Note`]; it goes with the servers.
pub(crate) struct NoteFile {
    path: PathBuf,
    text: Vec<u8>,
}

impl NoteFile {
    pub(crate) fn write(path: PathBuf, note: &Note) -> Result<Self, SandboxError> {
        let text = serde_json::to_vec(note).map_err(SandboxError::Config)?;
        replace(&path, &text).map_err(SandboxError::io(&path))?;
        Ok(Self { path, text })
    }
}

impl Drop for NoteFile {
    fn drop(&mut self) {
        // Another server may have taken over meanwhile; its note stays.
        if fs::read(&self.path).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
