//! One-time key pairs: otSK and otPK of a download, and the secret two of them agree on.

use p256::{SecretKey, ecdh::diffie_hellman};
use zeroize::Zeroizing;

use super::{
    KeyError, POINT_LENGTH, PublicKey, SCALAR_LENGTH, generate_secret, scalar_bytes,
    secret_from_scalar,
};
use crate::random::Random;

/// A key pair for one bound profile package. It agrees on a secret and never signs. Wiped when
/// dropped; `Debug` shows nothing of the private half.
#[derive(Clone)]
pub struct OneTimeKeyPair(SecretKey);

/// The x-coordinate both sides arrive at, 32 bytes. Wiped when dropped.
pub struct SharedSecret(Zeroizing<[u8; 32]>);

impl OneTimeKeyPair {
    /// A fresh pair.
    pub fn generate(random: &mut dyn Random) -> Self {
        Self(generate_secret(random))
    }

    /// A pair the card has kept (bppEuiccOtpk: the same key again after an interrupted download).
    ///
    /// # Errors
    /// [`KeyError::NotAScalar`].
    pub fn from_scalar(scalar: &[u8]) -> Result<Self, KeyError> {
        secret_from_scalar(scalar).map(Self)
    }

    /// The private scalar, to be kept or, in a test transcript, shown to the verifier.
    pub fn to_scalar(&self) -> Zeroizing<[u8; SCALAR_LENGTH]> {
        scalar_bytes(&self.0)
    }

    /// The public point as tag 5F49 carries it, 65 bytes uncompressed.
    pub fn public_point(&self) -> [u8; POINT_LENGTH] {
        PublicKey::from_p256(self.0.public_key()).point()
    }

    /// ECDH with the other side's point.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`] when `other_point` is no uncompressed point on the curve.
    pub fn agree(&self, other_point: &[u8]) -> Result<SharedSecret, KeyError> {
        let other = PublicKey::from_point(other_point)?;
        let shared = diffie_hellman(self.0.to_nonzero_scalar(), other.as_p256().as_affine());
        let bytes = shared.raw_secret_bytes();
        Ok(SharedSecret(Zeroizing::new((*bytes).into())))
    }
}

impl SharedSecret {
    /// A secret known already, from a trace or a test vector.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for OneTimeKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeKeyPair(..)")
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn pair(seed: u64) -> OneTimeKeyPair {
        OneTimeKeyPair::generate(&mut SeededRandom::new(seed))
    }

    #[test]
    fn published_ecdh_vector() {
        // NIST CAVS, ECC CDH primitive, P-256, count 0.
        let scalar = "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534";
        let other = "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287\
                     db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac";
        let pair = OneTimeKeyPair::from_scalar(&hex::decode(scalar).unwrap()).unwrap();
        let secret = pair.agree(&hex::decode(other).unwrap()).unwrap();
        assert_eq!(
            hex::encode(secret.as_bytes()),
            "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"
        );
    }

    #[test]
    fn both_sides_agree_and_a_third_does_not() {
        let (card, server, stranger) = (pair(1), pair(2), pair(3));
        let secret = card.agree(&server.public_point()).unwrap();
        let same = server.agree(&card.public_point()).unwrap();
        let other = stranger.agree(&card.public_point()).unwrap();
        assert_eq!(secret.as_bytes(), same.as_bytes());
        assert_ne!(secret.as_bytes(), other.as_bytes());
    }

    #[test]
    fn a_kept_pair_is_the_same_pair() {
        let kept = OneTimeKeyPair::from_scalar(pair(1).to_scalar().as_slice()).unwrap();
        assert_eq!(kept.public_point(), pair(1).public_point());
    }

    #[test]
    fn a_point_off_the_curve_gives_no_secret() {
        let mut point = pair(2).public_point();
        point[10] ^= 1;
        assert!(matches!(pair(1).agree(&point), Err(KeyError::NotAPoint)));
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = pair(1).agree(&pair(2).public_point()).unwrap();
        assert_eq!(format!("{secret:?}"), "SharedSecret(..)");
        assert_eq!(format!("{:?}", pair(1)), "OneTimeKeyPair(..)");
    }
}
