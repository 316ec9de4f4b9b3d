//! P-256 keys: long-term pairs that sign, one-time pairs that agree on a secret, public points.

mod one_time;
mod pair;

pub use one_time::{OneTimeKeyPair, SharedSecret};
pub use pair::KeyPair;

use p256::{ecdsa::VerifyingKey, elliptic_curve::sec1::ToSec1Point};
use zeroize::Zeroizing;

use crate::random::Random;

/// Length of an uncompressed point: 04 ‖ X ‖ Y.
pub const POINT_LENGTH: usize = 65;
/// Length of a private scalar.
pub const SCALAR_LENGTH: usize = 32;

/// Why bytes are no key of ours. Never says anything about the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 65 bytes of an uncompressed point on P-256.
    #[error("not an uncompressed point on the curve P-256")]
    NotAPoint,
    /// Not 32 bytes of a number in the curve's range.
    #[error("not a private scalar of the curve P-256")]
    NotAScalar,
    /// Neither PKCS#8 nor SEC 1 text of a P-256 key.
    #[error("not a private P-256 key in PEM form (PRIVATE KEY or EC PRIVATE KEY)")]
    NotAKeyFile,
}

/// A public P-256 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(p256::PublicKey);

impl PublicKey {
    /// Reads an uncompressed point (tag 5F49 carries this form).
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`] for a compressed, short or off-curve point.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != POINT_LENGTH {
            return Err(KeyError::NotAPoint);
        }
        p256::PublicKey::from_sec1_bytes(point).map(Self).map_err(|_| KeyError::NotAPoint)
    }

    /// The uncompressed point, 04 ‖ X ‖ Y.
    pub fn point(&self) -> [u8; POINT_LENGTH] {
        let mut point = [0; POINT_LENGTH];
        point.copy_from_slice(self.0.to_sec1_point(false).as_bytes());
        point
    }

    pub(crate) fn from_p256(key: p256::PublicKey) -> Self {
        Self(key)
    }

    pub(crate) fn as_p256(&self) -> &p256::PublicKey {
        &self.0
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from(&self.0)
    }
}

fn secret_from_scalar(scalar: &[u8]) -> Result<p256::SecretKey, KeyError> {
    if scalar.len() != SCALAR_LENGTH {
        return Err(KeyError::NotAScalar);
    }
    p256::SecretKey::from_slice(scalar).map_err(|_| KeyError::NotAScalar)
}

/// Draws scalars until one is in range; all but one in 2^32 are.
fn generate_secret(random: &mut dyn Random) -> p256::SecretKey {
    let mut scalar = Zeroizing::new([0; SCALAR_LENGTH]);
    loop {
        random.fill(scalar.as_mut_slice());
        if let Ok(secret) = secret_from_scalar(scalar.as_slice()) {
            return secret;
        }
    }
}

fn scalar_bytes(secret: &p256::SecretKey) -> Zeroizing<[u8; SCALAR_LENGTH]> {
    Zeroizing::new(secret.to_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_point_survives_the_round_trip() {
        let public = KeyPair::generate(&mut SeededRandom::new(1)).public_key();
        assert_eq!(public.point()[0], 0x04);
        assert_eq!(PublicKey::from_point(&public.point()), Ok(public));
    }

    #[test]
    fn points_off_the_curve_or_of_another_form_are_refused() {
        let point = KeyPair::generate(&mut SeededRandom::new(1)).public_key().point();
        let mut off = point;
        off[64] ^= 1;
        let compressed = &point[..33];
        for bad in [&off[..], compressed, &point[1..], &[0], &[]] {
            assert_eq!(PublicKey::from_point(bad), Err(KeyError::NotAPoint));
        }
    }

    #[test]
    fn a_source_that_starts_out_of_range_is_asked_again() {
        struct FirstTooLarge(SeededRandom, bool);
        impl Random for FirstTooLarge {
            fn fill(&mut self, bytes: &mut [u8]) {
                if self.1 {
                    self.0.fill(bytes);
                } else {
                    self.1 = true;
                    bytes.fill(0xFF);
                }
            }
        }
        let key = KeyPair::generate(&mut FirstTooLarge(SeededRandom::new(1), false));
        let expected = KeyPair::generate(&mut SeededRandom::new(1));
        assert_eq!(key.public_key(), expected.public_key());
    }
}
