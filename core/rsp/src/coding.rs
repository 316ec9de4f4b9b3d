//! Codings of simple values (SGP.22 ASN.1 module, DER).

use crate::error::Fault;
use crate::tag::without_leading_zeros;
use crate::tlv::{Tag, Tlv, Writer};

/// Reads a non-negative INTEGER of at most 32 bits.
pub fn read_unsigned(element: Tlv<'_>, field: &'static str) -> Result<u32, Fault> {
    let bad = Fault::Invalid(field);
    match element.value.first() {
        None => return Err(bad),
        Some(first) if first & 0x80 != 0 => return Err(bad),
        Some(_) => {}
    }
    let significant = element.value.iter().skip_while(|octet| **octet == 0);
    significant.clone().count().le(&4).then_some(()).ok_or(bad)?;
    Ok(significant.fold(0, |sum, octet| (sum << 8) | u32::from(*octet)))
}

/// The shortest two's complement octets of a non-negative number.
pub fn unsigned_octets(number: u32) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let octets = without_leading_zeros(&octets);
    let mut out = Vec::with_capacity(5);
    if octets.first().is_some_and(|octet| octet & 0x80 != 0) {
        out.push(0);
    }
    out.extend_from_slice(octets);
    out
}

/// Puts an INTEGER.
pub fn put_unsigned(out: &mut Writer, tag: Tag, number: u32) {
    out.put(tag, &unsigned_octets(number));
}

/// Reads a BOOLEAN; any non-zero octet is true.
pub fn read_boolean(element: Tlv<'_>, field: &'static str) -> Result<bool, Fault> {
    match element.value {
        [octet] => Ok(*octet != 0),
        _ => Err(Fault::Invalid(field)),
    }
}

/// Puts a BOOLEAN.
pub fn put_boolean(out: &mut Writer, tag: Tag, value: bool) {
    out.put(tag, &[if value { 0xFF } else { 0x00 }]);
}

/// Reads a text, at most `max` octets long.
pub fn read_text(element: Tlv<'_>, max: usize, field: &'static str) -> Result<String, Fault> {
    if element.value.len() > max {
        return Err(Fault::Invalid(field));
    }
    String::from_utf8(element.value.to_vec()).map_err(|_| Fault::Invalid(field))
}

/// Reads a text leniently: octets that are no UTF-8 become U+FFFD. For names, which real cards hold in odd codings.
pub fn read_name(element: Tlv<'_>) -> String {
    String::from_utf8_lossy(element.value).into_owned()
}

/// Reads a fixed number of octets.
pub fn read_octets<const N: usize>(
    element: Tlv<'_>,
    field: &'static str,
) -> Result<[u8; N], Fault> {
    element.value.try_into().map_err(|_| Fault::Invalid(field))
}

/// A BIT STRING with named bits: bit 0 is the most significant bit of the first octet. At most 64 bits are kept,
/// which is more than any list of SGP.22 has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Bits(u64);

/// Bit 0.
const FIRST: u64 = 1 << 63;

impl Bits {
    /// No bit set.
    pub const EMPTY: Self = Self(0);

    /// The bits with these numbers; numbers above 63 are left out.
    pub fn of(numbers: &[u8]) -> Self {
        numbers.iter().fold(Self::EMPTY, |bits, number| bits.with(*number))
    }

    /// These bits and one more.
    #[must_use]
    pub const fn with(self, number: u8) -> Self {
        if number > 63 { self } else { Self(self.0 | (FIRST >> number)) }
    }

    /// Whether a bit is set; a bit that was not sent is not set.
    pub const fn has(self, number: u8) -> bool {
        number <= 63 && self.0 & (FIRST >> number) != 0
    }

    /// True when no bit is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The bits that are set in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The numbers of the bits that are set, ascending.
    pub fn numbers(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |number| self.has(*number))
    }

    /// Reads the content octets of a BIT STRING with any number of unused bits.
    pub fn read(element: Tlv<'_>, field: &'static str) -> Result<Self, Fault> {
        let (unused, octets) = element.value.split_first().ok_or(Fault::Invalid(field))?;
        if *unused > 7 || (octets.is_empty() && *unused != 0) {
            return Err(Fault::Invalid(field));
        }
        Ok(Self::from_octets(octets, *unused))
    }

    /// Reads a BIT STRING that may be wrong: without its first octet, the count of unused bits, as one program
    /// writes it (facts 9, point 4), or without any octet.
    pub fn read_lenient(element: Tlv<'_>) -> Self {
        match element.value.split_first() {
            Some((unused @ 0..=7, octets)) => Self::from_octets(octets, *unused),
            _ => Self::from_octets(element.value, 0),
        }
    }

    fn from_octets(octets: &[u8], unused: u8) -> Self {
        let mut word = [0_u8; 8];
        for (to, from) in word.iter_mut().zip(octets) {
            *to = *from;
        }
        // Unused bits are not part of the value, whatever they hold.
        let keep = match octets.len() {
            length @ 1..=8 => {
                let beyond = u32::try_from(8_usize.saturating_sub(length)).unwrap_or(0);
                u64::MAX << beyond.saturating_mul(8).saturating_add(u32::from(unused)).min(63)
            }
            _ => u64::MAX,
        };
        Self(u64::from_be_bytes(word) & keep)
    }

    /// The content octets in DER, trailing zero bits trimmed as for every named-bit list.
    pub fn octets(self) -> Vec<u8> {
        let word = self.0.to_be_bytes();
        let count = word.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
        let octets = word.get(..count).unwrap_or_default();
        let mut out = Vec::with_capacity(9);
        out.push(octets.last().map_or(0, |last| last.trailing_zeros() as u8));
        out.extend_from_slice(octets);
        out
    }

    /// Puts a BIT STRING.
    pub fn put(self, out: &mut Writer, tag: Tag) {
        out.put(tag, &self.octets());
    }
}
