//! What an eUICC says about itself: EUICCInfo1, EUICCInfo2, EID, configured addresses, Rules Authorisation Table.

mod addresses;
mod info1;
mod info2;
mod rules;

pub use addresses::{CertificateIssuer, ConfiguredAddresses, SetDefaultDpAddressRequest};
pub use info1::EuiccInfo1;
pub use info2::{CertificationData, EuiccInfo2, ExtCardResource};
pub use rules::{OperatorId, PolicyAuthorisationRule, RulesAuthorisationTable};

use crate::coding;
use crate::error::Fault;
use crate::identifiers::{Eid, KeyId};
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Writer};

/// ES10b.GetEUICCInfo1 request.
pub const GET_EUICC_INFO1: &[u8] = &[0xBF, 0x20, 0x00];
/// ES10b.GetEUICCInfo2 request.
pub const GET_EUICC_INFO2: &[u8] = &[0xBF, 0x22, 0x00];
/// ES10b.GetEUICCChallenge request.
pub const GET_EUICC_CHALLENGE: &[u8] = &[0xBF, 0x2E, 0x00];
/// ES10b.GetRAT request.
pub const GET_RAT: &[u8] = &[0xBF, 0x43, 0x00];
/// ES10a.GetEuiccConfiguredAddresses request.
pub const GET_EUICC_CONFIGURED_ADDRESSES: &[u8] = &[0xBF, 0x3C, 0x00];
/// ES10c.GetEID request: the tag list asks for 5A.
pub const GET_EID: &[u8] = &[0xBF, 0x3E, 0x03, 0x5C, 0x01, 0x5A];

fn read_key_list(element: Tlv<'_>) -> Result<Vec<KeyId>, Fault> {
    element.fields()?.collect(Tag::OCTET_STRING, |key| Ok(KeyId::from_octets(key.value)))
}

fn put_key_list(out: &mut Writer, tag: Tag, keys: &[KeyId]) {
    out.put_with(tag, |list| keys.iter().for_each(|key| list.put(Tag::OCTET_STRING, key.octets())));
}

/// The answer to ES10b.GetEUICCChallenge (`BF2E`): a fresh challenge, which starts a new RSP session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EuiccChallenge(pub [u8; 16]);

impl Object for EuiccChallenge {
    const TAG: Tag = Tag::new(0xBF2E);
    const NAME: &'static str = "GetEuiccChallengeResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let challenge = element.fields()?.require(Tag::context(0))?;
        Ok(Self(coding::read_octets(challenge, "euiccChallenge")?))
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), &self.0);
    }
}

/// The answer to ES10c.GetEID (`BF3E`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetEidResponse(pub Eid);

impl Object for GetEidResponse {
    const TAG: Tag = Tag::new(0xBF3E);
    const NAME: &'static str = "GetEuiccDataResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let eid = element.fields()?.require(Tag::ICCID)?;
        Ok(Self(Eid::from_octets(coding::read_octets(eid, "eidValue")?)))
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::ICCID, self.0.octets());
    }
}
