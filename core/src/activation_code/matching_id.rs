//! The token of an activation code, which the server knows as matching ID.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::error::ActivationCodeError;
use super::text;

/// The longest token taken, in characters. The standard names no limit of its own within the 255 of a whole code.
const MAX_LENGTH: usize = 1024;

/// The token of an activation code or the EventID of an SM-DS event, sent to the server as `matchingId`
/// (SGP.22 clauses 4.1 and 5.6.3). May be empty: the order is then bound to the EID.
///
/// Worth a paid plan until it is used: redacted in `Debug`, wiped from memory when dropped, never changed in case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MatchingId(Zeroizing<String>);

impl MatchingId {
    /// Takes a token as entered; blanks and invisible characters around it are removed.
    ///
    /// # Errors
    /// [`ActivationCodeError::InvalidToken`] for control characters, `$` and characters outside ASCII,
    /// [`ActivationCodeError::TokenTooLong`] beyond 1024 characters.
    pub fn new(text: &str) -> Result<Self, ActivationCodeError> {
        let token = text::trim(text);
        if let Some(position) = text::position_of(token, is_refused) {
            return Err(ActivationCodeError::InvalidToken { position });
        }
        if token.len() > MAX_LENGTH {
            return Err(ActivationCodeError::TokenTooLong { limit: MAX_LENGTH });
        }
        Ok(Self(Zeroizing::new(token.to_owned())))
    }

    /// The empty matching ID, for orders bound to the EID and for the default SM-DP+.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The token itself, to be sent to the server and to nobody else.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the token has characters other than ASCII letters, digits and hyphen. Some servers' have.
    pub fn has_unusual_characters(&self) -> bool {
        !self.0.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    }
}

fn is_refused(c: char) -> bool {
    c == '$' || !c.is_ascii() || c.is_ascii_control()
}

impl FromStr for MatchingId {
    type Err = ActivationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl fmt::Debug for MatchingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "MatchingId(empty)" } else { "MatchingId(redacted)" })
    }
}
