//! Taking an answer's body as it comes. One large base64 field is decoded on the way, so that a package is never in
//! memory as text.

use base64ct::{Base64Unpadded, Encoding};

/// Digits that are decoded at once; a multiple of four.
const BATCH: usize = 4096;
/// Memory is set aside for no more octets than this at once, whatever length a server announces: what is longer grows
/// as it comes.
const MAX_RESERVED: usize = 1024 * 1024;

/// An answer's JSON, and the content of the field that was decoded out of it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The JSON text. The decoded field stands in it as an empty string.
    pub json: Vec<u8>,
    /// The decoded field, if it was asked for and is there.
    pub field: Option<Decoded>,
}

/// What a base64 field held.
#[derive(Clone, PartialEq, Eq)]
pub enum Decoded {
    /// These octets.
    Octets(Vec<u8>),
    /// No base64.
    Malformed,
}

/// Collects a body chunk by chunk.
///
/// Base64 may be broken into lines, lack its padding, and be escaped as JSON allows (facts 4.1).
pub struct Collector {
    json: Vec<u8>,
    name: Option<Vec<u8>>,
    place: Place,
    content: Content,
    announced: usize,
    taken: usize,
}

/// Where in the text the collector is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the field: so many octets of its quoted name have been seen.
    Name(usize),
    /// After the name, before the colon.
    Colon,
    /// After the colon, before the value.
    Value,
    /// Within the value.
    Within,
    /// Within the value, after a backslash.
    Escape,
    /// Within a `\u` escape: how many of its digits are still to come, and their value so far.
    Unicode(u8, u32),
    /// After the value, or where no field is wanted.
    After,
}

/// The decoded part of the value and the digits that wait.
#[derive(Default)]
struct Content {
    octets: Vec<u8>,
    digits: Vec<u8>,
    /// How many octets it will be, if the server does not lie.
    expected: usize,
    malformed: bool,
    found: bool,
}

impl Collector {
    /// A collector for a body of `announced` octets, if the server says. `field` is the name of a base64 field to
    /// decode.
    pub fn new(field: Option<&str>, announced: Option<usize>) -> Self {
        let name = field.map(|name| format!("\"{name}\"").into_bytes());
        let place = if name.is_some() { Place::Name(0) } else { Place::After };
        let announced = announced.unwrap_or(0);
        let json = if name.is_some() { 1024 } else { announced.min(MAX_RESERVED) };
        let json = Vec::with_capacity(json);
        Self { json, name, place, content: Content::default(), announced, taken: 0 }
    }

    /// How many octets have come.
    pub const fn taken(&self) -> usize {
        self.taken
    }

    /// Takes the next octets.
    pub fn push(&mut self, chunk: &[u8]) {
        for (index, octet) in chunk.iter().enumerate() {
            if self.place == Place::After {
                self.json.extend_from_slice(chunk.get(index..).unwrap_or_default());
                break;
            }
            self.step(*octet, self.taken + index);
        }
        self.taken += chunk.len();
    }

    /// The whole body.
    pub fn finish(mut self) -> Body {
        let field = self.content.found.then(|| self.content.finish());
        Body { json: self.json, field }
    }

    fn step(&mut self, octet: u8, at: usize) {
        let within = matches!(self.place, Place::Within | Place::Escape | Place::Unicode(..));
        if !within || (self.place == Place::Within && octet == b'"') {
            self.json.push(octet);
        }
        self.place = match self.place {
            Place::Name(seen) => self.name_step(seen, octet),
            Place::Colon if octet.is_ascii_whitespace() => Place::Colon,
            Place::Colon if octet == b':' => Place::Value,
            Place::Value if octet.is_ascii_whitespace() => Place::Value,
            Place::Value if octet == b'"' => {
                self.content.begin(self.announced.saturating_sub(at));
                Place::Within
            }
            Place::Colon | Place::Value => self.name_step(0, octet),
            Place::Within => match octet {
                b'"' => Place::After,
                b'\\' => Place::Escape,
                digit => {
                    self.content.push(digit);
                    Place::Within
                }
            },
            Place::Escape => match octet {
                b'n' | b'r' | b't' => Place::Within,
                b'u' => Place::Unicode(4, 0),
                digit => {
                    self.content.push(digit);
                    Place::Within
                }
            },
            Place::Unicode(left, value) => self.unicode_step(left, value, octet),
            Place::After => Place::After,
        };
    }

    /// The name is found only with both its quotes; no escaped quote can stand in for them.
    fn name_step(&self, seen: usize, octet: u8) -> Place {
        let name = self.name.as_deref().unwrap_or_default();
        if name.get(seen) == Some(&octet) {
            let seen = seen + 1;
            return if seen == name.len() { Place::Colon } else { Place::Name(seen) };
        }
        // Its first octet is a quote, which stands nowhere within it but at its end.
        Place::Name(usize::from(name.first() == Some(&octet)))
    }

