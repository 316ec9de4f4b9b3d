//! Unprotected profile packages: what is installed in the end, as TCA ("SIMalliance") profile elements in DER.
//!
//! A package is a plain concatenation of profile elements, each a context-tagged element of its own. The sandbox
//! builds a small valid one ([`PackageSpec`]) or takes one that a person gives ([`ProfilePackage::from_der`]).

mod build;
mod elements;
mod iccid;

pub use build::PackageSpec;
pub use iccid::{generate_iccid, has_valid_check_digit};

use std::fmt;

use lpakit_rsp::Tag;
use lpakit_rsp::identifiers::{Iccid, Version};
use lpakit_rsp::tlv::Reader;

const HEADER: Tag = Tag::context_constructed(0);
const END: Tag = Tag::context_constructed(10);
/// Deeper nesting than any profile element has.
const MAX_DEPTH: usize = 12;

/// Why bytes are no profile package, or why none could be built. Texts hold no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Not a sequence of DER elements.
    #[error("the profile package is not well formed DER")]
    Malformed,
    /// The first element is no ProfileHeader with version and ICCID.
    #[error("the profile package does not begin with a profile header that names an ICCID")]
    NoHeader,
    /// The last element is not the end element.
    #[error("the profile package does not finish with an end element")]
    NoEnd,
    /// The header's ICCID is no ICCID.
    #[error("the ICCID in the profile header is not valid")]
    Iccid,
    /// The IMSI has not 6 to 15 digits.
    #[error("an IMSI has 6 to 15 digits")]
    Imsi,
    /// The wanted size is below what a package needs, or one that no filler reaches.
    #[error("a package of this size cannot be built; the smallest has {smallest} octets")]
    Size {
        /// The size without filler.
        smallest: usize,
    },
}

/// An IMSI: who the subscriber is to the network. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Imsi(String);

impl Imsi {
    /// From 6 to 15 digits.
    ///
    /// # Errors
    /// [`PackageError::Imsi`].
    pub fn from_digits(digits: &str) -> Result<Self, PackageError> {
        let fits = (6..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        if fits { Ok(Self(digits.to_owned())) } else { Err(PackageError::Imsi) }
    }

    /// The digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Imsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Imsi(…)")
    }
}

/// A profile package whose structure has been checked.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfilePackage {
    der: Vec<u8>,
    iccid: Iccid,
    version: Version,
}

impl ProfilePackage {
    /// Checks a package: well-formed DER throughout, a ProfileHeader first, an end element last.
    ///
    /// The contents of the other elements are not looked at: the card's interpreter does that.
    ///
    /// # Errors
    /// [`PackageError`] saying what is wrong.
    pub fn from_der(der: Vec<u8>) -> Result<Self, PackageError> {
        let mut reader = Reader::new(&der);
        let mut first = None;
        let mut last = None;
        while !reader.is_empty() {
            let element = reader.read().map_err(|_| PackageError::Malformed)?;
            check_element(&element.tag, element.value, MAX_DEPTH)?;
            first = first.or(Some(element));
            last = Some(element.tag);
        }
        let header = first.filter(|element| element.tag == HEADER).ok_or(PackageError::NoHeader)?;
        if last != Some(END) {
            return Err(PackageError::NoEnd);
        }
        let fields = header.fields().map_err(|_| PackageError::NoHeader)?;
        let octet = |number| {
            let value = fields.get(Tag::context(number))?.value;
            value.last().copied()
        };
        let (Some(major), Some(minor)) = (octet(0), octet(1)) else {
            return Err(PackageError::NoHeader);
        };
        let field = fields.get(Tag::context(3)).ok_or(PackageError::NoHeader)?;
        let iccid = iccid::from_header(field.value).ok_or(PackageError::Iccid)?;
        Ok(Self { der, iccid, version: Version([major, minor, 0]) })
    }

    /// The package.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The package, given away.
    pub fn into_der(self) -> Vec<u8> {
        self.der
    }

    /// The ICCID in its header.
    pub fn iccid(&self) -> Iccid {
        self.iccid
    }

    /// The version of the package format in its header.
    pub fn version(&self) -> Version {
        self.version
    }
}

impl fmt::Debug for ProfilePackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfilePackage({} octets)", self.der.len())
    }
}

