//! Reports to operators.

use lpakit::lpa;
use lpakit::rsp::notifications::Event;

use crate::error::ErrorDetails;

/// What a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReportEvent {
    /// A profile was installed, or its installation failed.
    Install,
    /// A profile was enabled.
    Enable,
    /// A profile was disabled.
    Disable,
    /// A profile was deleted.
    Delete,
    /// An event of a later version.
    Other,
}

/// What keeps a report from arriving.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeliveryTrouble {
    /// How often it was tried.
    pub tries: u32,
    /// How long ago the first try failed, in seconds.
    pub lasting_seconds: u64,
    /// Why the last try failed; nothing when that was in an earlier run of the app.
    pub error: Option<ErrorDetails>,
    /// Whether there is little hope left: the app may offer to remove it by hand.
    pub offer_removal: bool,
}

/// A report that waits on the card.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PendingReport {
    /// Its number on the card.
    pub seq_number: u32,
    /// What it tells; one event by the standard.
    pub events: Vec<ReportEvent>,
    /// The server it goes to.
    pub address: String,
    /// The profile it is about.
    pub iccid: Option<String>,
    /// What keeps it from arriving, after the first failure.
    pub trouble: Option<DeliveryTrouble>,
}

/// A report that could not be delivered; it stays on the card.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnsentReport {
    /// Its number on the card.
    pub seq_number: u32,
    /// Why.
    pub error: ErrorDetails,
}

/// What became of the pending reports.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SendReport {
    /// Taken by their servers, in ascending order.
    pub delivered: Vec<u32>,
    /// Not delivered, and still on the card, in ascending order.
    pub unsent: Vec<UnsentReport>,
}

impl From<Event> for ReportEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Install => Self::Install,
            Event::Enable => Self::Enable,
            Event::Disable => Self::Disable,
            Event::Delete => Self::Delete,
            Event::Other(_) => Self::Other,
        }
    }
}

impl From<lpa::Trouble> for DeliveryTrouble {
    fn from(trouble: lpa::Trouble) -> Self {
        Self {
            tries: trouble.tries,
            lasting_seconds: trouble.lasting.as_secs(),
            error: trouble.error.as_ref().map(ErrorDetails::from),
            offer_removal: trouble.offer_removal,
        }
    }
}

impl From<lpa::PendingReport> for PendingReport {
    fn from(report: lpa::PendingReport) -> Self {
        Self {
            seq_number: report.seq_number,
            events: report.events.into_iter().map(ReportEvent::from).collect(),
            address: report.address,
            iccid: report.iccid.map(|iccid| iccid.to_string()),
            trouble: report.trouble.map(DeliveryTrouble::from),
        }
    }
}

impl From<lpa::SendReport> for SendReport {
    fn from(report: lpa::SendReport) -> Self {
        let unsent = |unsent: lpa::UnsentReport| UnsentReport {
            seq_number: unsent.seq_number,
            error: ErrorDetails::from(&unsent.error),
        };
        Self {
            delivered: report.delivered,
            unsent: report.unsent.into_iter().map(unsent).collect(),
        }
    }
}
