//! How far an installation is.

/// What is being done. The order is the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The card prepares to receive (ES10b.PrepareDownload).
    Preparing,
    /// The server binds the package and sends it (ES9+.GetBoundProfilePackage).
    Downloading,
    /// The package is written to the card (ES10b.LoadBoundProfilePackage); bytes are counted. From its first byte
    /// on the installation runs to its end.
    Installing,
    /// The operator is told the result (ES9+.HandleNotification).
    Notifying,
    /// It is over; the outcome is there.
    Finished,
}

impl Phase {
    /// A stable name for logs and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Downloading => "downloading",
            Self::Installing => "installing",
            Self::Notifying => "notifying",
            Self::Finished => "finished",
        }
    }
}

/// How far an installation is. Only the newest is kept; who looks seldom misses nothing that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Octets of the package that the card has taken.
    pub bytes_done: u64,
    /// Octets of the whole package; 0 until it has arrived.
    pub bytes_total: u64,
}

impl Progress {
    pub(crate) const fn at(phase: Phase) -> Self {
        Self { phase, bytes_done: 0, bytes_total: 0 }
    }
}
