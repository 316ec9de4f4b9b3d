//! The state both sides share: keys, MAC chaining value and block counter.

use aes::{
    Aes128,
    cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit},
};
use cbc::cipher::block_padding::Iso7816;
use cmac::{Cmac, Mac};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{SegmentTag, sizes::write_length};
use crate::session_keys::SessionKeys;

/// Keys and place in the chain. Advances only by [`Chain::advance`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Chain {
    keys: SessionKeys,
    mcv: [u8; 16],
    counter: u128,
}

impl Chain {
    pub(super) fn new(keys: SessionKeys) -> Self {
        let mcv = *keys.initial_mcv();
        Self { keys, mcv, counter: 1 }
    }

    /// A MAC over chaining value, tag, length and `body`, ready to be finished or compared.
    pub(super) fn mac(&self, tag: SegmentTag, body: &[u8]) -> Cmac<Aes128> {
        let mut header = vec![tag.byte()];
        write_length(&mut header, body.len() + super::MAC_LENGTH);
        let mut mac = <Cmac<Aes128> as KeyInit>::new(self.keys.s_mac().into());
        mac.update(&self.mcv);
        mac.update(&header);
        mac.update(body);
        mac
    }

    /// Goes on to the next segment: the whole MAC becomes the chaining value.
    pub(super) fn advance(&mut self, mac: [u8; 16]) {
        self.mcv = mac;
        self.counter += 1;
    }

    /// Pads with 80 00… (always at least one byte) and encrypts with the counter's vector.
    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Vec<u8> {
        cbc::Encryptor::<Aes128>::new(self.keys.s_enc().into(), &self.vector().into())
            .encrypt_padded_vec::<Iso7816>(plaintext)
    }

    /// The reverse of [`Chain::encrypt`]; `None` when the padding is damaged.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        cbc::Decryptor::<Aes128>::new(self.keys.s_enc().into(), &self.vector().into())
            .decrypt_padded_vec::<Iso7816>(ciphertext)
            .ok()
    }

    /// The block counter, 16 bytes big-endian, encrypted with S-ENC.
    fn vector(&self) -> [u8; 16] {
        let mut block = self.counter.to_be_bytes().into();
        Aes128::new(self.keys.s_enc().into()).encrypt_block(&mut block);
        block.into()
    }
}
