//! IMEI and TAC.

use super::{IdentifierError, hex_digit, hidden_debug, swap_nibbles};

hidden_debug!(Imei);

/// An IMEI: 15 digits. On the wire the check digit stands in the high nibble of the last octet and the filler in
/// the low one (SGP.22 v2.1 and later, facts 0.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Imei([u8; 8]);

impl Imei {
    /// From 15 digits.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are not 15 digits.
    pub fn from_digits(digits: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("IMEI");
        if digits.len() != 15 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad);
        }
        let mut octets = [0xFF; 8];
        swap_nibbles(digits, &mut octets).ok_or(bad)?;
        if let Some(last) = octets.last_mut() {
            *last = last.rotate_left(4);
        }
        Ok(Self(octets))
    }

    /// From the eight octets on the wire.
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        Self(octets)
    }

    /// The eight octets on the wire.
    pub const fn octets(&self) -> &[u8; 8] {
        &self.0
    }

    /// The 15 digits, to be shown to their owner.
    pub fn digits(&self) -> String {
        let [first @ .., last] = self.0;
        let nibbles = first.into_iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
        nibbles.chain([last >> 4]).map(hex_digit).collect()
    }

    /// The type allocation code: the first eight digits.
    pub fn tac(&self) -> Tac {
        let [a, b, c, d, ..] = self.0;
        Tac([a, b, c, d])
    }
}

/// A type allocation code: the model's eight digits, nibble-swapped (facts 0.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tac([u8; 4]);

impl Tac {
    /// From eight digits.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are not eight digits.
    pub fn from_digits(digits: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("TAC");
        if digits.len() != 8 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad);
        }
        let mut octets = [0; 4];
        swap_nibbles(digits, &mut octets).ok_or(bad)?;
        Ok(Self(octets))
    }

    /// From the four octets on the wire.
    pub const fn from_octets(octets: [u8; 4]) -> Self {
        Self(octets)
    }

    /// The four octets on the wire.
    pub const fn octets(&self) -> &[u8; 4] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imei_has_its_check_digit_in_the_high_nibble() {
        let imei = Imei::from_digits("356938035643809").unwrap();
        assert_eq!(hex::encode_upper(imei.octets()), "539683306534089F");
        assert_eq!(hex::encode_upper(imei.tac().octets()), "53968330");
        assert_eq!(imei.tac(), Tac::from_digits("35693803").unwrap());
    }
}
