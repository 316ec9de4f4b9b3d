//! The common shape of every SGP.22 type.

use std::ops::Deref;

use crate::error::{Fault, RspError};
use crate::tlv::{self, Fields, Tag, Tlv, Writer};

/// A type of SGP.22's ASN.1 module that is one element with a fixed tag.
pub trait Object: Sized {
    /// The tag it travels under.
    const TAG: Tag;
    /// Its name in SGP.22, for errors.
    const NAME: &'static str;

    /// Reads the element's value.
    fn read(element: Tlv<'_>) -> Result<Self, Fault>;

    /// Writes the element's value, without its header.
    fn write(&self, out: &mut Writer);

    /// Reads the object from bytes that hold it and nothing else.
    ///
    /// # Errors
    /// [`RspError`] naming the object and what is wrong with it.
    fn decode(bytes: &[u8]) -> Result<Self, RspError> {
        Tlv::parse_as(bytes, Self::TAG).and_then(Self::read).map_err(|fault| fault.of(Self::NAME))
    }

    /// The object in DER.
    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        tlv::encode(Self::TAG, &out.into_bytes())
    }

    /// Reads the object out of the members of another one.
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Fault> {
        Self::read(fields.require(Self::TAG)?)
    }

    /// Puts the whole object, header included, into another one.
    fn put(&self, out: &mut Writer) {
        out.put_with(Self::TAG, |inner| self.write(inner));
    }
}

/// An object together with the very bytes it was read from. Signed objects travel like this, so that they are
/// never encoded again.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw<T> {
    value: T,
    raw: Vec<u8>,
}

impl<T: std::fmt::Debug> std::fmt::Debug for Raw<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The bytes hold what the value's own `Debug` keeps back.
        f.debug_tuple("Raw").field(&self.value).finish()
    }
}

impl<T: Object> Raw<T> {
    /// Reads the object and keeps the bytes.
    ///
    /// # Errors
    /// As [`Object::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RspError> {
        Ok(Self { value: T::decode(bytes)?, raw: bytes.to_vec() })
    }

    /// Codes a new object; what comes out is what will be signed.
    pub fn new(value: T) -> Self {
        let raw = value.encode();
        Self { value, raw }
    }

    /// Reads the object from an element of another one.
    pub fn from_element(element: Tlv<'_>) -> Result<Self, Fault> {
        let value = T::read(element.expect(T::TAG)?)?;
        Ok(Self { value, raw: element.raw.to_vec() })
    }

    /// The bytes as they came (or were first written), header included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The bytes, given away.
    pub fn into_raw(self) -> Vec<u8> {
        self.raw
    }

    /// The decoded value, given away.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
