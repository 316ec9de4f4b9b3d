//! BSP: how the segments of a bound profile package are encrypted and chained by MACs
//! (SGP.22 2.6.4, SCP03t style).
//!
//! The server writes with a [`BspProtector`], the card reads with a [`BspReader`]; each keeps the
//! place in the one MAC chain that runs over all 87, 88 and 86 segments in the order they are
//! sent. Every segment uses up one value of the block counter, the MAC-only 88 too.

mod chain;
mod protector;
mod reader;
mod sizes;

#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
mod vector_tests;

pub use protector::BspProtector;
pub use reader::BspReader;
pub use sizes::{MAX_SEGMENT, MIN_SEGMENT};

/// Length of the MAC at the end of each segment: the first half of the CMAC.
pub const MAC_LENGTH: usize = 8;

/// The three tags of protected segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentTag {
    /// 86: a piece of the profile package, encrypted.
    Profile,
    /// 87: ConfigureISDP or ReplaceSessionKeys, encrypted.
    Command,
    /// 88: StoreMetadata, readable by the LPA, with a MAC only.
    Metadata,
}

impl SegmentTag {
    /// The tag byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Profile => 0x86,
            Self::Command => 0x87,
            Self::Metadata => 0x88,
        }
    }

    /// Whether the content is encrypted.
    pub fn is_encrypted(self) -> bool {
        self != Self::Metadata
    }
}

impl TryFrom<u8> for SegmentTag {
    type Error = BspError;

    fn try_from(byte: u8) -> Result<Self, BspError> {
        match byte {
            0x86 => Ok(Self::Profile),
            0x87 => Ok(Self::Command),
            0x88 => Ok(Self::Metadata),
            _ => Err(BspError::Structure(StructureFault::UnknownTag)),
        }
    }
}

/// Why a segment was not written or not read. A card reports [`BspError::Structure`] and
/// [`BspError::Security`] with different reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BspError {
    /// The segment cannot be one: nothing was decrypted.
    #[error("a protected segment is badly formed: {0}")]
    Structure(#[from] StructureFault),
    /// The segment is not what the other side protected, or comes in the wrong order.
    #[error("a protected segment fails its check: {0}")]
    Security(#[from] SecurityFault),
    /// More plaintext than one segment can take.
    #[error("a segment takes at most {max} bytes of plaintext")]
    PlaintextTooLong {
        /// What it takes.
        max: usize,
    },
    /// A largest segment size outside [`MIN_SEGMENT`] to [`MAX_SEGMENT`] was asked for.
    #[error("a largest segment size lies between {MIN_SEGMENT} and {MAX_SEGMENT} bytes")]
    SegmentSize,
}

/// What is wrong with the form of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureFault {
    /// Not 86, 87 or 88.
    #[error("its tag is not 86, 87 or 88")]
    UnknownTag,
    /// Too short to hold a MAC (and a block, if encrypted).
    #[error("it is too short")]
    TooShort,
    /// An encrypted body that does not consist of whole blocks.
    #[error("its ciphertext is not a whole number of blocks")]
    PartBlock,
    /// Longer than the reader was told to accept.
    #[error("it is too long")]
    TooLong,
}

/// What is wrong with the protection of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecurityFault {
    /// The MAC differs: changed, left out, repeated, out of order, or other keys.
    #[error("its MAC differs")]
    Mac,
    /// The MAC is right and yet the padding is none: the sender's encryption key differs.
    #[error("its padding is damaged")]
    Padding,
}
