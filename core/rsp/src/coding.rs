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

/// A BIT STRING with named bits: bit 0 is the most significant bit of the first octet. At most 32 bits are kept,
/// which is more than any list of SGP.22 has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Bits(u32);

impl Bits {
    /// No bit set.
    pub const EMPTY: Self = Self(0);

    /// The bits with these numbers.
    pub fn of(numbers: &[u8]) -> Self {
        numbers.iter().fold(Self::EMPTY, |bits, number| bits.with(*number))
    }

    /// These bits and one more.
    #[must_use]
    pub const fn with(self, number: u8) -> Self {
        if number > 31 { self } else { Self(self.0 | (0x8000_0000 >> number)) }
    }

    /// Whether a bit is set; a bit that was not sent is not set.
    pub const fn has(self, number: u8) -> bool {
        number <= 31 && self.0 & (0x8000_0000 >> number) != 0
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
        (0..32).filter(move |number| self.has(*number))
    }

    /// Reads the content octets of a BIT STRING with any number of unused bits.
    pub fn read(element: Tlv<'_>, field: &'static str) -> Result<Self, Fault> {
        let (unused, octets) = element.value.split_first().ok_or(Fault::Invalid(field))?;
        if *unused > 7 || (octets.is_empty() && *unused != 0) {
            return Err(Fault::Invalid(field));
        }
        let mut word = [0_u8; 4];
        for (to, from) in word.iter_mut().zip(octets) {
            *to = *from;
        }
        // Unused bits are not part of the value, whatever they hold.
        let kept = u32::try_from(octets.len().min(4)).unwrap_or(4) * 8;
        let used = if octets.len() <= 4 { kept.saturating_sub(u32::from(*unused)) } else { 32 };
        let mask = u32::MAX.checked_shl(32 - used).unwrap_or(0);
        Ok(Self(u32::from_be_bytes(word) & mask))
    }

    /// The content octets in DER, trailing zero bits trimmed as for every named-bit list.
    pub fn octets(self) -> Vec<u8> {
        let used = 32 - self.0.trailing_zeros();
        let mut out = vec![((8 - used % 8) % 8) as u8];
        out.extend(self.0.to_be_bytes().iter().take(used.div_ceil(8) as usize));
        out
    }

    /// Puts a BIT STRING.
    pub fn put(self, out: &mut Writer, tag: Tag) {
        out.put(tag, &self.octets());
    }
}
