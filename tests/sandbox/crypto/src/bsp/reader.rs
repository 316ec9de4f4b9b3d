//! The card's side.

use cmac::Mac;

use super::{
    BspError, MAC_LENGTH, SecurityFault, SegmentTag, StructureFault,
    chain::Chain,
    sizes::{BLOCK, segment_length},
};
use crate::session_keys::SessionKeys;

/// Checks and decrypts protected segments, one after the other.
///
/// A segment that fails leaves the chain where it was; the session it belongs to is over all the
/// same, and it is the card that ends it.
pub struct BspReader {
    chain: Chain,
    max_segment: Option<usize>,
}

impl BspReader {
    /// Starts a chain with the session keys. Segments of any size are read, for servers in the
    /// field go past the standard's 1020 bytes.
    pub fn new(keys: SessionKeys) -> Self {
        Self { chain: Chain::new(keys), max_segment: None }
    }

    /// Refuses segments longer than `bytes`, tag, length and MAC included.
    pub fn with_max_segment(mut self, bytes: usize) -> Self {
        self.max_segment = Some(bytes);
        self
    }

    /// The plaintext of one segment. `value` is what follows tag and length, MAC included.
    ///
    /// # Errors
    /// [`BspError::Structure`] before anything secret is touched, [`BspError::Security`] when
    /// MAC or padding is wrong.
    pub fn read(&mut self, tag: SegmentTag, value: &[u8]) -> Result<Vec<u8>, BspError> {
        let (body, received) = self.check_structure(tag, value)?;
        let mac = self.chain.mac(tag, body);
        // Constant time, as is fit for a MAC.
        mac.clone().verify_truncated_left(received).map_err(|_| SecurityFault::Mac)?;
        let plaintext = if tag.is_encrypted() {
            self.chain.decrypt(body).ok_or(SecurityFault::Padding)?
        } else {
            body.to_vec()
        };
        self.chain.advance(mac.finalize().into_bytes().into());
        Ok(plaintext)
    }

    /// Goes on with the keys of ReplaceSessionKeys: their chaining value, counter at 1.
    pub fn replace_keys(&mut self, keys: SessionKeys) {
        self.chain = Chain::new(keys);
    }

    fn check_structure<'v>(
        &self,
        tag: SegmentTag,
        value: &'v [u8],
    ) -> Result<(&'v [u8], &'v [u8]), StructureFault> {
        if self.max_segment.is_some_and(|max| segment_length(value.len()) > max) {
            return Err(StructureFault::TooLong);
        }
        let (body, mac) = value
            .len()
            .checked_sub(MAC_LENGTH)
            .and_then(|at| value.split_at_checked(at))
            .ok_or(StructureFault::TooShort)?;
        if tag.is_encrypted() && body.is_empty() {
            return Err(StructureFault::TooShort);
        }
        if tag.is_encrypted() && body.len() % BLOCK != 0 {
            return Err(StructureFault::PartBlock);
        }
        Ok((body, mac))
    }
}

impl std::fmt::Debug for BspReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BspReader").field("max_segment", &self.max_segment).finish_non_exhaustive()
    }
}
