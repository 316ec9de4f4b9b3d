//! Base64 fields: tolerant of line breaks and missing padding, and, for the package, decoded in the very buffer that
//! the answer came in, so that a large package is never in memory twice.

use std::ops::Range;

use base64ct::{Base64Unpadded, Encoding};

use super::Es9Error;

/// Decodes a field.
pub(super) fn decode_base64(text: &str, field: &'static str) -> Result<Vec<u8>, Es9Error> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let decoded = Base64Unpadded::decode_vec(compact.trim_end_matches('='));
    decoded.ok().filter(|octets| !octets.is_empty()).ok_or(Es9Error::BadField(field))
}

/// Where `part`, a slice of `body`, stands in it; `None` when it is no slice of it.
pub(super) fn span_of(body: &[u8], part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= body.len()).then_some(start..end)
}

/// Takes the JSON string at `span`, quotes included, out of `body` and decodes it as base64 without a second buffer.
pub(super) fn take_base64_field(
    mut body: Vec<u8>,
    span: Range<usize>,
) -> Result<Vec<u8>, Es9Error> {
    const BAD: Es9Error = Es9Error::BadField("boundProfilePackage");
    let quoted = body.get(span.clone()).ok_or(BAD)?;
    if quoted.first() != Some(&b'"') || quoted.last() != Some(&b'"') || quoted.len() < 2 {
        return Err(BAD);
    }
    body.copy_within(span.start + 1..span.end - 1, 0);
    body.truncate(span.len() - 2);
    compact_json_base64(&mut body)?;
    let length = Base64Unpadded::decode_in_place(&mut body).map_err(|_| BAD)?.len();
    if length == 0 {
        return Err(BAD);
    }
    body.truncate(length);
    Ok(body)
}

/// Removes what is no base64 digit and undoes JSON escapes, moving octets to the front.
fn compact_json_base64(text: &mut Vec<u8>) -> Result<(), Es9Error> {
    const BAD: Es9Error = Es9Error::BadField("boundProfilePackage");
    let mut read = 0;
    let mut write = 0;
    while let Some(octet) = text.get(read).copied() {
        read += 1;
        let digit = if octet == b'\\' {
            let escape = text.get(read).copied().ok_or(BAD)?;
            read += 1;
            match escape {
                b'n' | b'r' | b't' => continue,
                b'u' => {
                    let code = text.get(read..read + 4).ok_or(BAD)?;
                    read += 4;
                    let code = std::str::from_utf8(code).map_err(|_| BAD)?;
                    u8::from_str_radix(code, 16).map_err(|_| BAD)?
                }
                other => other,
            }
        } else {
            octet
        };
        if digit.is_ascii_whitespace() {
            continue;
        }
        if let Some(slot) = text.get_mut(write) {
            *slot = digit;
        }
        write += 1;
    }
    text.truncate(write);
    let padding = text.iter().rev().take_while(|octet| **octet == b'=').count();
    text.truncate(write - padding);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(json: &str) -> Result<Vec<u8>, Es9Error> {
        let body = json.as_bytes().to_vec();
        let start = json.find(':').unwrap() + 1;
        let end = json.rfind('}').unwrap();
        take_base64_field(body, start..end)
    }

    #[test]
    fn line_breaks_padding_and_escapes_do_no_harm() {
        let expected = [0xFB, 0xFF, 0xBF, 0x00];
        for text in ["+/+/AA==", "+/+/AA", r"+\/+\/AA==", r"+/+/\r\nAA=\n=", r"\u002b/+/AA\u003d="]
        {
            assert_eq!(
                take(&format!(r#"{{"a":"{text}"}}"#)).as_deref(),
                Ok(&expected[..]),
                "{text}"
            );
        }
        assert_eq!(decode_base64("+/+/\r\n AA==", "x").as_deref(), Ok(&expected[..]));
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["", "A", "####", r"\uZZZZ", "+/+/AA==x"] {
            assert!(take(&format!(r#"{{"a":"{text}"}}"#)).is_err(), "{text}");
        }
        assert!(take(r#"{"a":null}"#).is_err());
        assert!(take(r#"{"a":12}"#).is_err());
        assert_eq!(decode_base64("", "x"), Err(Es9Error::BadField("x")));
    }

    #[test]
    fn nothing_is_copied() {
        let text = base64ct::Base64::encode_string(&vec![7; 100_000]);
        let json = format!(r#"{{"a":"{text}"}}"#);
        let body = json.clone().into_bytes();
        let place = body.as_ptr();
        let decoded = take_base64_field(body, 5..json.len() - 1).unwrap();
        assert_eq!(decoded, vec![7; 100_000]);
        assert_eq!(decoded.as_ptr(), place);
    }

    proptest! {
        #[test]
        fn every_package_comes_back(octets in proptest::collection::vec(any::<u8>(), 1..600)) {
            let text = base64ct::Base64::encode_string(&octets);
            prop_assert_eq!(take(&format!(r#"{{"a":"{text}"}}"#)).unwrap(), octets.clone());
            prop_assert_eq!(decode_base64(&text, "x").unwrap(), octets);
        }
    }
}
