//! The EID: 32 decimal digits that name an eUICC, the last two of them check digits.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::Random;

/// Number of digits of an EID.
pub const EID_DIGITS: usize = 32;

/// An EID. A person's device can be told by it, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Eid([u8; 16]);

/// Why a text or prefix is no EID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EidError {
    /// Not 32 digits, or a prefix of more than 30.
    #[error("an EID has 32 digits, a prefix of one at most 30")]
    Length,
    /// Something other than the digits 0 to 9.
    #[error("an EID consists of digits only")]
    NotADigit,
}

impl Eid {
    /// Reads 32 digits. The check digits are not looked at: see [`Self::has_valid_check_digits`].
    ///
    /// # Errors
    /// [`EidError`] when the text does not consist of 32 digits.
    pub fn from_digits(digits: &str) -> Result<Self, EidError> {
        let values = digit_values(digits)?;
        Self::pack(&values)
    }

    /// The 16 octets as they travel in tag 5A and in the key derivation: two digits an octet, in
    /// reading order (not swapped as in an ICCID).
    pub fn from_octets(octets: [u8; 16]) -> Result<Self, EidError> {
        let fits = |octet: &u8| octet >> 4 <= 9 && octet & 0x0F <= 9;
        if octets.iter().all(fits) { Ok(Self(octets)) } else { Err(EidError::NotADigit) }
    }

    /// A valid EID that begins with `prefix` (up to 30 digits); the missing digits are drawn from
    /// `random` and the check digits computed so that the whole number modulo 97 is 1.
    ///
    /// # Errors
    /// [`EidError`] when the prefix is too long or is not made of digits.
    pub fn generate(prefix: &str, random: &mut dyn Random) -> Result<Self, EidError> {
        let mut digits = digit_values(prefix)?;
        if digits.len() > EID_DIGITS - 2 {
            return Err(EidError::Length);
        }
        while digits.len() < EID_DIGITS - 2 {
            digits.push(random_digit(random));
        }
        let check = 98 - remainder_97(digits.iter().copied().chain([0, 0]));
        digits.extend([check / 10, check % 10]);
        Self::pack(&digits)
    }

    /// The 16 octets, two digits each, in reading order.
    pub fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 32 digits as text.
    pub fn digits(&self) -> String {
        self.digit_values().map(|digit| char::from(b'0' + digit)).collect()
    }

    /// Whether the number modulo 97 is 1, as the check digits demand.
    pub fn has_valid_check_digits(&self) -> bool {
        remainder_97(self.digit_values()) == 1
    }

    fn digit_values(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().flat_map(|octet| [octet >> 4, octet & 0x0F])
    }

    fn pack(digits: &[u8]) -> Result<Self, EidError> {
        if digits.len() != EID_DIGITS {
            return Err(EidError::Length);
        }
        let mut octets = [0; 16];
        for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
            *octet = pair.iter().fold(0, |octet, digit| octet << 4 | digit);
        }
        Ok(Self(octets))
    }
}

impl std::fmt::Debug for Eid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Eid(..)")
    }
}

fn digit_values(text: &str) -> Result<Vec<u8>, EidError> {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            _ => Err(EidError::NotADigit),
        })
        .collect()
}

fn remainder_97(digits: impl Iterator<Item = u8>) -> u8 {
    let remainder = digits.fold(0_u16, |sum, digit| (sum * 10 + u16::from(digit)) % 97);
    u8::try_from(remainder).unwrap_or_default()
}

/// An even choice among the ten digits: 250 to 255 are drawn again.
fn random_digit(random: &mut dyn Random) -> u8 {
    let mut byte = [0];
    loop {
        random.fill(&mut byte);
        if byte[0] < 250 {
            return byte[0] % 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const SGP26_SAMPLE: &str = "89049032123451234512345678901235";

    #[test]
    fn the_sample_eid_is_valid_and_keeps_its_digit_order() {
        let eid = Eid::from_digits(SGP26_SAMPLE).unwrap();
        assert!(eid.has_valid_check_digits());
        assert_eq!(hex::encode(eid.octets()), "89049032123451234512345678901235");
        assert_eq!(eid.digits(), SGP26_SAMPLE);
        assert_eq!(Eid::from_octets(*eid.octets()).unwrap(), eid);
    }

    #[test]
    fn check_digits_of_the_sample_are_found_again() {
        let eid = Eid::generate(&SGP26_SAMPLE[..30], &mut SeededRandom::new(1)).unwrap();
        assert_eq!(eid.digits(), SGP26_SAMPLE);
    }

    #[test]
    fn a_changed_digit_breaks_the_check() {
        let eid = Eid::from_digits("89049032123451234512345678901335").unwrap();
        assert!(!eid.has_valid_check_digits());
    }

    #[test]
    fn generated_eids_keep_the_prefix_and_are_valid() {
        let mut random = SeededRandom::new(3);
        for _ in 0..200 {
            let eid = Eid::generate("89049032", &mut random).unwrap();
            assert!(eid.digits().starts_with("89049032"));
            assert!(eid.has_valid_check_digits());
        }
    }

    #[test]
    fn bad_texts_are_refused() {
        assert_eq!(Eid::from_digits("8904"), Err(EidError::Length));
        let letters = SGP26_SAMPLE.replace('9', "A");
        assert_eq!(Eid::from_digits(&letters), Err(EidError::NotADigit));
        let mut random = SeededRandom::new(1);
        assert_eq!(Eid::generate(&SGP26_SAMPLE[..31], &mut random), Err(EidError::Length));
        assert_eq!(Eid::from_octets([0xAA; 16]), Err(EidError::NotADigit));
    }

    #[test]
    fn debug_does_not_show_the_digits() {
        let text = format!("{:?}", Eid::from_digits(SGP26_SAMPLE).unwrap());
        assert_eq!(text, "Eid(..)");
    }
}
