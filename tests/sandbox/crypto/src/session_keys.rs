//! From the shared secret of two one-time keys to the keys of a bound profile package.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{eid::Eid, key::SharedSecret};

/// Key type announced in the control reference template (A6, tag 80): AES.
pub const KEY_TYPE_AES: u8 = 0x88;
/// Key length announced there (tag 81), in bytes.
pub const KEY_LENGTH: u8 = 0x10;

/// The three values that protect a bound profile package: the first MAC chaining value, the
/// encryption key and the MAC key, 16 bytes each. Wiped when dropped; never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SessionKeys {
    pub(crate) initial_mcv: [u8; 16],
    pub(crate) s_enc: [u8; 16],
    pub(crate) s_mac: [u8; 16],
}

/// The host identifier is longer than its length byte can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host identifier has at most 255 bytes")]
pub struct HostIdTooLong;

impl SessionKeys {
    /// ANSI X9.63 key derivation with SHA-256 (SGP.22 annex G).
    ///
    /// `host_id` is the value of tag 84 in the control reference template.
    ///
    /// # Errors
    /// [`HostIdTooLong`] for more than 255 bytes.
    pub fn derive(secret: &SharedSecret, host_id: &[u8], eid: &Eid) -> Result<Self, HostIdTooLong> {
        let info = shared_info(host_id, eid)?;
        let first = kdf_block(secret, 1, &info);
        let second = kdf_block(secret, 2, &info);
        let (initial_mcv, s_enc) = halves(&first);
        let (s_mac, _) = halves(&second);
        Ok(Self { initial_mcv, s_enc, s_mac })
    }

    /// Keys given in clear, as ReplaceSessionKeys (BF26) carries them: initial MCV, PPK-ENC,
    /// PPK-CMAC.
    pub fn from_parts(initial_mcv: [u8; 16], s_enc: [u8; 16], s_mac: [u8; 16]) -> Self {
        Self { initial_mcv, s_enc, s_mac }
    }

    /// The first MAC chaining value.
    pub fn initial_mcv(&self) -> &[u8; 16] {
        &self.initial_mcv
    }

    /// The encryption key, S-ENC or PPK-ENC.
    pub fn s_enc(&self) -> &[u8; 16] {
        &self.s_enc
    }

    /// The MAC key, S-MAC or PPK-CMAC.
    pub fn s_mac(&self) -> &[u8; 16] {
        &self.s_mac
    }
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKeys(..)")
    }
}

fn shared_info(host_id: &[u8], eid: &Eid) -> Result<Vec<u8>, HostIdTooLong> {
    let host_id_length = u8::try_from(host_id.len()).map_err(|_| HostIdTooLong)?;
    let mut info = vec![KEY_TYPE_AES, KEY_LENGTH, host_id_length];
    info.extend(host_id);
    info.push(0x10);
    info.extend(eid.octets());
    Ok(info)
}

fn kdf_block(secret: &SharedSecret, counter: u32, info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(secret.as_bytes());
    hash.update(counter.to_be_bytes());
    hash.update(info);
    Zeroizing::new(hash.finalize().into())
}

fn halves(block: &[u8; 32]) -> ([u8; 16], [u8; 16]) {
    let mut first = [0; 16];
    let mut second = [0; 16];
    first.copy_from_slice(&block[..16]);
    second.copy_from_slice(&block[16..]);
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(secret: &str, eid: &str) -> SessionKeys {
        let secret = SharedSecret::from_bytes(hex::decode(secret).unwrap().try_into().unwrap());
        SessionKeys::derive(&secret, &[0x80; 8], &Eid::from_digits(eid).unwrap()).unwrap()
    }

    #[test]
    fn vector_from_the_trace_of_a_real_server() {
        let keys = derive(
            "c9a993dd4879a8f7161f2085410edd4f9652f1df37be097ba96ba2ca6be528fe",
            "89049032123451234512345678901235",
        );
        assert_eq!(hex::encode(keys.initial_mcv()), "406d507b448a699e7a36a38494debbde");
        assert_eq!(hex::encode(keys.s_enc()), "472f5bfadd97f21d34f3ce9b51b92751");
        assert_eq!(hex::encode(keys.s_mac()), "9ec07f5b36a13e12a991d66e294e6242");
    }

    #[test]
    fn a_second_published_vector() {
        let keys = derive(
            "8902dca391bbb22570fe60c176076246f568b1941265dff1d729e63039658089",
            "89049032123451234512345678901335",
        );
        assert_eq!(hex::encode(keys.initial_mcv()), "734bc93ddb10c71c5ad13d420dc08b5b");
        assert_eq!(hex::encode(keys.s_enc()), "d782d575b22a38334556a3d9a1e2ae6b");
        assert_eq!(hex::encode(keys.s_mac()), "a35addc192ae8f934e2932116c7e89e7");
    }

    #[test]
    fn host_id_and_eid_both_bind_the_keys() {
        let secret = SharedSecret::from_bytes([7; 32]);
        let eid = Eid::from_digits("89049032123451234512345678901235").unwrap();
        let other = Eid::from_digits("89049032123451234512345678901332").unwrap();
        let keys = SessionKeys::derive(&secret, &[1], &eid).unwrap();
        assert!(keys != SessionKeys::derive(&secret, &[2], &eid).unwrap());
        assert!(keys != SessionKeys::derive(&secret, &[1], &other).unwrap());
        assert!(SessionKeys::derive(&secret, &[0; 256], &eid) == Err(HostIdTooLong));
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = SessionKeys::from_parts([1; 16], [2; 16], [3; 16]);
        assert_eq!(format!("{keys:?}"), "SessionKeys(..)");
    }
}
