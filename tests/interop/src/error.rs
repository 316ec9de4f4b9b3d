//! Why a run could not even be made. What a program reports of itself is an outcome, not an error.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use lpakit_sandbox_crypto::CertificateError;
use lpakit_sandbox_crypto::eid::EidError;
use lpakit_sandbox_crypto::pki::PkiError;
use lpakit_sandbox_euicc::{CardError, CredentialsError};
use lpakit_sandbox_smdp::order::OrderError;
use lpakit_sandbox_smdp::server::ServerError;
use lpakit_sandbox_smdp::store::StoreError;
use lpakit_sandbox_smdp::{PeersError, SetupError};
use lpakit_sandbox_smds::SmdsError;

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InteropError {
    /// An outside program is not named.
    #[error(
        "{0} is not set: it names a program that `cargo xtask prepare` fetches. Run `cargo xtask test`, or set what \
         `cargo xtask prepare` prints"
    )]
    NoProgram(&'static str),
    /// A program could not be run.
    #[error("{program:?} cannot be run: {source}")]
    Run {
        /// Which.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program did not end in time and was ended.
    #[error("lpac did not end within {0:?}")]
    TimeLimit(Duration),
    /// lpac ended without a result line.
    #[error("lpac printed no result (exit status {status:?}): {complaints}")]
    NoResult {
        /// Its exit status, if it ended by itself.
        status: Option<i32>,
        /// What it wrote to standard error.
        complaints: String,
    },
    /// A file or folder cannot be used.
    #[error("{path:?}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The runtime of server and LPA cannot be started.
    #[error("no runtime: {0}")]
    Runtime(io::Error),
    /// The EID cannot be made.
    #[error(transparent)]
    Eid(#[from] EidError),
    /// The certificates cannot be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A certificate cannot be written.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The card's certificates do not fit.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The card failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The card cannot be looked at.
    #[error("the card cannot be looked at: {0}")]
    Look(#[from] lpakit::card::CardError),
    /// The server's settings do not fit.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The SM-DS's settings do not fit.
    #[error(transparent)]
    Smds(#[from] SmdsError),
    /// The server cannot call SM-DSs.
    #[error(transparent)]
    Peers(#[from] PeersError),
    /// The server cannot be started.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server's store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An order was not taken.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The CI certificate is not one that the LPA takes.
    #[error(transparent)]
    Trust(#[from] lpakit::http::TrustError),
    /// The LPA failed to open.
    #[error(transparent)]
    Lpa(#[from] lpakit::Error),
}

impl InteropError {
    /// Wraps an I/O error with the path it is about.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_runs_the_tests_without_the_programs_is_told_how() {
        let text = InteropError::NoProgram("LPAKIT_LPAC").to_string();
        assert!(text.contains("LPAKIT_LPAC") && text.contains("cargo xtask test"), "{text}");
    }
}
