//! Tag-length-value as SGP.22 uses it: definite lengths, tags of up to four octets (`BF38`, `5F37`, `9F70`).
//!
//! The reader borrows: every [`Tlv`] knows its value and the raw span it was read from, header included, so that
//! signed bytes can be passed on exactly as they came. It never recurses; nesting is opened level by level by the
//! type that expects it, so its depth is bounded by the types.

use std::fmt;

use crate::error::Fault;

pub use crate::tag::Tag;
use crate::tag::without_leading_zeros;
pub use crate::unknown::Unknown;

/// One element that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Its value, without the header.
    pub value: &'a [u8],
    /// The whole element as it came: tag, length and value.
    pub raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads exactly one element; anything after it is a fault.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes);
        let tlv = reader.read()?;
        reader.finish()?;
        Ok(tlv)
    }

    /// Reads exactly one element with this tag.
    pub fn parse_as(bytes: &'a [u8], tag: Tag) -> Result<Self, Fault> {
        let tlv = Self::parse(bytes)?;
        tlv.expect(tag)
    }

    /// This element, if it has the tag.
    pub fn expect(self, expected: Tag) -> Result<Self, Fault> {
        if self.tag == expected {
            Ok(self)
        } else {
            Err(Fault::UnexpectedTag { expected, found: self.tag })
        }
    }

    /// A reader over the value.
    pub fn reader(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    /// All elements of the value.
    pub fn fields(&self) -> Result<Fields<'a>, Fault> {
        Fields::parse(self.value)
    }

    /// How many octets of [`Tlv::raw`] are tag and length.
    pub fn header_len(&self) -> usize {
        self.raw.len().saturating_sub(self.value.len())
    }
}

impl fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tlv({}, {} octets)", self.tag, self.value.len())
    }
}

/// Reads elements one after another.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader that starts at the first of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True when nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left to read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element, `None` at the end.
    pub fn peek(&self) -> Result<Option<Tag>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        parse_tag(self.rest).map(|(tag, _)| Some(tag))
    }

    /// Only the header of the next element: its tag, the header's length and the value's length. The value need
    /// not be there; this is how a package's outline is followed.
    pub fn peek_header(&self) -> Result<(Tag, usize, usize), Fault> {
        let (tag, tag_len) = parse_tag(self.rest)?;
        let after_tag = self.rest.get(tag_len..).ok_or(Fault::Truncated)?;
        let (value_len, length_len) = parse_length(after_tag)?;
        Ok((tag, tag_len + length_len, value_len))
    }

    /// The next element.
    pub fn read(&mut self) -> Result<Tlv<'a>, Fault> {
        let (tag, header, length) = self.peek_header()?;
        let end = header.checked_add(length).ok_or(Fault::LengthTooLong)?;
        let raw = self.rest.get(..end).ok_or(Fault::Truncated)?;
        let value = raw.get(header..).ok_or(Fault::Truncated)?;
        self.rest = self.rest.get(end..).ok_or(Fault::Truncated)?;
        Ok(Tlv { tag, value, raw })
    }

    /// The next element, which must have this tag.
    pub fn take(&mut self, tag: Tag) -> Result<Tlv<'a>, Fault> {
        match self.peek()? {
            Some(found) if found == tag => self.read(),
            Some(found) => Err(Fault::UnexpectedTag { expected: tag, found }),
            None => Err(Fault::Missing(tag)),
        }
    }

    /// The next element if it has this tag, else nothing is read.
    pub fn take_optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, Fault> {
        match self.peek()? {
            Some(found) if found == tag => self.read().map(Some),
            _ => Ok(None),
        }
    }

    /// A fault unless everything was read.
    pub const fn finish(&self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::TrailingOctets) }
    }
}

