//! Writing down what passes the card's contacts.

use serde_json::{Value, json};

/// Takes the lines of a transcript (`tests/interop/TRANSCRIPT.md`): `apdu`, `card` and, with the cargo feature
/// `transcript-secrets`, `secret`.
pub trait Recorder: Send + Sync {
    /// One line, in the order in which things happen.
    fn record(&self, line: &Value);
}

pub(crate) fn power() -> Value {
    json!({ "t": "card", "event": "power" })
}

pub(crate) fn apdu(command: &[u8], response: &[u8]) -> Value {
    json!({ "t": "apdu", "c": hex::encode(command), "r": hex::encode(response) })
}

/// The eUICC's one-time private key of a session.
#[cfg(feature = "transcript-secrets")]
pub(crate) fn one_time_key(transaction_id: &[u8], scalar: &[u8]) -> Value {
    json!({
        "t": "secret",
        "name": "euicc_otsk",
        "transaction_id": hex::encode(transaction_id),
        "value": hex::encode(scalar),
    })
}
