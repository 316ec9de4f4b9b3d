//! Elements that nobody here knows, kept as they came.

use std::fmt;

use crate::error::Fault;
use crate::tlv::{Fields, Reader, Tlv};

/// Elements of an object that this version does not know, or could not read, as they came and in their order. They
/// are written back after the known ones, so that nothing a card or server says is lost. Empty for most objects, and
/// then it costs no allocation.
///
/// `Debug` shows their tags and lengths only: what stands in them may be a secret.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Unknown(Vec<u8>);

impl Unknown {
    /// No element.
    pub const NONE: Self = Self(Vec::new());

    /// From whole elements one after another, for an object that shall say more than this version knows. Tags that
    /// the object does know are read as such when it comes back.
    ///
    /// # Errors
    /// [`Fault`] when these are no whole elements.
    pub fn from_octets(octets: &[u8]) -> Result<Self, Fault> {
        Fields::parse(octets).map(|elements| Self::of(elements.iter()))
    }

    pub(crate) fn of<'a>(elements: impl Iterator<Item = Tlv<'a>> + Clone) -> Self {
        let length = elements.clone().map(|element| element.raw.len()).sum();
        let mut octets = Vec::with_capacity(length);
        for element in elements {
            octets.extend_from_slice(element.raw);
        }
        Self(octets)
    }

    /// True when everything was known.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements one after another, headers included.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The elements, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Tlv<'_>> {
        let mut reader = Reader::new(&self.0);
        std::iter::from_fn(move || reader.read().ok())
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
