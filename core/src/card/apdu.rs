//! APDU details: class bytes of logical channels and status words.

use std::fmt;

/// SW1 and SW2 of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Logical channel not supported: the card has forgotten the channel.
    pub(super) const CHANNEL_UNKNOWN: Self = Self(0x6881);
    /// Checksum error: the command was garbled on its way.
    pub(super) const CHECKSUM: Self = Self(0x6601);
    /// Conditions of use not satisfied; some cards say it to everything after a REFRESH until they are reset.
    pub(super) const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// Wrong data: the card does not understand what it was sent.
    pub(crate) const WRONG_DATA: Self = Self(0x6A80);
    /// The card application toolkit is busy (TS 102 221, 10.2.1.1): later it may not be.
    pub(crate) const TOOLKIT_BUSY: Self = Self(0x9300);

    /// First octet.
    pub const fn sw1(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// Second octet.
    pub const fn sw2(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    /// Done; `91xx` is done with a proactive command waiting.
    pub const fn is_success(self) -> bool {
        self.0 == 0x9000 || self.sw1() == 0x91
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// Splits an answer into data and status word; `None` when it is too short to hold one.
pub(super) fn split_answer(answer: &[u8]) -> Option<(&[u8], StatusWord)> {
    let (data, status) = answer.split_last_chunk::<2>()?;
    Some((data, StatusWord(u16::from_be_bytes(*status))))
}

/// A proprietary class byte (`80`) on a channel: `80` to `83`, then `C0` to `CF` (ISO 7816-4).
pub(super) const fn proprietary_class(channel: u8) -> u8 {
    if channel < 4 { 0x80 | channel } else { 0xC0 | (channel - 4) }
}

/// An interindustry class byte (`00`) on a channel: `00` to `03`, then `40` to `4F`.
pub(super) const fn interindustry_class(channel: u8) -> u8 {
    if channel < 4 { channel } else { 0x40 | (channel - 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_bytes_follow_iso_7816_4_up_to_channel_19() {
        assert_eq!(proprietary_class(0), 0x80);
        assert_eq!(proprietary_class(3), 0x83);
        assert_eq!(proprietary_class(4), 0xC0);
        assert_eq!(proprietary_class(19), 0xCF);
        assert_eq!(interindustry_class(2), 0x02);
        assert_eq!(interindustry_class(4), 0x40);
        assert_eq!(interindustry_class(19), 0x4F);
    }

    #[test]
    fn a_pending_proactive_command_is_success() {
        assert!(StatusWord(0x9110).is_success());
        assert!(StatusWord(0x9000).is_success());
        assert!(!StatusWord(0x6A80).is_success());
        assert!(!StatusWord(0x9300).is_success());
    }
}
