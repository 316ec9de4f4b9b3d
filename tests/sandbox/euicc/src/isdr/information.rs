//! What the card says of itself: EUICCInfo1, EUICCInfo2, EID (SGP.22 5.7.8, 5.7.20).

use lpakit_rsp::Object;
use lpakit_rsp::chip::{EuiccInfo1, EuiccInfo2, ExtCardResource, GetEidResponse};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Eid, KeyId, Version};
use lpakit_rsp::tlv::{Tag, Tlv};

use super::{Answer, Isdr};
use crate::apdu::Status;
use crate::credentials::Identity;

/// usim, isim, akaMilenage, akaTuak128, javacard, berTlv (facts 3.2).
const UICC_CAPABILITY: &[u8] = &[1, 2, 4, 6, 14, 19];
/// additionalProfile, testProfile, deviceInfoExtensibility.
const RSP_CAPABILITY: &[u8] = &[0, 3, 4];
/// LoadCRL is understood.
const CRL: u8 = 1;
/// profileSizeInProfilesInfo, euiccRspCapInInfo1.
const RSP_CAPABILITY_V3: &[u8] = &[14, 18];
const JAVA_CARD_API: [u8; 3] = [9, 2, 0];
const GLOBALPLATFORM: [u8; 3] = [2, 3, 0];
const PROTECTION_PROFILE: [u8; 3] = [1, 0, 0];
/// medium eUICC
const CATEGORY: u32 = 2;
const SAS_NUMBER: &str = "LPAKIT-SANDBOX";

/// EUICCInfo2 with a profileVersion of one octet and nothing else.
const MALFORMED_EUICC_INFO2: &[u8] = &[0xBF, 0x22, 0x03, 0x81, 0x01, 0x02];

const TAG_LIST: Tag = Tag::new(0x5C);
const EID_TAG: u8 = 0x5A;

impl Isdr {
    /// EUICCInfo1, coded.
    pub(super) fn euicc_info1(&self) -> Vec<u8> {
        let info = EuiccInfo1 {
            svn: Version(self.config().svn),
            verification_keys: self.verification_keys(),
            signing_keys: self.signing_keys(),
            ..self.info1_of_version_3()
        };
        self.with_private(&info)
    }

    /// EUICCInfo2, coded.
    pub(super) fn euicc_info2(&self) -> Vec<u8> {
        let state = self.store.state();
        let config = &state.config;
        let forbidden = config.forbidden_policy_rules.bits();
        let info = EuiccInfo2 {
            profile_version: Version(config.profile_version),
            svn: Version(config.svn),
            firmware_version: Version(config.firmware_version),
            ext_card_resource: ExtCardResource {
                installed_applications: u32::try_from(state.profiles.len()).unwrap_or(u32::MAX),
                free_non_volatile: state.free_memory(),
                free_volatile: config.volatile_memory,
            },
            uicc_capability: Bits::of(UICC_CAPABILITY),
            ts102241_version: Some(Version(JAVA_CARD_API)),
            globalplatform_version: Some(Version(GLOBALPLATFORM)),
            rsp_capability: self.rsp_capability(),
            verification_keys: self.verification_keys(),
            signing_keys: self.signing_keys(),
            category: Some(CATEGORY),
            forbidden_profile_policy_rules: Some(forbidden).filter(|bits| !bits.is_empty()),
            pp_version: Version(PROTECTION_PROFILE),
            sas_accreditation_number: SAS_NUMBER.to_owned(),
            ..self.info2_of_version_3()
        };
        self.with_private(&info)
    }

    /// ES10b.GetEUICCInfo2.
    pub(super) fn euicc_info2_answer(&self) -> Vec<u8> {
        if self.config().quirks.malformed_euicc_info2 {
            return MALFORMED_EUICC_INFO2.to_vec();
        }
        self.euicc_info2()
    }

    pub(super) fn rsp_capability(&self) -> Bits {
        let config = self.config();
        let capability = Bits::of(RSP_CAPABILITY);
        let capability = if config.loads_crls { capability.with(CRL) } else { capability };
        match &config.version_3 {
            Some(_) => RSP_CAPABILITY_V3.iter().fold(capability, |bits, bit| bits.with(*bit)),
            None => capability,
        }
    }

    /// ES10c.GetEID. The tag list must ask for the EID; there is nothing else to ask for.
    pub(super) fn eid_answer(&self, request: Tlv<'_>) -> Answer {
        let fields = request.fields().map_err(|_| Status::WRONG_DATA)?;
        let list = fields.get(TAG_LIST).ok_or(Status::WRONG_DATA)?;
        if !list.value.contains(&EID_TAG) {
            return Err(Status::WRONG_DATA.into());
        }
        let eid = Eid::from_octets(*self.credentials.eid().octets());
        Ok(GetEidResponse(eid).encode())
    }

    pub(super) fn verification_keys(&self) -> Vec<KeyId> {
        self.credentials.roots().key_ids().map(KeyId::from_octets).collect()
    }

    pub(super) fn signing_keys(&self) -> Vec<KeyId> {
        let identities = self.credentials.identities().iter();
        identities.map(Identity::ci_key_id).map(KeyId::from_octets).collect()
    }
}
