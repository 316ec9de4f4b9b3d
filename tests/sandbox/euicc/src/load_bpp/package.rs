//! The unprotected profile package: a sequence of profile elements (TCA eUICC Profile Package). The sandbox installs
//! no files or applets; it checks that the sequence is one, and whose profile it is.

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::tlv::{Fields, Tag, Tlv};

const HEADER: Tag = Tag::new(0xA0);
const END: Tag = Tag::new(0xAA);
const MAJOR_VERSION: Tag = Tag::new(0x80);
const MINOR_VERSION: Tag = Tag::new(0x81);
const HEADER_ICCID: Tag = Tag::new(0x83);

/// Profile element statuses (facts 3.7).
const INVALID_REQUEST_FORMAT: u32 = 5;
const UNSUPPORTED_PROFILE_VERSION: u32 = 31;

/// Why a package cannot be installed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PackageFault {
    /// Its header names another ICCID than the metadata.
    OtherIccid,
    /// An element has this status.
    Element(u32),
}

/// Checks that a package is elements, a header first and an end last, and that it is of this profile.
pub(super) fn check(package: &[u8], iccid: &Iccid) -> Result<(), PackageFault> {
    let malformed = || PackageFault::Element(INVALID_REQUEST_FORMAT);
    let elements: Vec<Tlv<'_>> = Fields::parse(package).map_err(|_| malformed())?.iter().collect();
    let (Some(header), Some(end)) = (elements.first(), elements.last()) else {
        return Err(malformed());
    };
    let ends = elements.iter().filter(|element| element.tag == END).count();
    if header.tag != HEADER || end.tag != END || ends != 1 {
        return Err(malformed());
    }
    let fields = header.fields().map_err(|_| malformed())?;
    let version = fields.get(MAJOR_VERSION).map(|field| field.value);
    if fields.get(MINOR_VERSION).is_none() || version.is_none() {
        return Err(malformed());
    }
    if !matches!(version, Some([1..=3])) {
        return Err(PackageFault::Element(UNSUPPORTED_PROFILE_VERSION));
    }
    let named = fields.get(HEADER_ICCID).ok_or_else(malformed)?;
    // A header has the digits in reading order; packages with the order of EF_ICCID are seen, too.
    let in_reading_order = iccid.octets().map(|octet| octet.rotate_left(4));
    if named.value == in_reading_order || named.value == iccid.octets() {
        Ok(())
    } else {
        Err(PackageFault::OtherIccid)
    }
}
