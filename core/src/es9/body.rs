//! Base64 fields, tolerant of line breaks and missing padding.

use base64ct::{Base64Unpadded, Encoding};

use super::Es9Error;

/// Decodes a field.
pub(super) fn decode_base64(text: &str, field: &'static str) -> Result<Vec<u8>, Es9Error> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let decoded = Base64Unpadded::decode_vec(compact.trim_end_matches('='));
    decoded.ok().filter(|octets| !octets.is_empty()).ok_or(Es9Error::BadField(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_padding_do_no_harm() {
        let expected = [0xFB, 0xFF, 0xBF, 0x00];
        for text in ["+/+/AA==", "+/+/AA", "+/+/\r\n AA=="] {
            assert_eq!(decode_base64(text, "x").as_deref(), Ok(&expected[..]), "{text}");
        }
        for text in ["", "A", "####", "+/+/AA==x"] {
            assert_eq!(decode_base64(text, "x"), Err(Es9Error::BadField("x")), "{text}");
        }
    }
}
