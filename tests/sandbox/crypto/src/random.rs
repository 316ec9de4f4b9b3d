//! Where randomness comes from.
//!
//! Keys, serial numbers and challenges are drawn from a [`Random`], never from the system behind
//! the caller's back, so that a test with a [`SeededRandom`] gives the same bytes every time.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A source of random bytes.
pub trait Random: Send {
    /// Fills the whole of `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<R: Random + ?Sized> Random for Box<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    /// # Panics
    /// When the system has no randomness to give: there is no safe way to go on.
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// The same stream of bytes for the same seed: SHA-256 over the seed and a block counter.
///
/// For tests and reproducible sandboxes only; whoever knows the seed knows every key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SeededRandom {
    seed: [u8; 32],
    next_block: u64,
    block: [u8; 32],
    used: usize,
}

impl SeededRandom {
    /// A stream for a small number, the usual way in tests.
    pub fn new(seed: u64) -> Self {
        Self::from_seed(Sha256::digest(seed.to_be_bytes()).into())
    }

    /// A stream for a whole seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed, next_block: 0, block: [0; 32], used: 32 }
    }

    fn next_byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.next_block.to_be_bytes());
            self.block = hash.finalize().into();
            self.next_block += 1;
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.used += 1;
        byte
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.next_byte();
        }
    }
}

impl std::fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeededRandom").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(random: &mut dyn Random, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        random.fill(&mut bytes);
        bytes
    }

    #[test]
    fn the_same_seed_gives_the_same_stream_however_it_is_cut() {
        let whole = take(&mut SeededRandom::new(7), 100);
        let mut random = SeededRandom::new(7);
        let mut pieces = take(&mut random, 1);
        pieces.extend(take(&mut random, 64));
        pieces.extend(take(&mut random, 35));
        assert_eq!(whole, pieces);
    }

    #[test]
    fn streams_differ_between_seeds_and_do_not_repeat_blocks() {
        let one = take(&mut SeededRandom::new(1), 64);
        assert_ne!(one, take(&mut SeededRandom::new(2), 64));
        assert_ne!(one[..32], one[32..]);
    }

    #[test]
    fn the_first_block_is_sha256_of_seed_and_counter() {
        let mut input = vec![0x11; 32];
        input.extend([0; 8]);
        let expected = Sha256::digest(&input);
        assert_eq!(take(&mut SeededRandom::from_seed([0x11; 32]), 32), expected.as_slice());
    }

    #[test]
    fn the_system_gives_different_bytes_each_time() {
        assert_ne!(take(&mut OsRandom, 32), take(&mut OsRandom, 32));
    }

    #[test]
    fn debug_does_not_show_the_seed() {
        let text = format!("{:?}", SeededRandom::from_seed([0x11; 32]));
        assert!(!text.contains("17"));
    }
}
