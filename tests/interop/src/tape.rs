//! What passes the card's contacts and the server's HTTP: written to a transcript, and kept for counting.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lpakit_sandbox_crypto::Certificate;
use lpakit_sandbox_rsp_server::transcript::Recorder;
use serde_json::{Value, json};

use crate::error::InteropError;
use crate::stage::Program;

/// Version of the transcript's format (`tests/interop/TRANSCRIPT.md`).
const VERSION: u32 = 1;

/// One command and its answer at the card's contacts.
#[derive(Clone, PartialEq, Eq)]
pub struct ApduExchange {
    /// The command APDU.
    pub command: Vec<u8>,
    /// Data and status word.
    pub response: Vec<u8>,
}

/// Shows sizes only: identifiers and codes pass here.
impl std::fmt::Debug for ApduExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApduExchange({} -> {} octets)", self.command.len(), self.response.len())
    }
}

/// One HTTP exchange that the server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpExchange {
    /// The last part of the path: the ES9+ function.
    pub function: String,
    /// The request's body.
    pub request: String,
    /// HTTP status.
    pub status: u64,
    /// The response's body.
    pub response: String,
}

/// Shows sizes only: identifiers and packages pass here.
impl std::fmt::Debug for HttpExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { function, request, status, response } = self;
        write!(f, "{function} ({} -> {status}, {} octets)", request.len(), response.len())
    }
}

/// APDUs and octets at the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardCounts {
    /// Commands.
    pub apdus: u64,
    /// Octets to the card.
    pub bytes_out: u64,
    /// Octets from the card, status words included.
    pub bytes_in: u64,
}

/// The transcript of a run, and its exchanges in memory.
pub(crate) struct Tape {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    fault: Option<io::Error>,
    apdus: Vec<ApduExchange>,
    http: Vec<HttpExchange>,
}

impl Tape {
    /// Begins a transcript with its meta line. An old file is replaced.
    pub(crate) fn begin(
        path: PathBuf,
        program: Program,
        ci: &Certificate,
    ) -> Result<Self, InteropError> {
        let file = File::create(&path).map_err(InteropError::io(&path))?;
        let state = State { file, fault: None, apdus: Vec::new(), http: Vec::new() };
        let tape = Self { path, state: Mutex::new(state) };
        tape.write(&json!({
            "t": "meta",
            "version": VERSION,
            "program": program.name(),
            "ci": [hex::encode(ci.der())],
        }));
        Ok(tape)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What passed the card's contacts so far.
    pub(crate) fn apdus(&self) -> Vec<ApduExchange> {
        self.state().apdus.clone()
    }

    /// What passed over HTTP so far.
    pub(crate) fn http(&self) -> Vec<HttpExchange> {
        self.state().http.clone()
    }

    /// Makes sure that everything so far is in the file.
    pub(crate) fn finish(&self) -> Result<(), InteropError> {
        let mut state = self.state();
        let done = state.fault.take().map_or_else(|| state.file.sync_all(), Err);
        done.map_err(InteropError::io(&self.path))
    }

    /// A person wants this notification to be thrown away unsent.
    pub(crate) fn person_removes(&self, seq_number: u32) {
        self.write(&json!({ "t": "person", "wish": "remove", "seq_number": seq_number }));
    }

    fn write(&self, line: &Value) {
        let mut state = self.state();
        if state.fault.is_none() {
            state.fault = writeln!(state.file, "{line}").err();
        }
        match line["t"].as_str() {
            Some("apdu") => state.apdus.extend(apdu(line)),
            Some("http") => state.http.push(http(line)),
            _ => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn apdu(line: &Value) -> Option<ApduExchange> {
    let octets = |name: &str| hex::decode(line[name].as_str()?).ok();
    Some(ApduExchange { command: octets("c")?, response: octets("r")? })
}

fn http(line: &Value) -> HttpExchange {
    let url = line["url"].as_str().unwrap_or_default();
    let body = |side: &str| line[side]["body"].as_str().unwrap_or_default().to_owned();
    HttpExchange {
        function: url.rsplit('/').next().unwrap_or_default().to_owned(),
        request: body("request"),
        status: line["response"]["status"].as_u64().unwrap_or_default(),
        response: body("response"),
    }
}

impl CardCounts {
    /// Counts exchanges.
    pub fn of(exchanges: &[ApduExchange]) -> Self {
        exchanges.iter().fold(Self::default(), |counts, exchange| Self {
            apdus: counts.apdus + 1,
            bytes_out: counts.bytes_out + exchange.command.len() as u64,
            bytes_in: counts.bytes_in + exchange.response.len() as u64,
        })
    }
}

impl lpakit_sandbox_euicc::Recorder for Tape {
    fn record(&self, line: &Value) {
        self.write(line);
    }
}

impl Recorder for Tape {
    fn record(&self, line: &Value) {
        self.write(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(folder: &Path) -> Tape {
        let pki = crate::stage::certificates(1).unwrap();
        let path = folder.join("run.jsonl");
        Tape::begin(path, Program::Lpac, pki.ci.certificate()).unwrap()
    }

    #[test]
    fn every_line_is_written_and_what_is_counted_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let tape = tape(folder.path());
        tape.write(&json!({ "t": "card", "event": "power" }));
        tape.write(&json!({ "t": "apdu", "c": "81e2910003bf3e00", "r": "6115" }));
        tape.write(&json!({ "t": "apdu", "c": "81c0000015", "r": "bf3e009000" }));
        tape.write(&json!({
            "t": "http",
            "url": "https://localhost:1/gsma/rsp2/es9plus/cancelSession",
            "request": { "headers": {}, "body": "{\"a\":1}" },
            "response": { "status": 200, "headers": {}, "body": "{}" },
        }));
        tape.finish().unwrap();

        let counts = CardCounts { apdus: 2, bytes_out: 13, bytes_in: 7 };
        assert_eq!(CardCounts::of(&tape.apdus()), counts);
        assert_eq!(format!("{:?}", tape.http()), "[cancelSession (7 -> 200, 2 octets)]");
        let text = std::fs::read_to_string(tape.path()).unwrap();
        let kinds: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(kinds.len(), 5);
        assert_eq!((&kinds[0]["t"], &kinds[0]["program"]), (&json!("meta"), &json!("lpac")));
    }

    #[test]
    fn debug_shows_sizes_only() {
        let exchange = ApduExchange { command: vec![0xAB; 5], response: vec![0x90, 0x00] };
        assert_eq!(format!("{exchange:?}"), "ApduExchange(5 -> 2 octets)");
    }
}
