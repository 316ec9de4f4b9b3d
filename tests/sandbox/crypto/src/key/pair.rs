//! Long-term key pairs: the private half of a certificate.

use p256::{
    SecretKey,
    ecdsa::SigningKey,
    pkcs8::{EncodePrivateKey, LineEnding},
};
use zeroize::Zeroizing;

use super::{
    KeyError, PublicKey, SCALAR_LENGTH, generate_secret, scalar_bytes, secret_from_scalar,
};
use crate::random::Random;

/// A private P-256 key that signs. Wiped when dropped; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct KeyPair(SecretKey);

impl KeyPair {
    /// A fresh key.
    pub fn generate(random: &mut dyn Random) -> Self {
        Self(generate_secret(random))
    }

    /// A key from its 32-byte scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::NotAScalar`].
    pub fn from_scalar(scalar: &[u8]) -> Result<Self, KeyError> {
        secret_from_scalar(scalar).map(Self)
    }

    /// Reads PEM text: PKCS#8 (`PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`). Other blocks before
    /// or after it are passed over, for openssl writes `EC PARAMETERS` first.
    ///
    /// # Errors
    /// [`KeyError::NotAKeyFile`], also for keys of other curves.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        ["PRIVATE KEY", "EC PRIVATE KEY"]
            .into_iter()
            .find_map(|label| pem_block(text, label))
            .and_then(|block| SecretKey::from_pem(block).ok())
            .map(Self)
            .ok_or(KeyError::NotAKeyFile)
    }

    /// The key as PKCS#8 PEM text.
    ///
    /// # Errors
    /// [`KeyError::NotAKeyFile`] if the encoder refuses, which it has no reason to.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NotAKeyFile)
    }

    /// The key as PKCS#8 DER, the form a TLS server takes.
    ///
    /// # Errors
    /// As [`Self::to_pem`].
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.0.to_pkcs8_der().map(|document| document.to_bytes()).map_err(|_| KeyError::NotAKeyFile)
    }

    /// The 32-byte scalar, for a card that stores its key in its own state.
    pub fn to_scalar(&self) -> Zeroizing<[u8; SCALAR_LENGTH]> {
        scalar_bytes(&self.0)
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_p256(self.0.public_key())
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from(&self.0)
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPair(..)")
    }
}

fn pem_block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let end_line = format!("-----END {label}-----");
    let start = text.find(&format!("-----BEGIN {label}-----"))?;
    let block = text.get(start..)?;
    let length = block.find(&end_line)? + end_line.len();
    block.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    // Made with `openssl ecparam -genkey -name prime256v1` for this test; guards nothing.
    const OPENSSL_SEC1: &str = include_str!("testdata/openssl_p256.pem");
    const OPENSSL_BRAINPOOL: &str = include_str!("testdata/openssl_brainpool.pem");

    #[test]
    fn pem_and_scalar_survive_the_round_trip() {
        let key = KeyPair::generate(&mut SeededRandom::new(1));
        let from_pem = KeyPair::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(from_pem.to_scalar(), key.to_scalar());
        let from_scalar = KeyPair::from_scalar(key.to_scalar().as_slice()).unwrap();
        assert_eq!(from_scalar.public_key(), key.public_key());
    }

    #[test]
    fn openssl_files_with_their_parameters_block_are_read() {
        let key = KeyPair::from_pem(OPENSSL_SEC1).unwrap();
        assert_eq!(
            hex::encode(key.public_key().point()),
            include_str!("testdata/openssl_p256.point").trim()
        );
    }

    #[test]
    fn other_curves_and_other_texts_are_refused() {
        for text in [OPENSSL_BRAINPOOL, "", "-----BEGIN PRIVATE KEY-----", "x"] {
            assert!(matches!(KeyPair::from_pem(text), Err(KeyError::NotAKeyFile)));
        }
    }

    #[test]
    fn scalars_out_of_range_are_refused() {
        for bad in [&[0_u8; 32][..], &[0xFF; 32], &[1; 31], &[1; 33], &[]] {
            assert!(matches!(KeyPair::from_scalar(bad), Err(KeyError::NotAScalar)));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = KeyPair::generate(&mut SeededRandom::new(1));
        assert_eq!(format!("{key:?}"), "KeyPair(..)");
    }
}