/// The elements of a SEQUENCE whose members are told apart by their tags. Unknown ones do no harm. Nothing is
/// copied: the elements are looked up where they stand.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    elements: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Checks that `bytes` are elements to their end.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            reader.read()?;
        }
        Ok(Self { elements: bytes })
    }

    /// The first element with this tag.
    pub fn get(&self, tag: Tag) -> Option<Tlv<'a>> {
        self.iter().find(|tlv| tlv.tag == tag)
    }

    /// The first element with this tag, which must be there.
    pub fn require(&self, tag: Tag) -> Result<Tlv<'a>, Fault> {
        self.get(tag).ok_or(Fault::Missing(tag))
    }

    /// All elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = Tlv<'a>> + Clone + use<'a> {
        Elements(Reader::new(self.elements))
    }

    /// Reads all elements with this tag, in order; others are passed over.
    pub(crate) fn collect<T>(
        &self,
        tag: Tag,
        read: impl Fn(Tlv<'a>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut list = Vec::new();
        for element in self.iter().filter(|element| element.tag == tag) {
            push(&mut list, read(element)?);
        }
        Ok(list)
    }
}

/// Appends, growing by a quarter: a list of small elements from outside shall not take twice its room.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 1);
    }
    list.push(value);
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Elements that were checked to be whole.
#[derive(Clone)]
struct Elements<'a>(Reader<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        self.0.read().ok()
    }
}

/// The tag at the start of `bytes`, and how many octets it has.
pub(crate) fn parse_tag(bytes: &[u8]) -> Result<(Tag, usize), Fault> {
    let (first, more) = bytes.split_first().ok_or(Fault::Truncated)?;
    let mut number = u32::from(*first);
    if first & 0x1F != 0x1F {
        return Ok((Tag::new(number), 1));
    }
    for (index, octet) in more.iter().take(3).enumerate() {
        number = (number << 8) | u32::from(*octet);
        if octet & 0x80 == 0 {
            return Ok((Tag::new(number), index + 2));
        }
    }
    Err(if more.len() < 3 { Fault::Truncated } else { Fault::TagTooLong })
}

fn parse_length(bytes: &[u8]) -> Result<(usize, usize), Fault> {
    let (first, more) = bytes.split_first().ok_or(Fault::Truncated)?;
    match *first {
        short @ 0..=0x7F => Ok((usize::from(short), 1)),
        0x80 => Err(Fault::IndefiniteLength),
        long => {
            let count = usize::from(long & 0x7F);
            if count > 4 {
                return Err(Fault::LengthTooLong);
            }
            let octets = more.get(..count).ok_or(Fault::Truncated)?;
            let length = octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
            let length = usize::try_from(length).map_err(|_| Fault::LengthTooLong)?;
            Ok((length, count + 1))
        }
    }
}

/// Writes elements in DER: shortest lengths, in the order they are put.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// Puts one element.
    pub fn put(&mut self, tag: Tag, value: &[u8]) {
        write_header(tag, value.len(), &mut self.out);
        self.out.extend_from_slice(value);
    }

    /// Puts one element if there is a value.
    pub fn put_optional(&mut self, tag: Tag, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.put(tag, value.as_ref());
        }
    }

    /// Puts a constructed element whose members are written by `members`.
    pub fn put_with(&mut self, tag: Tag, members: impl FnOnce(&mut Self)) {
        let mut inner = Self::new();
        members(&mut inner);
        self.put(tag, &inner.out);
    }

    /// Puts bytes that are already coded, unchanged.
    pub fn put_raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Puts elements that were read and not understood.
    pub fn put_unknown(&mut self, unknown: &Unknown) {
        self.put_raw(unknown.octets());
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }
}

/// Appends tag and shortest length for a value of `length` octets.
pub fn write_header(tag: Tag, length: usize, out: &mut Vec<u8>) {
    tag.write(out);
    if let Ok(short @ 0..=0x7F) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let octets = without_leading_zeros(&octets);
    out.push(0x80 | octets.len() as u8);
    out.extend_from_slice(octets);
}

/// One coded element.
pub fn encode(tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 8);
    write_header(tag, value.len(), &mut out);
    out.extend_from_slice(value);
    out
}
