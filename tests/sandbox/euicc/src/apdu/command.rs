//! A command as it comes over T=0 (or from a program that writes a whole short APDU with Le).

use super::Status;

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    pub(crate) class: Class,
    pub(crate) instruction: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    /// The fifth octet: Lc with data, Le without; 0 when it is not there.
    pub(crate) p3: u8,
    pub(crate) data: &'a [u8],
    /// Le after data. T=0 does not have it, so only some cards look at it.
    pub(crate) le: Option<u8>,
    /// The command without an Le after its data.
    pub(crate) octets: &'a [u8],
}

/// What the class octet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    /// 8X and CX (GlobalPlatform, TS 102 221) as against 0X and 4X (ISO).
    pub(crate) proprietary: bool,
    /// The logical channel, 0 to 19.
    pub(crate) channel: u8,
}

impl<'a> Command<'a> {
    /// Takes a command apart. A single octet after the data is an Le.
    pub(crate) fn parse(octets: &'a [u8]) -> Result<Self, Status> {
        let [class, instruction, p1, p2, rest @ ..] = octets else {
            return Err(Status::WRONG_LENGTH);
        };
        let (p3, after) = rest.split_first().map_or((0, rest), |(p3, after)| (*p3, after));
        let (data, le) = if after.is_empty() {
            (after, after)
        } else {
            after.split_at_checked(usize::from(p3)).ok_or(Status::WRONG_LENGTH)?
        };
        if (data.is_empty() && !after.is_empty()) || le.len() > 1 {
            return Err(Status::WRONG_LENGTH);
        }
        Ok(Self {
            class: Class::parse(*class)?,
            instruction: *instruction,
            p1: *p1,
            p2: *p2,
            p3,
            data,
            le: le.first().copied(),
            octets: octets.get(..octets.len() - le.len()).unwrap_or(octets),
        })
    }

    /// Le of a command that only asks: T=0 writes 256 as 0.
    pub(crate) fn expected(&self) -> usize {
        expected(self.p3)
    }

    /// The data of a command that must have some.
    pub(crate) fn some_data(&self) -> Result<&'a [u8], Status> {
        if self.data.is_empty() { Err(Status::WRONG_LENGTH) } else { Ok(self.data) }
    }

    /// Refuses a command that only asks and yet has data.
    pub(crate) fn no_data(&self) -> Result<(), Status> {
        if self.data.is_empty() { Ok(()) } else { Err(Status::WRONG_LENGTH) }
    }
}

/// How much data an Le asks for.
pub(super) fn expected(le: u8) -> usize {
    match le {
        0 => 256,
        some => usize::from(some),
    }
}

impl Class {
    /// 0X and 8X carry channels 0 to 3, 4X and CX channels 4 to 19 (ISO/IEC 7816-4, GlobalPlatform 11.1.4).
    fn parse(octet: u8) -> Result<Self, Status> {
        let proprietary = octet & 0x80 != 0;
        let further = octet & 0x40 != 0;
        let (channel, secure, chained) = match (further, octet & 0x30) {
            (false, 0x00 | 0x10) => (octet & 0x03, octet & 0x0C != 0, octet & 0x10 != 0),
            // 9X and AX are neither GlobalPlatform's nor TS 102 221's here; 2X and 3X are not assigned.
            (false, _) => return Err(Status::CLASS_NOT_SUPPORTED),
            (true, _) => ((octet & 0x0F) + 4, octet & 0x20 != 0, octet & 0x10 != 0),
        };
        if octet == 0xFF || (proprietary && !further && chained) {
            return Err(Status::CLASS_NOT_SUPPORTED);
        }
        if secure {
            return Err(Status::SECURE_MESSAGING_NOT_SUPPORTED);
        }
        if chained {
            return Err(Status::CHAINING_NOT_SUPPORTED);
        }
        Ok(Self { proprietary, channel })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(octet: u8) -> Result<(bool, u8), Status> {
        Class::parse(octet).map(|class| (class.proprietary, class.channel))
    }

    #[test]
    fn channels_0_to_3_and_4_to_19_have_their_own_class_octets() {
        assert_eq!(class(0x00), Ok((false, 0)));
        assert_eq!(class(0x03), Ok((false, 3)));
        assert_eq!(class(0x40), Ok((false, 4)));
        assert_eq!(class(0x4F), Ok((false, 19)));
        assert_eq!(class(0x80), Ok((true, 0)));
        assert_eq!(class(0x83), Ok((true, 3)));
        assert_eq!(class(0xC0), Ok((true, 4)));
        assert_eq!(class(0xCF), Ok((true, 19)));
    }

    #[test]
    fn other_class_octets_are_refused_by_what_they_ask_for() {
        assert_eq!(class(0x84), Err(Status::SECURE_MESSAGING_NOT_SUPPORTED));
        assert_eq!(class(0xE1), Err(Status::SECURE_MESSAGING_NOT_SUPPORTED));
        assert_eq!(class(0x10), Err(Status::CHAINING_NOT_SUPPORTED));
        assert_eq!(class(0xD0), Err(Status::CHAINING_NOT_SUPPORTED));
        for octet in [0x20, 0x90, 0xA0, 0xB0, 0xFF] {
            assert_eq!(class(octet), Err(Status::CLASS_NOT_SUPPORTED), "{octet:02X}");
        }
    }

    #[test]
    fn lengths_must_close_but_an_le_is_allowed() {
        let with_le = [0x80, 0xE2, 0x91, 0x00, 0x02, 0xAA, 0xBB, 0x00];
        let command = Command::parse(&with_le).unwrap();
        assert_eq!((command.data, command.le), (&[0xAA, 0xBB][..], Some(0)));
        assert_eq!(command.octets, &with_le[..7]);
        assert_eq!(Command::parse(&with_le[..7]).unwrap().le, None);
        assert_eq!(Command::parse(&with_le[..7]).unwrap().data, [0xAA, 0xBB]);
        assert_eq!(Command::parse(&with_le[..5]).unwrap().p3, 2);
        assert_eq!(Command::parse(&with_le[..4]).unwrap().expected(), 256);
        for bad in [&with_le[..6], &with_le[..3], &[0x80, 0xE2, 0x91, 0x00, 0x00, 0x01, 0xAA], &[]]
        {
            assert_eq!(Command::parse(bad), Err(Status::WRONG_LENGTH));
        }
    }
}
