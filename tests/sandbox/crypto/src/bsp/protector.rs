//! The server's side.

use cmac::Mac;

use super::{
    BspError, MAC_LENGTH, MAX_SEGMENT, SegmentTag,
    chain::Chain,
    sizes::{check_max_segment, max_plaintext, write_length},
};
use crate::session_keys::SessionKeys;

/// Writes protected segments, one after the other.
pub struct BspProtector {
    chain: Chain,
    max_segment: usize,
}

impl BspProtector {
    /// Starts a chain with the session keys.
    pub fn new(keys: SessionKeys) -> Self {
        Self { chain: Chain::new(keys), max_segment: MAX_SEGMENT }
    }

    /// Makes segments of at most `bytes`, tag, length and MAC included.
    ///
    /// # Errors
    /// [`BspError::SegmentSize`] outside 26 to 1020.
    pub fn with_max_segment(mut self, bytes: usize) -> Result<Self, BspError> {
        self.max_segment = check_max_segment(bytes)?;
        Ok(self)
    }

    /// How much plaintext one segment takes: 1007 bytes for 86 and 87 at the standard's size.
    pub fn max_plaintext(&self, tag: SegmentTag) -> usize {
        max_plaintext(tag, self.max_segment)
    }

    /// One whole segment, tag and length included: encrypted for 86 and 87, in clear for 88,
    /// with its MAC. Empty plaintext is legal for it and gives a block of padding.
    ///
    /// # Errors
    /// [`BspError::PlaintextTooLong`]; the chain has not moved then.
    pub fn protect(&mut self, tag: SegmentTag, plaintext: &[u8]) -> Result<Vec<u8>, BspError> {
        let max = self.max_plaintext(tag);
        if plaintext.len() > max {
            return Err(BspError::PlaintextTooLong { max });
        }
        let body =
            if tag.is_encrypted() { self.chain.encrypt(plaintext) } else { plaintext.to_vec() };
        let mac: [u8; 16] = self.chain.mac(tag, &body).finalize().into_bytes().into();
        self.chain.advance(mac);

        let mut segment = vec![tag.byte()];
        write_length(&mut segment, body.len() + MAC_LENGTH);
        segment.extend(body);
        segment.extend(mac.iter().take(MAC_LENGTH));
        Ok(segment)
    }

    /// Cuts `data` into the largest pieces that fit and protects each. No data, no segments.
    ///
    /// # Errors
    /// None in practice: pieces are cut to fit.
    pub fn protect_all(&mut self, tag: SegmentTag, data: &[u8]) -> Result<Vec<Vec<u8>>, BspError> {
        data.chunks(self.max_plaintext(tag)).map(|piece| self.protect(tag, piece)).collect()
    }

    /// Goes on with other keys, as announced by ReplaceSessionKeys (BF26): the chaining value is
    /// their initial one and the counter starts at 1 again.
    pub fn replace_keys(&mut self, keys: SessionKeys) {
        self.chain = Chain::new(keys);
    }
}

impl std::fmt::Debug for BspProtector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BspProtector")
            .field("max_segment", &self.max_segment)
            .finish_non_exhaustive()
    }
}