fn check_element(tag: &Tag, value: &[u8], depth: usize) -> Result<(), PackageError> {
    if !tag.is_constructed() {
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or(PackageError::Malformed)?;
    let mut reader = Reader::new(value);
    while !reader.is_empty() {
        let element = reader.read().map_err(|_| PackageError::Malformed)?;
        check_element(&element.tag, element.value, depth)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lpakit_sandbox_crypto::SeededRandom;

    use super::*;

    fn spec() -> PackageSpec {
        PackageSpec::new(
            Iccid::from_digits("8944501234567890123").unwrap(),
            Imsi::from_digits("001010123456789").unwrap(),
        )
    }

    fn build(spec: &PackageSpec) -> ProfilePackage {
        spec.build(&mut SeededRandom::new(1)).unwrap()
    }

    #[test]
    fn a_built_package_passes_its_own_check() {
        let package = build(&spec());
        let read = ProfilePackage::from_der(package.der().to_vec()).unwrap();
        assert_eq!(read, package);
        assert_eq!(read.iccid().to_string(), "8944501234567890123");
        assert_eq!(read.version(), Version([2, 3, 0]));
    }

    #[test]
    fn the_elements_stand_in_the_order_of_the_format() {
        let package = build(&spec());
        let mut reader = Reader::new(package.der());
        let mut tags = Vec::new();
        while !reader.is_empty() {
            tags.push(reader.read().unwrap().tag.to_string());
        }
        // header, mf, pukCodes, pinCodes, telecom, usim, pinCodes, akaParameter, end
        assert_eq!(tags, ["A0", "B0", "A3", "A2", "B2", "B3", "A2", "A4", "AA"]);
    }

    #[test]
    fn every_size_above_the_smallest_filler_is_reached_exactly() {
        let base = build(&spec()).der().len();
        let sizes = (base + 64..base + 600).chain([base + 40_000, base + 65_540, 1 << 20]);
        for size in sizes {
            let mut spec = spec();
            spec.size = Some(size);
            let package = build(&spec);
            assert_eq!(package.der().len(), size);
            assert!(ProfilePackage::from_der(package.into_der()).is_ok());
        }
    }

    #[test]
    fn a_size_below_the_smallest_is_refused() {
        let base = build(&spec()).der().len();
        let mut spec = spec();
        spec.size = Some(base - 1);
        assert_eq!(
            spec.build(&mut SeededRandom::new(1)),
            Err(PackageError::Size { smallest: base })
        );
        spec.size = Some(base);
        assert_eq!(build(&spec).der().len(), base);
    }

    #[test]
    fn the_iccid_stands_in_header_and_file_each_in_its_own_order() {
        let text = hex::encode(build(&spec()).der());
        assert!(text.contains("830a8944501234567890123f"));
        assert!(text.contains("830a984405214365870921f3"));
        assert!(text.contains("8309080910101032547698"));
    }

    #[test]
    fn damaged_packages_are_refused() {
        let good = build(&spec()).into_der();
        let refused = |bytes: Vec<u8>| ProfilePackage::from_der(bytes).unwrap_err();
        assert_eq!(refused(Vec::new()), PackageError::NoHeader);
        assert_eq!(refused(good[..good.len() - 1].to_vec()), PackageError::Malformed);
        let header = Reader::new(&good).read().unwrap().raw.len();
        assert_eq!(refused(good[header..].to_vec()), PackageError::NoHeader);
        let end = good.len() - 10;
        assert_eq!(refused(good[..end].to_vec()), PackageError::NoEnd);
        assert_eq!(refused(hex::decode("aa02a0").unwrap()), PackageError::Malformed);
        let mut letters = good;
        let at = hex::encode(&letters).find("830a8944").unwrap() / 2 + 2;
        letters[at] = 0xAB;
        assert_eq!(refused(letters), PackageError::Iccid);
    }

    #[test]
    fn nesting_is_bounded() {
        let mut bytes = Vec::new();
        for _ in 0..40 {
            bytes = lpakit_rsp::tlv::encode(HEADER, &bytes);
        }
        assert_eq!(ProfilePackage::from_der(bytes), Err(PackageError::Malformed));
    }

    #[test]
    fn an_imsi_has_digits_only_and_does_not_show_itself() {
        assert!(Imsi::from_digits("00101").is_err());
        assert!(Imsi::from_digits("00101012345678901").is_err());
        assert!(Imsi::from_digits("00101012345678X").is_err());
        let imsi = Imsi::from_digits("001010123456789").unwrap();
        assert_eq!(format!("{imsi:?}"), "Imsi(…)");
    }
}
