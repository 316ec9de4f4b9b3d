//! The object identifier that names a server or an authority in its certificate.

use std::{fmt, str::FromStr};

use const_oid::ObjectIdentifier;

/// A registeredID: what an activation code, PrepareDownload and a ProfileInstallationResult call
/// the SM-DP+ by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegisteredId(ObjectIdentifier);

/// The text is not an object identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier in dotted form")]
pub struct RegisteredIdError;

impl RegisteredId {
    /// The content bytes, as they stand after tag 06 (or 80, 88 …) and length.
    pub fn der_value(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Self {
        Self(oid)
    }

    pub(crate) fn oid(&self) -> ObjectIdentifier {
        self.0
    }
}

impl FromStr for RegisteredId {
    type Err = RegisteredIdError;

    fn from_str(text: &str) -> Result<Self, RegisteredIdError> {
        ObjectIdentifier::new(text)
            .map(Self)
            .map_err(|_| RegisteredIdError)
    }
}

impl fmt::Display for RegisteredId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_content_bytes() {
        let id: RegisteredId = "2.999.10".parse().unwrap();
        assert_eq!(id.to_string(), "2.999.10");
        assert_eq!(id.der_value(), [0x88, 0x37, 0x0A]);
        assert_eq!("2.x".parse::<RegisteredId>(), Err(RegisteredIdError));
    }
}