    fn unicode_step(&mut self, left: u8, value: u32, octet: u8) -> Place {
        let Some(digit) = char::from(octet).to_digit(16) else {
            self.content.malformed = true;
            return Place::Within;
        };
        let value = value * 16 + digit;
        if left > 1 {
            return Place::Unicode(left - 1, value);
        }
        self.content.push(u8::try_from(value).unwrap_or_default());
        Place::Within
    }
}

impl Content {
    fn begin(&mut self, text: usize) {
        self.found = true;
        self.expected = text / 4 * 3 + 3;
        self.make_room(0);
        self.digits.reserve_exact(BATCH);
    }

    /// Room for `more` octets. While they are within what was announced, memory grows by what is still to come and not
    /// by doubling, so that a package is never in memory twice.
    fn make_room(&mut self, more: usize) {
        let to_come = self.expected.saturating_sub(self.octets.len());
        if self.octets.capacity() - self.octets.len() < more.max(1) && to_come >= more {
            self.octets.reserve_exact(to_come.min(MAX_RESERVED));
        }
    }

    fn push(&mut self, digit: u8) {
        if digit.is_ascii_whitespace() {
            return;
        }
        if self.digits.len() == BATCH {
            self.decode();
        }
        self.digits.push(digit);
    }

    fn decode(&mut self) {
        let mut octets = [0; BATCH];
        match Base64Unpadded::decode(&self.digits, &mut octets) {
            Ok(decoded) => {
                self.make_room(decoded.len());
                self.octets.extend_from_slice(decoded);
            }
            Err(_) => self.malformed = true,
        }
        self.digits.clear();
    }

    fn finish(&mut self) -> Decoded {
        let padding = self.digits.iter().rev().take_while(|digit| **digit == b'=').count();
        self.digits.truncate(self.digits.len() - padding);
        if !self.digits.is_empty() {
            self.decode();
        }
        if self.malformed || self.octets.is_empty() {
            return Decoded::Malformed;
        }
        Decoded::Octets(std::mem::take(&mut self.octets))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} octets of JSON)", self.json.len())
    }
}

#[cfg(test)]
mod tests {
    use base64ct::Base64;
    use proptest::prelude::*;

    use super::*;

    fn collect(text: &[u8], piece: usize) -> Body {
        let mut collector = Collector::new(Some("package"), Some(text.len()));
        text.chunks(piece).for_each(|chunk| collector.push(chunk));
        assert_eq!(collector.taken(), text.len());
        collector.finish()
    }

    fn octets(text: &str) -> Option<Vec<u8>> {
        match collect(text.as_bytes(), 7).field {
            Some(Decoded::Octets(octets)) => Some(octets),
            _ => None,
        }
    }

    #[test]
    fn line_breaks_padding_and_escapes_do_no_harm() {
        let expected = Some(vec![0xFB, 0xFF, 0xBF, 0x00]);
        for value in [
            "+/+/AA==",
            "+/+/AA",
            r"+\/+\/AA==",
            r"+/+/\r\nAA=\n=",
            r"\u002b/+/AA\u003d=",
            "+/\n+/AA",
        ] {
            let text = format!(r#"{{"a":"package","package" : "{value}","z":1}}"#);
            assert_eq!(octets(&text), expected, "{value}");
            let body = collect(text.as_bytes(), 3);
            assert_eq!(body.json, br#"{"a":"package","package" : "","z":1}"#);
        }
    }

    #[test]
    fn what_is_no_base64_is_said_to_be_none() {
        for value in ["", "A", "####", r"\uZZZZ", "+/+/AA==x", "AA=A"] {
            let body = collect(format!(r#"{{"package":"{value}"}}"#).as_bytes(), 4);
            assert!(matches!(body.field, Some(Decoded::Malformed)), "{value}");
        }
    }

    #[test]
    fn only_the_field_itself_is_taken() {
        for text in [
            r#"{"message":"\"package\":\"QUJD\""}"#,
            r#"{"a":"package"}"#,
            r#"{"package":null}"#,
            r#"{"package":12}"#,
            r#"{"xpackage":"QUJD"}"#,
            "",
        ] {
            let body = collect(text.as_bytes(), 5);
            assert!(body.field.is_none(), "{text}");
            assert_eq!(body.json, text.as_bytes(), "{text}");
        }
        let mut plain = Collector::new(None, None);
        plain.push(br#"{"package":"QUJD"}"#);
        assert!(plain.finish().field.is_none());
    }

    proptest! {
        #[test]
        fn every_package_comes_back(
            content in proptest::collection::vec(any::<u8>(), 1..9000),
            piece in 1_usize..5000,
        ) {
            let text = format!(r#"{{"package":"{}","b":"c"}}"#, Base64::encode_string(&content));
            let body = collect(text.as_bytes(), piece);
            prop_assert!(matches!(body.field, Some(Decoded::Octets(octets)) if octets == content));
            prop_assert_eq!(body.json, br#"{"package":"","b":"c"}"#);
        }

        #[test]
        fn any_text_is_taken(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = collect(&text, 11);
        }
    }
}
