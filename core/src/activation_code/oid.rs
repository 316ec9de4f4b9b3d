//! Object identifiers as the activation code writes them.

use std::fmt;
use std::str::FromStr;

use super::error::ActivationCodeError;

/// The longest dotted text taken, in characters.
const MAX_LENGTH: usize = 255;

/// An SM-DP+ object identifier in dotted decimal form, such as `1.3.6.1.4.1.31746`.
///
/// The SM-DP+ certificate carries the same identifier as `registeredID`; compare with
/// [`ObjectIdentifier::der_content`]. Arcs may be as large as 128 bits, enough for identifiers made from UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectIdentifier {
    text: String,
    der_content: Vec<u8>,
}

impl ObjectIdentifier {
    /// Checks a dotted identifier: at least two arcs, the first 0 to 2, the second below 40 unless the first is 2,
    /// no leading zeros (ITU-T X.660).
    ///
    /// # Errors
    /// [`ActivationCodeError::InvalidOid`].
    pub fn parse(text: &str) -> Result<Self, ActivationCodeError> {
        let der_content = encode(text).ok_or(ActivationCodeError::InvalidOid)?;
        Ok(Self { text: text.to_owned(), der_content })
    }

    /// The dotted text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The content bytes of the DER encoding, without tag and length (ITU-T X.690 clause 8.19).
    pub fn der_content(&self) -> &[u8] {
        &self.der_content
    }
}

fn encode(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut arcs = text.split('.').map(arc);
    let first = arcs.next()??;
    let second = arcs.next()??;
    if first > 2 || (first < 2 && second >= 40) {
        return None;
    }
    let mut der = Vec::with_capacity(text.len());
    push_base128(&mut der, second.checked_add(first * 40)?);
    for value in arcs {
        push_base128(&mut der, value?);
    }
    Some(der)
}

fn arc(text: &str) -> Option<u128> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if plain && !padded { text.parse().ok() } else { None }
}

/// Seven bits a byte, most significant first, the top bit set on all but the last.
fn push_base128(der: &mut Vec<u8>, value: u128) {
    let groups = (128 - value.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let bits = (value >> (7 * group)) as u8 & 0x7F;
        der.push(if group == 0 { bits } else { bits | 0x80 });
    }
}

impl FromStr for ObjectIdentifier {
    type Err = ActivationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_content() {
        // Values from `openssl asn1parse -genstr OID:…`; the UUID arc is the example of ITU-T X.667.
        let cases: &[(&str, &[u8])] = &[
            ("1.3.6.1.4.1.31746", &[0x2B, 6, 1, 4, 1, 0x81, 0xF8, 0x02]),
            ("1.2.840.113549", &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D]),
            ("0.0", &[0]),
            ("1.39", &[79]),
            ("2.0", &[80]),
            ("2.47", &[127]),
            ("2.48", &[0x81, 0x00]),
            ("2.999.3", &[0x88, 0x37, 0x03]),
            ("2.16.840.1.101.3", &[0x60, 0x86, 0x48, 1, 0x65, 3]),
            (
                "2.25.329800735698586629295641978511506172918",
                &[
                    0x69, 0x83, 0xF8, 0x9D, 0xAF, 0xBE, 0xCD, 0xAC, 0xBB, 0x87, 0xA1, 0xE6, 0xB5,
                    0xA0, 0xB1, 0xC8, 0xB5, 0xB6, 0x76,
                ],
            ),
        ];
        for (text, der) in cases {
            let oid = ObjectIdentifier::parse(text).unwrap();
            assert_eq!(oid.der_content(), *der, "{text}");
            assert_eq!(oid.to_string(), *text);
        }
    }

    #[test]
    fn refused() {
        let large = format!("2.25.{}0", u128::MAX);
        let sum_too_large = format!("2.{}", u128::MAX);
        let long = vec!["1"; 200].join(".");
        for text in [
            "", "1", "3.1", "1.40", "0.40", "1.", ".1", "1..3", "1.03", "01.3", "1.3.00", "1.3.-1", "1.3.+1", "1.3 .6",
            "1.3.a", "1,3", "1.３", &large, &sum_too_large, &long,
        ] {
            assert_eq!(ObjectIdentifier::parse(text), Err(ActivationCodeError::InvalidOid), "{text}");
        }
    }
}
