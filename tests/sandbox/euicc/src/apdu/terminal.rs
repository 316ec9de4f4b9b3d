//! TERMINAL CAPABILITY (TS 102 221 11.1.19).

use lpakit_rsp::tlv::{Tag, Tlv};

use super::Status;

/// What the terminal has said of itself since the last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TerminalCapability {
    /// It can use logical channels above 3.
    pub(crate) extended_channels: bool,
    /// It manages profiles: LUId, LPDd or LDSd.
    pub(crate) manages_profiles: bool,
}

impl TerminalCapability {
    /// Reads the template A9.
    pub(crate) fn read(data: &[u8]) -> Result<Self, Status> {
        let fields = Tlv::parse_as(data, Tag::new(0xA9)).and_then(|template| template.fields());
        let fields = fields.map_err(|_| Status::WRONG_DATA)?;
        let euicc = fields.get(Tag::new(0x83));
        Ok(Self {
            extended_channels: fields.get(Tag::new(0x81)).is_some(),
            manages_profiles: euicc
                .is_some_and(|field| field.value.first().is_some_and(|bits| bits & 0x07 != 0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_seen_in_the_field() {
        let long =
            TerminalCapability::read(&[0xA9, 0x08, 0x81, 0x00, 0x82, 0x01, 0x01, 0x83, 0x01, 0x07])
                .unwrap();
        assert!(long.extended_channels && long.manages_profiles);
        let short = TerminalCapability::read(&[0xA9, 0x03, 0x83, 0x01, 0x07]).unwrap();
        assert!(!short.extended_channels && short.manages_profiles);
        assert_eq!(TerminalCapability::read(&[0xA9, 0x00]), Ok(TerminalCapability::default()));
        assert_eq!(TerminalCapability::read(&[0xA9, 0x05, 0x83]), Err(Status::WRONG_DATA));
    }
}
