//! Notifications that arrived, as they are kept for the operator (and for tests).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::order::OrderId;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// A profile was installed (ProfileInstallationResult, success).
    Installed,
    /// A profile could not be installed.
    InstallationFailed {
        /// bppCommandId (facts 3.7).
        command: u32,
        /// errorReason (facts 3.7).
        reason: u32,
    },
    /// Another event, by name: install, enable, disable, delete, or the bit's number.
    Event(String),
}

/// Whether a notification was believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Signature and certificates are good.
    Accepted,
    /// Not believed, and why. It was acknowledged all the same, or the card would send it for ever.
    Rejected(String),
}

/// One notification that arrived.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedNotification {
    /// Tells notifications apart: a hash of the eUICC and what it signed. The same one sent again has the same key.
    pub key: String,
    /// Its place in the order of arrival, from 0; given by the store.
    #[serde(default)]
    pub number: u64,
    /// When it first came, seconds since 1970.
    pub received: u64,
    /// How often it came.
    pub times: u32,
    /// Whether it was believed.
    pub verdict: Verdict,
    /// What it says.
    pub kind: NotificationKind,
    /// Its number on the card.
    pub seq_number: u32,
    /// The address the card sends it to.
    pub address: String,
    /// The profile, digits.
    pub iccid: Option<String>,
    /// The eUICC, 32 digits, when it is known who signed.
    pub eid: Option<String>,
    /// The order it belongs to.
    pub order: Option<OrderId>,
    /// The bytes as they came: `BF37` or `30`.
    #[serde(with = "crate::bytes::hex_text")]
    pub raw: Vec<u8>,
}

impl ReceivedNotification {
    /// The key of a notification: who signed what.
    pub(crate) fn key(eid: Option<&str>, signed: &[u8], verdict: &Verdict) -> String {
        let mut hash = Sha256::new();
        hash.update(eid.unwrap_or("-"));
        // A forged copy must not take the place of the genuine one.
        hash.update([u8::from(*verdict == Verdict::Accepted)]);
        hash.update(signed);
        hex::encode(hash.finalize())
    }
}

/// Shows what happened, not to whom.
impl fmt::Debug for ReceivedNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedNotification")
            .field("kind", &self.kind)
            .field("verdict", &self.verdict)
            .field("seq_number", &self.seq_number)
            .field("times", &self.times)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
