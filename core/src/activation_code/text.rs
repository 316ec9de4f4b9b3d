//! Small text helpers shared by the fields: trimming as people paste, hexadecimal, percent decoding.

use zeroize::Zeroizing;

/// Removes blanks, newlines, no-break spaces and invisible characters from both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// White space, or a character that takes no room on the screen and rides along when text is copied.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The position of the first character that `is_bad` holds for, counted in characters from 1.
pub(super) fn position_of(text: &str, is_bad: impl Fn(char) -> bool) -> Option<usize> {
    text.chars().position(is_bad).map(|index| index + 1)
}

/// What follows `prefix`, compared without regard to ASCII case.
pub(super) fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Lower-case hexadecimal.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hexadecimal of either case; hyphens between digits are ignored.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|c| *c != '-');
    let nibbles: Vec<u8> =
        digits.map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let pairs = nibbles.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

/// Decodes `%XX`; a percent sign that starts no such pair stays. `None` when the result is not UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex_pair(*high, *low),
            _ => None,
        };
        out.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { tail.get(2..)? } else { tail };
    }
    std::str::from_utf8(&out).ok().map(|text| Zeroizing::new(text.to_owned()))
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding() {
        let cases: &[(&str, Option<&str>)] = &[
            ("LPA%3A1%24a%24b", Some("LPA:1$a$b")),
            ("a%2fb%2F", Some("a/b/")),
            ("100%", Some("100%")),
            ("%4", Some("%4")),
            ("%zz%24", Some("%zz$")),
            ("%C3%A9", Some("é")),
            ("%FF", None),
            ("%2524", Some("%24")),
            ("a+b", Some("a+b")),
        ];
        for (text, expected) in cases {
            assert_eq!(percent_decode(text).as_ref().map(|t| t.as_str()), *expected, "{text}");
        }
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(from_hex("81-37-0F51"), Some(vec![0x81, 0x37, 0x0F, 0x51]));
        assert_eq!(from_hex(""), Some(vec![]));
        assert_eq!(from_hex("813"), None);
        assert_eq!(from_hex("8g"), None);
        assert_eq!(to_hex(&[0x81, 0x07]), "8107");
    }
}
