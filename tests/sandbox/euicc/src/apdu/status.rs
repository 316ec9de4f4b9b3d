//! Status words.

/// SW1 SW2 (ISO/IEC 7816-4, TS 102 221, facts 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u16);

impl Status {
    pub(crate) const OK: Self = Self(0x9000);
    pub(crate) const MEMORY_FAILURE: Self = Self(0x6581);
    pub(crate) const CHECKSUM_ERROR: Self = Self(0x6601);
    pub(crate) const WRONG_LENGTH: Self = Self(0x6700);
    pub(crate) const CHANNEL_NOT_SUPPORTED: Self = Self(0x6881);
    pub(crate) const SECURE_MESSAGING_NOT_SUPPORTED: Self = Self(0x6882);
    pub(crate) const CHAINING_NOT_SUPPORTED: Self = Self(0x6884);
    pub(crate) const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    pub(crate) const WRONG_DATA: Self = Self(0x6A80);
    pub(crate) const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    pub(crate) const NOT_FOUND: Self = Self(0x6A82);
    pub(crate) const NOT_ENOUGH_MEMORY: Self = Self(0x6A84);
    pub(crate) const WRONG_PARAMETERS: Self = Self(0x6A86);
    pub(crate) const REFERENCED_DATA_NOT_FOUND: Self = Self(0x6A88);
    pub(crate) const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);
    pub(crate) const CLASS_NOT_SUPPORTED: Self = Self(0x6E00);
    pub(crate) const NO_DIAGNOSIS: Self = Self(0x6F00);
    pub(crate) const TOOLKIT_BUSY: Self = Self(0x9300);

    /// `61xx`: so many octets wait for GET RESPONSE; 00 stands for 256 or more.
    pub(crate) fn more(octets: usize) -> Self {
        Self(0x6100 | u16::from(length_octet(octets)))
    }

    /// `6Cxx`: the same command again with this Le.
    pub(crate) fn right_length(octets: usize) -> Self {
        Self(0x6C00 | u16::from(length_octet(octets)))
    }

    /// `91xx`: done, and a proactive command of so many octets waits for FETCH.
    pub(crate) fn proactive(octets: usize) -> Self {
        Self(0x9100 | u16::from(length_octet(octets)))
    }
}

fn length_octet(octets: usize) -> u8 {
    u8::try_from(octets).unwrap_or(0)
}
