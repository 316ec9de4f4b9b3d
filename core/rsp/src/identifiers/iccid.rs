//! ICCID.

use std::fmt;

use super::{IdentifierError, hex_digit, hidden_debug, in_fours, swap_nibbles};
use crate::error::Fault;
use crate::tlv::Tlv;

hidden_debug!(Iccid);

/// An ICCID: 18 to 20 digits, in the ten nibble-swapped octets of EF_ICCID, filled with F (facts 0.4). Some real
/// profiles hold the digits A to F; they are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iccid([u8; 10]);

impl Iccid {
    /// From the ten octets as they stand on the card.
    pub const fn from_octets(octets: [u8; 10]) -> Self {
        Self(octets)
    }

    /// From 18 to 20 digits; blanks and hyphens between groups are allowed, and so are the letters A to F, which some
    /// real profiles hold. An F at the end is the filler and no digit.
    ///
    /// # Errors
    /// [`IdentifierError`] when the text has another length or other characters.
    pub fn from_digits(text: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("ICCID");
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).take(21).collect();
        if digits.len() > 20 || digits.trim_end_matches(['F', 'f']).len() < 18 {
            return Err(bad);
        }
        let mut octets = [0xFF; 10];
        swap_nibbles(&digits, &mut octets).ok_or(bad)?;
        Ok(Self(octets))
    }

    /// The digits in groups of four, for people to read.
    pub fn grouped(&self) -> String {
        in_fours(&self.to_string())
    }

    /// The ten octets as they stand on the card.
    pub const fn octets(&self) -> &[u8; 10] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        // Cards that hold an 18-digit ICCID may answer nine octets; the filler completes them.
        let bad = Fault::Invalid("iccid");
        let mut octets = [0xFF; 10];
        let len = element.value.len();
        if !(9..=10).contains(&len) {
            return Err(bad);
        }
        octets.get_mut(..len).ok_or(bad)?.copy_from_slice(element.value);
        Ok(Self(octets))
    }
}

impl fmt::Display for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String =
            self.0.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]).map(hex_digit).collect();
        f.write_str(digits.trim_end_matches('F'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iccid_is_coded_as_on_the_card() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        assert_eq!(hex::encode_upper(iccid.octets()), "984405214365870921F3");
        assert_eq!(iccid.to_string(), "8944501234567890123");
        let short = Iccid::from_digits("894450123456789012").unwrap();
        assert_eq!(hex::encode_upper(short.octets()), "984405214365870921FF");
        assert_eq!(short.to_string(), "894450123456789012");
    }

    #[test]
    fn groups_letters_and_the_filler_are_understood() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        assert_eq!(iccid.grouped(), "8944 5012 3456 7890 123");
        assert_eq!(Iccid::from_digits(&iccid.grouped()), Ok(iccid));
        assert_eq!(Iccid::from_digits("8944501234567890123F"), Ok(iccid));
        let letters = Iccid::from_digits("89445012345678abcdeC").unwrap();
        assert_eq!(letters.to_string(), "89445012345678ABCDEC");
        for bad in ["", "89445012345678901", "89445012345678901FF", "894450123456789012345"] {
            assert!(Iccid::from_digits(bad).is_err(), "{bad}");
        }
        for bad in
            ["8944501234567890G2", "894450123456789012é", "８９４４５０１２３４５６７８９０１２"]
        {
            assert!(Iccid::from_digits(bad).is_err(), "{bad}");
        }
    }
}
