//! The confirmation code as it travels: hashed twice, bound to the session.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// hashCc = SHA-256( SHA-256(code) ‖ transactionId ) (SGP.22 5.7.5).
///
/// `code` is the text exactly as typed; `transaction_id` the raw bytes, 1 to 16 of them.
pub fn hash(code: &str, transaction_id: &[u8]) -> [u8; 32] {
    let mut inner: [u8; 32] = Sha256::digest(code.as_bytes()).into();
    let mut outer = Sha256::new();
    outer.update(inner);
    outer.update(transaction_id);
    inner.zeroize();
    outer.finalize().into()
}

/// Whether `hash_cc`, as received, belongs to this code and session; takes the same time for
/// every wrong hash of 32 bytes.
pub fn matches(code: &str, transaction_id: &[u8], hash_cc: &[u8]) -> bool {
    hash(code, transaction_id).ct_eq(hash_cc).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSACTION: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    const PRINTED: &str = "94e57b8cdfe3eb0a8510f18898add0b1e67b48fafd39892796d6f65f9ce3cc40";

    #[test]
    fn the_printed_check_value() {
        assert_eq!(hex::encode(hash("1234", &TRANSACTION)), PRINTED);
    }

    #[test]
    fn only_the_right_code_in_the_right_session_matches() {
        let received = hex::decode(PRINTED).unwrap();
        assert!(matches("1234", &TRANSACTION, &received));
        assert!(!matches("1235", &TRANSACTION, &received));
        assert!(!matches("1234", &TRANSACTION[..8], &received));
        assert!(!matches("1234", &TRANSACTION, &received[..31]));
        assert!(!matches("1234", &TRANSACTION, &[]));
    }
}
