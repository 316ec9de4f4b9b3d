//! Profiles to install.

use lpakit_rsp::Object;
use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Iccid, MccMnc};
use lpakit_rsp::notifications::EventSet;
use lpakit_rsp::profiles::{NotificationConfiguration, PolicyRules, ProfileClass, ProfileMetadata};
use lpakit_rsp::tlv::{Tag, encode};

use super::ADDRESS;

pub const ICCID: &str = "8944501234567890123";
pub const OTHER_ICCID: &str = "8944500000000000017";

/// Metadata and package of one profile.
#[derive(Clone)]
pub struct Profile {
    pub metadata: ProfileMetadata,
    pub package: Vec<u8>,
}

/// Metadata that wants its SM-DP+ told of everything.
fn metadata(iccid: &str) -> ProfileMetadata {
    let iccid = Iccid::from_digits(iccid).unwrap();
    ProfileMetadata {
        notification_configurations: vec![NotificationConfiguration {
            events: EventSet::all(),
            address: ADDRESS.to_owned(),
        }],
        owner: Some(OperatorId {
            mcc_mnc: MccMnc::from_digits("262", "01").unwrap(),
            gid1: None,
            gid2: None,
        }),
        ..ProfileMetadata::new(iccid, "Operator", "Plan")
    }
}

impl Profile {
    pub fn new(iccid: &str) -> Self {
        let metadata = metadata(iccid);
        let package = Self::package(&metadata.iccid, 3000);
        Self { metadata, package }
    }

    /// Header, one element with `filling` octets, end.
    pub fn package(iccid: &Iccid, filling: usize) -> Vec<u8> {
        let header = [
            encode(Tag::new(0x80), &[2]),
            encode(Tag::new(0x81), &[3]),
            encode(Tag::new(0x83), &iccid.octets().map(|octet| octet.rotate_left(4))),
        ];
        [
            encode(Tag::new(0xA0), &header.concat()),
            encode(Tag::new(0xB0), &vec![0x5A; filling]),
            encode(Tag::new(0xAA), &[0xA0, 0x05, 0x80, 0x00, 0x81, 0x01, 0x63]),
        ]
        .concat()
    }

    pub fn with_rules(mut self, bits: &[u8]) -> Self {
        self.metadata.policy_rules = PolicyRules(Bits::of(bits));
        self
    }

    pub fn of_class(mut self, class: ProfileClass) -> Self {
        self.metadata.class = class;
        self
    }

    pub fn bf25(&self) -> Vec<u8> {
        self.metadata.encode()
    }
}
