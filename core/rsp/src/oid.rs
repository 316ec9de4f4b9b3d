//! Object identifiers. Own, because the usual crate (const-oid) cannot hold a second arc above 39, and SGP.26's test
//! certificates are full of them (2.999.10).

use std::fmt;
use std::str::FromStr;

use crate::error::Fault;
use crate::identifiers::IdentifierError;
use crate::tlv::Tlv;

/// The longest dotted text taken, in characters.
const MAX_TEXT: usize = 255;
const NOT_AN_OID: IdentifierError = IdentifierError("object identifier");

/// An object identifier, kept as the content octets of its DER form (X.690, 8.19). Arcs may be as large as 128 bits,
/// enough for identifiers made from UUIDs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ObjectIdentifier(Vec<u8>);

impl ObjectIdentifier {
    /// From dotted text: at least two arcs, the first 0 to 2, the second below 40 unless the first is 2, no leading
    /// zeros (X.660).
    ///
    /// # Errors
    /// [`IdentifierError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        encode(text).map(Self).ok_or(NOT_AN_OID)
    }

    /// From content octets.
    ///
    /// # Errors
    /// [`IdentifierError`] when they are empty, end early, or hold a padded or too large arc.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, IdentifierError> {
        each_subidentifier(octets, |_| ()).ok_or(NOT_AN_OID)?;
        Ok(Self(octets.to_vec()))
    }

    /// The content octets, without tag and length.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>, field: &'static str) -> Result<Self, Fault> {
        Self::from_bytes(element.value).map_err(|_| Fault::Invalid(field))
    }
}

impl FromStr for ObjectIdentifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arcs = decode(&self.0).unwrap_or_default();
        let text: Vec<String> = arcs.iter().map(u128::to_string).collect();
        f.write_str(&text.join("."))
    }
}

impl fmt::Debug for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectIdentifier({self})")
    }
}

fn encode(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let mut arcs = text.split('.').map(arc);
    let first = arcs.next()??;
    let second = arcs.next()??;
    if first > 2 || (first < 2 && second >= 40) {
        return None;
    }
    let mut octets = Vec::with_capacity(text.len());
    push_base128(&mut octets, second.checked_add(first * 40)?);
    for value in arcs {
        push_base128(&mut octets, value?);
    }
    Some(octets)
}

fn arc(text: &str) -> Option<u128> {
    let plain = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if plain && !padded { text.parse().ok() } else { None }
}

/// Seven bits an octet, most significant first, the top bit set on all but the last.
fn push_base128(octets: &mut Vec<u8>, value: u128) {
    let groups = (128 - value.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let bits = (value >> (7 * group)) as u8 & 0x7F;
        octets.push(if group == 0 { bits } else { bits | 0x80 });
    }
}

fn decode(octets: &[u8]) -> Option<Vec<u128>> {
    let mut subidentifiers = Vec::new();
    each_subidentifier(octets, |value| subidentifiers.push(value))?;
    let (first, rest) = subidentifiers.split_first()?;
    let root = (*first / 40).min(2);
    let mut arcs = vec![root, first - root * 40];
    arcs.extend_from_slice(rest);
    Some(arcs)
}

/// Goes over the numbers in content octets; `None` when these are no object identifier. It allocates nothing.
fn each_subidentifier(octets: &[u8], mut take: impl FnMut(u128)) -> Option<()> {
    let mut value: u128 = 0;
    let mut within = false;
    for octet in octets {
        // A padded arc starts with 80; one that would not fit is none of anybody's.
        if (!within && *octet == 0x80) || value > u128::MAX >> 7 {
            return None;
        }
        value = (value << 7) | u128::from(octet & 0x7F);
        within = octet & 0x80 != 0;
        if !within {
            take(std::mem::take(&mut value));
        }
    }
    (!within && !octets.is_empty()).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms_are_the_standards() {
        // Checked with `openssl asn1parse -genstr OID:…`; the last one is made from a UUID (X.667).
        let cases: &[(&str, &str)] = &[
            ("1.3.6.1.4.1.31746", "2b0601040181f802"),
            ("1.2.840.113549", "2a864886f70d"),
            ("0.0", "00"),
            ("1.39", "4f"),
            ("2.0", "50"),
            ("2.47", "7f"),
            ("2.48", "8100"),
            ("2.999.10", "88370a"),
            ("2.16.840.1.101.3", "60864801 6503"),
            (
                "2.25.329800735698586629295641978511506172918",
                "6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776",
            ),
        ];
        for (text, content) in cases {
            let oid = ObjectIdentifier::parse(text).unwrap();
            assert_eq!(hex::encode(oid.as_bytes()), content.replace(' ', ""), "{text}");
            assert_eq!(ObjectIdentifier::from_bytes(oid.as_bytes()).unwrap().to_string(), *text);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        let large = format!("2.25.{}0", u128::MAX);
        let sum_too_large = format!("2.{}", u128::MAX);
        let long = vec!["1"; 200].join(".");
        let texts = [
            "",
            "1",
            "3.1",
            "1.40",
            "0.40",
            "1.",
            ".1",
            "1..3",
            "1.03",
            "01.3",
            "1.3.00",
            "1.3.-1",
            "1.3.+1",
            "1.3 .1",
            "1.3.x",
            &large,
            &sum_too_large,
            &long,
        ];
        for text in texts {
            assert!(ObjectIdentifier::parse(text).is_err(), "{text}");
        }
        let octets: [&[u8]; 4] = [&[], &[0x88], &[0x2B, 0x80, 0x01], &[0xFF; 30]];
        for octets in octets {
            assert!(ObjectIdentifier::from_bytes(octets).is_err(), "{octets:?}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(oid) = ObjectIdentifier::from_bytes(&octets) {
                prop_assert_eq!(ObjectIdentifier::parse(&oid.to_string()).unwrap(), oid);
            }
        }
    }
}
