//! Mobile network codes.

use std::fmt;

use super::{IdentifierError, hex_digit};

/// A mobile country code and network code as TS 24.008 codes them. In a Rules Authorisation Table a digit may be
/// the wildcard E.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MccMnc([u8; 3]);

impl MccMnc {
    /// From the three octets.
    pub const fn from_octets(octets: [u8; 3]) -> Self {
        Self(octets)
    }

    /// From three digits of country and two or three of network; `E` stands for any digit.
    ///
    /// # Errors
    /// [`IdentifierError`] when the lengths or characters are others.
    pub fn from_digits(mcc: &str, mnc: &str) -> Result<Self, IdentifierError> {
        let bad = IdentifierError("MCC and MNC");
        let nibble = |c: char| match c {
            'E' | 'e' => Some(0x0E),
            other => other.to_digit(10).map(|digit| digit as u8),
        };
        let mcc: Vec<u8> = mcc.chars().map(nibble).collect::<Option<_>>().ok_or(bad)?;
        let mnc: Vec<u8> = mnc.chars().map(nibble).collect::<Option<_>>().ok_or(bad)?;
        match (mcc.as_slice(), mnc.as_slice()) {
            ([c1, c2, c3], [n1, n2]) => Ok(Self([c2 << 4 | c1, 0xF0 | c3, n2 << 4 | n1])),
            ([c1, c2, c3], [n1, n2, n3]) => Ok(Self([c2 << 4 | c1, n3 << 4 | c3, n2 << 4 | n1])),
            _ => Err(bad),
        }
    }

    /// The three octets.
    pub const fn octets(&self) -> &[u8; 3] {
        &self.0
    }

    /// Whether this rule covers `operator`: equal nibble by nibble, E in the rule is any digit (facts 5.5).
    pub fn covers(&self, operator: &Self) -> bool {
        let nibbles = |octets: [u8; 3]| octets.map(|octet| [octet & 0x0F, octet >> 4]);
        nibbles(self.0)
            .iter()
            .flatten()
            .zip(nibbles(operator.0).iter().flatten())
            .all(|(rule, value)| rule == value || *rule == 0x0E)
    }
}

impl fmt::Display for MccMnc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        for nibble in [a & 0x0F, a >> 4, b & 0x0F] {
            write!(f, "{}", hex_digit(nibble))?;
        }
        write!(f, "-")?;
        for nibble in [c & 0x0F, c >> 4, b >> 4] {
            if nibble != 0x0F {
                write!(f, "{}", hex_digit(nibble))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_codes_follow_ts_24_008_and_e_is_any_digit() {
        let two = MccMnc::from_digits("262", "01").unwrap();
        assert_eq!(two.octets(), &[0x62, 0xF2, 0x10]);
        let three = MccMnc::from_digits("310", "410").unwrap();
        assert_eq!(three.octets(), &[0x13, 0x00, 0x14]);
        assert_eq!(three.to_string(), "310-410");
        assert_eq!(two.to_string(), "262-01");
        assert!(MccMnc::from_octets([0xEE; 3]).covers(&two));
        assert!(MccMnc::from_digits("262", "EE").unwrap().covers(&two));
        assert!(!three.covers(&two));
    }
}
