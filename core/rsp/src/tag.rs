//! Tags of BER-TLV elements.

use std::fmt;

/// A tag as it stands on the wire, read as a big-endian number: `0x80`, `0xBF38`, `0x5F37`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u32);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self(0x04);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// UTF8String.
    pub const UTF8_STRING: Self = Self(0x0C);
    /// SEQUENCE.
    pub const SEQUENCE: Self = Self(0x30);
    /// `[APPLICATION 55]`, the tag of every signature in SGP.22.
    pub const SIGNATURE: Self = Self(0x5F37);
    /// `[APPLICATION 73]`, the tag of one-time public keys.
    pub const ONE_TIME_KEY: Self = Self(0x5F49);
    /// `[APPLICATION 26]`, ICCID (and EID in GetEID).
    pub const ICCID: Self = Self(0x5A);
    /// `[APPLICATION 15]`, an application identifier.
    pub const AID: Self = Self(0x4F);

    /// The tag with these octets, for example `Tag::new(0xBF20)`.
    pub const fn new(octets: u32) -> Self {
        Self(octets)
    }

    /// The primitive context-specific tag `[number]`, number below 31.
    pub const fn context(number: u8) -> Self {
        Self(0x80 | (number & 0x1F) as u32)
    }

    /// The constructed context-specific tag `[number]`, number below 31.
    pub const fn context_constructed(number: u8) -> Self {
        Self(0xA0 | (number & 0x1F) as u32)
    }

    /// The octets as a big-endian number.
    pub const fn octets(self) -> u32 {
        self.0
    }

    /// True when the value is itself made of TLVs.
    pub const fn is_constructed(self) -> bool {
        let first = if self.0 > 0x00FF_FFFF {
            self.0 >> 24
        } else if self.0 > 0xFFFF {
            self.0 >> 16
        } else if self.0 > 0xFF {
            self.0 >> 8
        } else {
            self.0
        };
        first & 0x20 != 0
    }

    /// True for a tag of one to three octets in the shortest form (ISO 7816-4, 5.2.2.1), as a tag list may hold it.
    pub const fn is_well_formed(self) -> bool {
        let [reserved, first, second, third] = self.0.to_be_bytes();
        match (reserved, first, second, third) {
            (0, 0, 0, one) => one != 0 && one & 0x1F != 0x1F,
            (0, 0, one, two) => one & 0x1F == 0x1F && two >= 0x1F && two & 0x80 == 0,
            (0, one, two, three) => one & 0x1F == 0x1F && two > 0x80 && three & 0x80 == 0,
            _ => false,
        }
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(without_leading_zeros(&self.0.to_be_bytes()));
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

/// A big-endian number in as few octets as it needs; zero needs one.
pub(crate) fn without_leading_zeros(octets: &[u8]) -> &[u8] {
    let last = octets.len().saturating_sub(1);
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(last);
    octets.get(start..).unwrap_or(octets)
}
