//! The confirmation code of an order.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A confirmation code as it is stored: its hash, and how often it was given wrong. The code itself is not kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationCode {
    #[serde(with = "crate::bytes::hex_text")]
    hash: Vec<u8>,
    /// How often it may be given wrong before the order is locked.
    pub max_tries: u32,
    /// How often it was given wrong.
    pub wrong_tries: u32,
}

impl ConfirmationCode {
    /// A code that may be given wrong so many times; at least once.
    pub fn new(code: &str, max_tries: u32) -> Self {
        Self {
            hash: Sha256::digest(code.as_bytes()).to_vec(),
            max_tries: max_tries.max(1),
            wrong_tries: 0,
        }
    }

    /// Whether hashCc = SHA-256( SHA-256(code) ‖ transactionId ) is that of this code (SGP.22 5.7.5).
    pub fn matches(&self, transaction_id: &[u8], hash_cc: &[u8]) -> bool {
        let mut hash = Sha256::new();
        hash.update(&self.hash);
        hash.update(transaction_id);
        hash.finalize().as_slice().ct_eq(hash_cc).into()
    }

    /// Whether it was given wrong too often.
    pub fn is_locked(&self) -> bool {
        self.wrong_tries >= self.max_tries
    }
}

impl std::fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfirmationCode")
            .field("max_tries", &self.max_tries)
            .field("wrong_tries", &self.wrong_tries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_facts_matches() {
        let transaction_id = hex::decode("0102030405060708090A0B0C0D0E0F10").unwrap();
        let hash_cc =
            hex::decode("94e57b8cdfe3eb0a8510f18898add0b1e67b48fafd39892796d6f65f9ce3cc40")
                .unwrap();
        assert!(ConfirmationCode::new("1234", 3).matches(&transaction_id, &hash_cc));
        assert!(!ConfirmationCode::new("1235", 3).matches(&transaction_id, &hash_cc));
        assert!(!ConfirmationCode::new("1234", 3).matches(&[1], &hash_cc));
        assert!(!ConfirmationCode::new("1234", 3).matches(&transaction_id, &hash_cc[1..]));
    }

    #[test]
    fn the_code_is_neither_stored_nor_shown() {
        let code = ConfirmationCode::new("4711-secret", 3);
        assert!(!serde_json::to_string(&code).unwrap().contains("4711"));
        assert!(!format!("{code:?}").contains("hash"));
    }
}
