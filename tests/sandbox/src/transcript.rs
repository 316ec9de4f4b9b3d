//! Transcripts of what passes the card's contacts and the server's HTTP (`tests/interop/TRANSCRIPT.md`).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lpakit_sandbox_crypto::Certificate;
use serde_json::{Value, json};

/// Version of the format.
const VERSION: u32 = 1;

/// A transcript that card and server write into, one JSON object a line, in the order in which things happen.
///
/// It holds identifiers, and with the cargo feature `transcript-secrets` one-time keys: it is for the independent
/// verifier and for nobody else.
pub struct Transcript(Mutex<State>);

struct State {
    file: File,
    fault: Option<io::Error>,
}

impl Transcript {
    /// Begins a transcript with its meta line: the CI certificates that the run trusts. An old file is replaced.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, cis: &[Certificate]) -> io::Result<Arc<Self>> {
        File::create(path)?;
        let transcript = Self::append(path)?;
        let cis: Vec<String> = cis.iter().map(|ci| hex::encode(ci.der())).collect();
        transcript
            .write(&json!({ "t": "meta", "version": VERSION, "program": "lpakit", "ci": cis }));
        transcript.finish()?;
        Ok(transcript)
    }

    /// Goes on with a transcript that was begun elsewhere, maybe by another process.
    ///
    /// # Errors
    /// When the file is not there or cannot be written.
    pub fn append(path: &Path) -> io::Result<Arc<Self>> {
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Arc::new(Self(Mutex::new(State { file, fault: None }))))
    }

    /// Makes sure that everything so far is in the file.
    ///
    /// # Errors
    /// The first error of writing; after one, nothing more was written, so that no line is missing in the middle.
    pub fn finish(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.fault.take() {
            Some(fault) => Err(fault),
            None => state.file.sync_all(),
        }
    }

    fn write(&self, line: &Value) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.fault.is_none() {
            // One write a line: appending processes do not get into each other's lines.
            let text = format!("{line}\n");
            state.fault = state.file.write_all(text.as_bytes()).err();
        }
    }
}

impl lpakit_sandbox_euicc::Recorder for Transcript {
    fn record(&self, line: &Value) {
        self.write(line);
    }
}

impl lpakit_sandbox_smdp::transcript::Recorder for Transcript {
    fn record(&self, line: &Value) {
        self.write(line);
    }
}

impl std::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transcript").finish_non_exhaustive()
    }
}
