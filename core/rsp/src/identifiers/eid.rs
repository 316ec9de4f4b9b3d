//! EID.

use std::fmt;

use super::{hidden_debug, in_fours};

hidden_debug!(Eid);

/// A text that is no EID. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EidError {
    /// Not 32 digits.
    #[error("an EID has 32 digits")]
    Length,
    /// Something that is no digit.
    #[error("an EID has digits only")]
    Character,
    /// The last two digits do not fit the others: mistyped or misread.
    #[error("the check digits of the EID are wrong")]
    CheckDigits,
}

/// An EID: 32 digits in normal order (SGP.02, SGP.29).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Eid([u8; 16]);

impl Eid {
    /// From the sixteen octets as GetEID answers them.
    pub const fn from_octets(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// From 32 digits as a person types them; blanks and hyphens between groups are allowed. What a card says is
    /// taken as it is, with [`Self::from_octets`].
    ///
    /// # Errors
    /// [`EidError`] says what is wrong with the text, and does not repeat it.
    pub fn from_digits(text: &str) -> Result<Self, EidError> {
        let mut octets = [0; 16];
        let mut count = 0_usize;
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let digit = c.to_digit(10).ok_or(EidError::Character)? as u8;
            let octet = octets.get_mut(count / 2).ok_or(EidError::Length)?;
            *octet = *octet << 4 | digit;
            count = count.saturating_add(1);
        }
        let eid = Self(octets);
        match count {
            32 if eid.check_digits_ok() => Ok(eid),
            32 => Err(EidError::CheckDigits),
            _ => Err(EidError::Length),
        }
    }

    /// The digits in groups of four, as they are printed.
    pub fn grouped(&self) -> String {
        in_fours(&self.to_string())
    }

    /// The sixteen octets.
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether the check digits are right: the number modulo 97 is 1 (SGP.29). Never right with a letter in it.
    pub fn check_digits_ok(&self) -> bool {
        let digits = self.0.iter().flat_map(|octet| [octet >> 4, octet & 0x0F]);
        digits.clone().all(|digit| digit <= 9)
            && digits.fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit)) % 97) == 1
    }
}

impl fmt::Display for Eid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eid_is_in_normal_order_and_has_check_digits() {
        let eid = Eid::from_digits("89049032 1234 5123 4512 3456 7890 1235").unwrap();
        assert_eq!(eid.to_string(), "89049032123451234512345678901235");
        assert!(eid.check_digits_ok());
        assert_eq!(eid.grouped(), "8904 9032 1234 5123 4512 3456 7890 1235");
        assert_eq!(Eid::from_digits(&eid.grouped()), Ok(eid));
    }

    #[test]
    fn a_mistyped_eid_is_told_apart_from_a_short_one() {
        let wrong = |text| Eid::from_digits(text).unwrap_err();
        assert_eq!(wrong("89049032123451234512345678901236"), EidError::CheckDigits);
        // Two digits swapped.
        assert_eq!(wrong("89049032123451234512345678910235"), EidError::CheckDigits);
        assert_eq!(wrong("8904903212345123451234567890123"), EidError::Length);
        assert_eq!(wrong("890490321234512345123456789012350"), EidError::Length);
        assert_eq!(wrong("8904903212345123451234567890123A"), EidError::Character);
        assert_eq!(wrong(""), EidError::Length);
    }

    #[test]
    fn a_card_may_say_what_it_likes() {
        let strange = Eid::from_octets([0xAB; 16]);
        assert_eq!(strange.to_string(), "AB".repeat(16));
        assert!(!strange.check_digits_ok());
    }
}
