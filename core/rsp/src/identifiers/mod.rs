//! Small values with a coding of their own. ICCID, EID and IMEI identify a person's card or line: their `Debug`
//! shows nothing, and only `Display` (asked for by name) prints the digits.

mod eid;
mod iccid;
mod imei;
mod network;
mod octets;

pub use eid::{Eid, EidError};
pub use iccid::Iccid;
pub use imei::{Imei, Tac};
pub use network::MccMnc;
pub use octets::{Aid, KeyId, TransactionId, Version};

/// A text that is not the identifier it should be. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct IdentifierError(pub &'static str);

macro_rules! hidden_debug {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

use hidden_debug;

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble & 0x0F), 16).map_or('?', |c| c.to_ascii_uppercase())
}

/// Hexadecimal text in either case, two digits an octet.
fn hex_octets(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let octet = |pair: &[u8]| pair.iter().fold(0, |sum, digit| (sum << 4) | digit);
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(octet).collect())
}

/// Writes digits two an octet, the first in the low nibble, over a buffer that holds the filler.
fn swap_nibbles(digits: &str, out: &mut [u8]) -> Option<()> {
    let nibbles: Vec<u8> =
        digits.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    for (octet, pair) in out.iter_mut().zip(nibbles.chunks(2)) {
        let low = pair.first().copied().unwrap_or(0x0F);
        let high = pair.get(1).copied().unwrap_or(0x0F);
        *octet = high << 4 | low;
    }
    Some(())
}

/// Digits in groups of four, as they are printed for people.
fn in_fours(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_do_not_show_themselves_in_debug() {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        let eid = Eid::from_digits("89049032123451234512345678901235").unwrap();
        let imei = Imei::from_digits("356938035643809").unwrap();
        let shown = format!("{iccid:?} {eid:?} {imei:?}");
        assert_eq!(shown, "Iccid(…) Eid(…) Imei(…)");
    }
}
