//! What a stage could not do. It is a fault of a test, never of what is tested.

use crate::error::SandboxError;

/// Why a line could not be played. Texts may repeat the line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The line, or a word in it, means nothing.
    #[error("not understood: {0:?}")]
    Unknown(String),
    /// There is no card with this number.
    #[error("there is no card {0} on the stage")]
    NoCard(usize),
    /// What was waited for did not come.
    #[error("it did not come: {0}")]
    Patience(String),
    /// Nobody stands at the gate.
    #[error("nobody is held")]
    NobodyHeld,
    /// The machine has no thread, no socket or no port for it.
    #[error("the stage cannot be built: {0}")]
    Io(#[from] std::io::Error),
    /// The test CI is no issuer.
    #[error("the test CI: {0}")]
    Trust(#[from] lpakit::http::TrustError),
    /// Card or server could not be made or changed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl StageError {
    /// As it is for `?` with everything that a sandbox can suffer from.
    pub(super) fn sandbox(error: impl Into<SandboxError>) -> Self {
        Self::Sandbox(error.into())
    }
}
