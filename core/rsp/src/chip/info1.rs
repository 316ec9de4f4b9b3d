//! EUICCInfo1.

use super::{put_key_list, read_key_list};
use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::{KeyId, Version};
use crate::members::Members;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Unknown, Writer};

pub(super) const SIGNING_KEYS_V3: Tag = Tag::context_constructed(17);

/// EUICCInfo1 (`BF20`): what every download starts with. Its bytes go to the server unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EuiccInfo1 {
    /// The SGP.22 version that the eUICC speaks; of a v3 eUICC the lowest one.
    pub svn: Version,
    /// CI public keys with which the eUICC verifies servers, most wanted first.
    pub verification_keys: Vec<KeyId>,
    /// CI public keys under which the eUICC itself has certificates, most wanted first.
    pub signing_keys: Vec<KeyId>,
    /// CI public keys under which the eUICC has v3 certificates (`B1`, v3).
    pub signing_keys_v3: Vec<KeyId>,
    /// euiccRspCapability (`88`, v3; bit numbers in facts 3.2).
    pub rsp_capability: Option<Bits>,
    /// The highest SGP.22 version that the eUICC speaks (`93`, v3).
    pub highest_svn: Option<Version>,
    /// What else the eUICC said.
    pub unknown: Unknown,
}

impl Object for EuiccInfo1 {
    const TAG: Tag = Tag::new(0xBF20);
    const NAME: &'static str = "EUICCInfo1";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        Ok(Self {
            svn: Version(coding::read_octets(members.require(Tag::context(2))?, "svn")?),
            verification_keys: read_key_list(members.require(Tag::context_constructed(9))?)?,
            signing_keys: read_key_list(members.require(Tag::context_constructed(10))?)?,
            signing_keys_v3: members.lenient(SIGNING_KEYS_V3, read_key_list).unwrap_or_default(),
            rsp_capability: members
                .lenient(Tag::context(8), |tlv| Bits::read(tlv, "euiccRspCapability")),
            highest_svn: members
                .lenient(Tag::context(19), |tlv| coding::read_octets(tlv, "highestSvn"))
                .map(Version),
            unknown: members.unknown(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(2), &self.svn.0);
        put_key_list(out, Tag::context_constructed(9), &self.verification_keys);
        put_key_list(out, Tag::context_constructed(10), &self.signing_keys);
        if !self.signing_keys_v3.is_empty() {
            put_key_list(out, SIGNING_KEYS_V3, &self.signing_keys_v3);
        }
        out.put_optional(Tag::context(8), self.rsp_capability.map(Bits::octets));
        out.put_optional(Tag::context(19), self.highest_svn.map(|version| version.0));
        out.put_unknown(&self.unknown);
    }
}
