//! ICCIDs: their check digit, their coding in a profile header, and new ones.

use lpakit_rsp::identifiers::{Iccid, IdentifierError};
use lpakit_sandbox_crypto::Random;

/// Digits of a whole ICCID, check digit included (ITU-T E.118).
const LENGTH: usize = 19;

/// A new ICCID of 19 digits that begins with `prefix`, the rest random, with its Luhn check digit.
///
/// # Errors
/// [`IdentifierError`] when the prefix has more than 18 digits or is not made of digits.
pub fn generate_iccid(prefix: &str, random: &mut dyn Random) -> Result<Iccid, IdentifierError> {
    let is_prefix = prefix.len() < LENGTH && prefix.bytes().all(|c| c.is_ascii_digit());
    if !is_prefix {
        return Err(IdentifierError("ICCID"));
    }
    let mut digits = prefix.to_owned();
    while digits.len() < LENGTH - 1 {
        digits.push(random_digit(random));
    }
    digits.push(check_digit(&digits));
    Iccid::from_digits(&digits)
}

/// Whether the last digit is the Luhn check digit of the others.
pub fn has_valid_check_digit(iccid: &Iccid) -> bool {
    let digits = iccid.to_string();
    let mut characters = digits.chars();
    let last = characters.next_back();
    last.is_some_and(|last| {
        digits.bytes().all(|c| c.is_ascii_digit()) && check_digit(characters.as_str()) == last
    })
}

fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            match (index % 2 == 0, digit * 2) {
                (true, doubled) if doubled > 9 => doubled - 9,
                (true, doubled) => doubled,
                (false, _) => digit,
            }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

fn random_digit(random: &mut dyn Random) -> char {
    let mut byte = [0];
    loop {
        random.fill(&mut byte);
        let [value] = byte;
        // 250 and above would favour the low digits.
        if value < 250 {
            return char::from_digit(u32::from(value % 10), 10).unwrap_or('0');
        }
    }
}

/// The ten octets of a ProfileHeader: two digits an octet in reading order, filled with F. The same digits stand
/// nibble-swapped in EF_ICCID and in the metadata.
pub(super) fn to_header(iccid: &Iccid) -> [u8; 10] {
    iccid.octets().map(|octet| octet.rotate_left(4))
}

/// Reads the ten octets of a ProfileHeader. Packages that have them nibble-swapped exist: every ICCID begins with
/// 89, and that tells which order it is.
pub(super) fn from_header(octets: &[u8]) -> Option<Iccid> {
    let octets: [u8; 10] = octets.try_into().ok()?;
    let as_on_card =
        if octets.starts_with(&[0x98]) { octets } else { octets.map(|octet| octet.rotate_left(4)) };
    let iccid = Iccid::from_octets(as_on_card);
    let digits = iccid.to_string();
    let fits = (18..=20).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    fits.then_some(iccid)
}

#[cfg(test)]
mod tests {
    use lpakit_sandbox_crypto::SeededRandom;

    use super::*;

    #[test]
    fn check_digits_are_those_of_known_numbers() {
        // The usual example of the formula, and the ICCID of the GSMA's generic test profile.
        assert_eq!(check_digit("7992739871"), '3');
        assert_eq!(check_digit("8900012345678901234"), '1');
    }

    #[test]
    fn generated_iccids_keep_the_prefix_and_are_valid() {
        let mut random = SeededRandom::new(1);
        for _ in 0..100 {
            let iccid = generate_iccid("8988211", &mut random).unwrap();
            assert!(iccid.to_string().starts_with("8988211"));
            assert_eq!(iccid.to_string().len(), 19);
            assert!(has_valid_check_digit(&iccid));
        }
        assert!(generate_iccid("89X", &mut random).is_err());
        assert!(generate_iccid("8988211000000000000", &mut random).is_err());
    }

    #[test]
    fn a_changed_digit_is_noticed() {
        let iccid = Iccid::from_digits("89000123456789012340").unwrap();
        assert!(!has_valid_check_digit(&iccid));
    }

    #[test]
    fn both_orders_in_a_header_are_read() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        assert_eq!(from_header(&to_header(&iccid)), Some(iccid));
        assert_eq!(from_header(iccid.octets()), Some(iccid));
        assert_eq!(from_header(&[0xFF; 10]), None);
        assert_eq!(from_header(&[0x89; 9]), None);
    }
}
