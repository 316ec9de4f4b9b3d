//! What can be wrong with a data object.

use crate::tag::Tag;

/// A data object that could not be read. It names the object and the fault, and never carries the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{object}: {fault}")]
pub struct RspError {
    /// SGP.22's name of the object that could not be read, for example `EUICCInfo2`.
    pub object: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// The fault of a [`RspError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A tag, a length or a value ends early.
    #[error("cut short")]
    Truncated,
    /// A tag of more than four octets.
    #[error("tag too long")]
    TagTooLong,
    /// The indefinite length form, which DER does not have.
    #[error("indefinite length")]
    IndefiniteLength,
    /// A length of more than four octets.
    #[error("length too long")]
    LengthTooLong,
    /// Octets after the end of the object.
    #[error("trailing octets")]
    TrailingOctets,
    /// Another tag than the one that belongs here.
    #[error("tag {found} where {expected} belongs")]
    UnexpectedTag {
        /// The tag that belongs here.
        expected: Tag,
        /// The tag that stands here.
        found: Tag,
    },
    /// A mandatory element is missing.
    #[error("element {0} is missing")]
    Missing(Tag),
    /// An element has a value that its type does not allow; the field is named.
    #[error("bad value of {0}")]
    Invalid(&'static str),
    /// More entries than any real list has.
    #[error("too many {0}")]
    TooMany(&'static str),
}

impl Fault {
    /// The fault, as found in `object`.
    pub const fn of(self, object: &'static str) -> RspError {
        RspError { object, fault: self }
    }
}
