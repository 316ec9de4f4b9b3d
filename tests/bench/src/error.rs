//! Why something could not be measured.

use std::io;
use std::path::PathBuf;

use lpakit_interop::InteropError;

use crate::floor::FloorError;

/// Why something could not be measured. What was measured and is too much is no error but a
/// [`Finding`](crate::limits::Finding).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// Card and server could not be set up, or lpac could not be run.
    #[error(transparent)]
    Stage(#[from] InteropError),
    /// lpakit failed.
    #[error("lpakit: {0}")]
    Lpakit(#[from] lpakit::Error),
    /// lpac failed.
    #[error("lpac {command}: {message} (exit status {status:?})")]
    Lpac {
        /// Which of its commands.
        command: &'static str,
        /// The step that failed.
        message: String,
        /// Its exit status.
        status: Option<i32>,
    },
    /// The program said that it was done, and the card or the server knows nothing of it.
    #[error("{program} reported success, but {missing}")]
    NotDone {
        /// Which.
        program: &'static str,
        /// What is not there.
        missing: &'static str,
    },
    /// The recorded APDUs make no download.
    #[error("the recorded APDUs: {0}")]
    Floor(#[from] FloorError),
    /// The process with the card and the server failed.
    #[error("{program:?}, the sandbox process: {source}")]
    Sandbox {
        /// What was to run it.
        program: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The runtime for the network cannot be started.
    #[error("no runtime: {0}")]
    Runtime(io::Error),
    /// The figures cannot be printed.
    #[error("the figures cannot be printed: {0}")]
    Print(io::Error),
}
