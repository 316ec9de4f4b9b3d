//! The confirmation code: a secret the operator gives the person apart from the activation code.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use zeroize::Zeroizing;

use super::text;

/// The longest confirmation code taken, in bytes. Real ones have four to ten characters.
const MAX_LENGTH: usize = 64;

/// A confirmation code as typed (SGP.22 clause 4.7). Redacted in `Debug`, wiped from memory when dropped.
///
/// It goes into `hashCc` byte for byte, so its case is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmationCode(Zeroizing<String>);

/// Why a text is not a confirmation code. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfirmationCodeError {
    /// Nothing but blanks.
    #[error("the confirmation code is empty")]
    Empty,
    /// Longer than any confirmation code in use.
    #[error("the confirmation code is longer than {limit} bytes")]
    TooLong {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// A blank, an invisible character or a control character inside the code.
    #[error("invalid character in the confirmation code at position {position}")]
    InvalidCharacter {
        /// Where in the code, counted in characters from 1.
        position: usize,
    },
}

impl ConfirmationCodeError {
    /// A stable name of this error for apps, catalogues and telemetry. The list may grow.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "confirmation_code.empty",
            Self::TooLong { .. } => "confirmation_code.too_long",
            Self::InvalidCharacter { .. } => "confirmation_code.invalid_character",
        }
    }
}

impl ConfirmationCode {
    /// Takes a code as typed; blanks and invisible characters around it, which come with pasting, are removed.
    ///
    /// # Errors
    /// [`ConfirmationCodeError`] when nothing is left, when it is longer than 64 bytes, or when it has a blank,
    /// an invisible or a control character inside.
    pub fn new(text: &str) -> Result<Self, ConfirmationCodeError> {
        let code = text::trim(text);
        if code.is_empty() {
            return Err(ConfirmationCodeError::Empty);
        }
        if code.len() > MAX_LENGTH {
            return Err(ConfirmationCodeError::TooLong { limit: MAX_LENGTH });
        }
        if let Some(position) = text::position_of(code, |c| text::is_blank(c) || c.is_control()) {
            return Err(ConfirmationCodeError::InvalidCharacter { position });
        }
        Ok(Self(Zeroizing::new(code.to_owned())))
    }

    /// The bytes that are hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl FromStr for ConfirmationCode {
    type Err = ConfirmationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmationCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_as_typed_without_the_blanks_around() {
        for (typed, bytes) in [
            ("1234", &b"1234"[..]),
            (" 12ab\n", b"12ab"),
            ("\u{200B}aBc\u{00A0}", b"aBc"),
            ("Grün", "Grün".as_bytes()),
            (&"9".repeat(64), "9".repeat(64).as_bytes()),
        ] {
            assert_eq!(ConfirmationCode::new(typed).unwrap().as_bytes(), bytes);
        }
    }

    #[test]
    fn refused() {
        let cases = [
            ("", ConfirmationCodeError::Empty, "confirmation_code.empty"),
            (" \t\u{FEFF}", ConfirmationCodeError::Empty, "confirmation_code.empty"),
            (
                &"9".repeat(65),
                ConfirmationCodeError::TooLong { limit: 64 },
                "confirmation_code.too_long",
            ),
            (
                "12 34",
                ConfirmationCodeError::InvalidCharacter { position: 3 },
                "confirmation_code.invalid_character",
            ),
            (
                "é\0",
                ConfirmationCodeError::InvalidCharacter { position: 2 },
                "confirmation_code.invalid_character",
            ),
        ];
        for (typed, error, key) in cases {
            assert_eq!(ConfirmationCode::new(typed), Err(error), "{typed:?}");
            assert_eq!(error.key(), key);
        }
    }

    #[test]
    fn debug_is_redacted() {
        let code: ConfirmationCode = "5EC4E7".parse().unwrap();
        assert_eq!(format!("{code:?}"), "ConfirmationCode(redacted)");
    }
}
