//! Identifiers that are octets and nothing else.

use std::fmt;

use super::{IdentifierError, hex_octets};
use crate::error::Fault;
use crate::tlv::Tlv;

/// A transaction ID: 1 to 16 octets chosen by the server for one RSP session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransactionId(Vec<u8>);

impl TransactionId {
    /// From 1 to 16 octets.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are none or more.
    pub fn from_octets(octets: &[u8]) -> Result<Self, IdentifierError> {
        if (1..=16).contains(&octets.len()) {
            Ok(Self(octets.to_vec()))
        } else {
            Err(IdentifierError("transaction ID"))
        }
    }

    /// From hexadecimal text in either case, as ES9+ writes it.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is not hexadecimal or too long.
    pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
        Self::from_octets(&hex_octets(text).ok_or(IdentifierError("transaction ID"))?)
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        Self::from_octets(element.value).map_err(|_| Fault::Invalid("transactionId"))
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// A version in three octets: major, minor, revision (binary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub [u8; 3]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, revision] = self.0;
        write!(f, "{major}.{minor}.{revision}")
    }
}

/// A SubjectKeyIdentifier; as a "CI PKID" it names the public key of a certificate issuer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Vec<u8>);

impl KeyId {
    /// From the octets of the identifier (20 for SHA-1 identifiers).
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// An application identifier, 5 to 16 octets (ISO 7816-4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Aid(Vec<u8>);

impl Aid {
    /// From 5 to 16 octets.
    ///
    /// # Errors
    /// [`IdentifierError`] when there are fewer or more.
    pub fn from_octets(octets: &[u8]) -> Result<Self, IdentifierError> {
        if (5..=16).contains(&octets.len()) {
            Ok(Self(octets.to_vec()))
        } else {
            Err(IdentifierError("AID"))
        }
    }

    /// From hexadecimal text.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is not hexadecimal or of another length.
    pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
        Self::from_octets(&hex_octets(text).ok_or(IdentifierError("AID"))?)
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(element: Tlv<'_>, field: &'static str) -> Result<Self, Fault> {
        Self::from_octets(element.value).map_err(|_| Fault::Invalid(field))
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_ids_are_compared_as_octets() {
        assert_eq!(
            TransactionId::from_hex("0aFF").unwrap(),
            TransactionId::from_hex("0Aff").unwrap()
        );
        assert!(TransactionId::from_hex("").is_err());
        assert!(TransactionId::from_hex("0").is_err());
        assert!(TransactionId::from_hex("zz").is_err());
        assert!(TransactionId::from_hex(&"00".repeat(17)).is_err());
    }
}
