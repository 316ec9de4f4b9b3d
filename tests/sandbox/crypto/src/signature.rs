//! ECDSA P-256 with SHA-256 as SGP.22 carries it: r‖s, 64 bytes, no DER (tag 5F37).
//!
//! Signing is deterministic (RFC 6979), so that golden tests are possible. Both a low and a high
//! `s` are valid on the way in: the standard asks for no normal form.

use p256::ecdsa::{
    Signature,
    signature::{Signer, Verifier},
};

use crate::key::{KeyPair, PublicKey};

/// Length of a raw signature in bytes.
pub const SIGNATURE_LENGTH: usize = 64;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 64 bytes, or r or s out of range.
    #[error("the signature is not a pair r, s of 64 bytes")]
    Malformed,
    /// Well formed, but not made by this key over these bytes.
    #[error("the signature does not fit the key and the signed bytes")]
    Wrong,
}

impl KeyPair {
    /// Signs `message` (it is hashed here).
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LENGTH] {
        let signature: Signature = self.signing_key().sign(message);
        signature.to_bytes().into()
    }
}

impl PublicKey {
    /// Checks a raw signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] or [`SignatureError::Wrong`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
        self.verifying_key().verify(message, &signature).map_err(|_| SignatureError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn key() -> KeyPair {
        KeyPair::generate(&mut SeededRandom::new(5))
    }

    #[test]
    fn rfc_6979_vector_for_p256_and_sha256() {
        let scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
        let key = KeyPair::from_scalar(&hex::decode(scalar).unwrap()).unwrap();
        assert_eq!(
            hex::encode(key.sign(b"sample")),
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        );
    }

    #[test]
    fn low_and_high_s_are_both_accepted() {
        let key = key();
        let signature = Signature::from_slice(&key.sign(b"message")).unwrap();
        let (r, s) = signature.split_scalars();
        let other = Signature::from_scalars(r, -*s).unwrap();
        assert_ne!(signature, other);
        for signature in [signature, other] {
            let bytes = signature.to_bytes();
            assert_eq!(key.public_key().verify(b"message", &bytes), Ok(()));
        }
    }

    #[test]
    fn wrong_message_key_or_shape_is_refused() {
        let signature = key().sign(b"message");
        let public = key().public_key();
        assert_eq!(public.verify(b"Message", &signature), Err(SignatureError::Wrong));
        let stranger = KeyPair::generate(&mut SeededRandom::new(6)).public_key();
        assert_eq!(stranger.verify(b"message", &signature), Err(SignatureError::Wrong));
        for bad in [&signature[..63], &[0; 64], &[0xFF; 64], &[]] {
            assert_eq!(public.verify(b"message", bad), Err(SignatureError::Malformed));
        }
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let signature = key().sign(b"message");
        let public = key().public_key();
        for position in 0..SIGNATURE_LENGTH {
            let mut changed = signature;
            changed[position] ^= 1;
            assert!(public.verify(b"message", &changed).is_err());
        }
    }
}
