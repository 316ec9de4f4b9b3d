//! What a sandbox could not do. It is a fault of a test or of the machine, never of what is tested.

/// Why a sandbox could not do what it was told.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum SandboxFailure {
    /// What was wrong, in English, for developers.
    #[error("{reason}")]
    NotPlayed {
        /// What was wrong.
        reason: String,
    },
}

impl SandboxFailure {
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        Self::NotPlayed { reason: error.to_string() }
    }
}
