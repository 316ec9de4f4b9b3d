//! What only cards of SGP.22 v3 say, and what no standard knows (facts 3.1, 3.2, 3.10, 3.12).

use lpakit_rsp::Object;
use lpakit_rsp::chip::{
    CertificateIssuer, CertificationData, ConfiguredAddresses, EuiccInfo1, EuiccInfo2,
};
use lpakit_rsp::coding::{self, Bits};
use lpakit_rsp::identifiers::{KeyId, Version};
use lpakit_rsp::tlv::{self, Tag, Writer};

use super::Isdr;
use crate::state::StoredProfile;

const ENABLED_ON_PORT: Tag = Tag::new(0x9F24);
const PROFILE_SIZE: Tag = Tag::new(0x9F25);
/// Of the private class; nobody assigns them.
const PRIVATE: Tag = Tag::new(0xDF01);
const PRIVATE_CONSTRUCTED: Tag = Tag::new(0xFF02);
/// discrete
const DISCRETE: u8 = 0;
const LPA_IN_THE_DEVICE: u32 = 0;
const FURTHER_PACKAGE_VERSION: Version = Version([3, 3, 1]);

impl Isdr {
    pub(super) fn info1_of_version_3(&self) -> EuiccInfo1 {
        let Some(version_3) = &self.config().version_3 else { return EuiccInfo1::default() };
        EuiccInfo1 {
            signing_keys_v3: self.signing_keys(),
            rsp_capability: Some(self.rsp_capability()),
            highest_svn: Some(Version(version_3.highest_svn)),
            ..EuiccInfo1::default()
        }
    }

    pub(super) fn info2_of_version_3(&self) -> EuiccInfo2 {
        let Some(version_3) = &self.config().version_3 else { return EuiccInfo2::default() };
        EuiccInfo2 {
            certification_data: Some(CertificationData {
                platform_label: "LPAKIT-SANDBOX".to_owned(),
                discovery_base_url: "https://platform.example.com".to_owned(),
            }),
            tre_properties: Some(Bits::of(&[DISCRETE])),
            tre_product_reference: Some("LPAKIT".to_owned()),
            additional_profile_package_versions: vec![FURTHER_PACKAGE_VERSION],
            lpa_mode: Some(LPA_IN_THE_DEVICE),
            signing_keys_v3: self.signing_keys(),
            additional_euicc_info: Some(vec![0]),
            highest_svn: Some(Version(version_3.highest_svn)),
            ..EuiccInfo2::default()
        }
    }

    pub(super) fn configured_data_of_version_3(&self) -> ConfiguredAddresses {
        let Some(version_3) = &self.config().version_3 else {
            return ConfiguredAddresses::default();
        };
        let allowed_ci = self.store.state().allowed_ci.as_deref();
        let issuer = |key_id| CertificateIssuer { key_id, name: "Sandbox CI".to_owned() };
        ConfiguredAddresses {
            additional_root_ds_addresses: version_3.additional_root_ds_addresses.clone(),
            allowed_ci_key_id: allowed_ci.map(KeyId::from_octets),
            certificate_issuers: self.verification_keys().into_iter().map(issuer).collect(),
            ..ConfiguredAddresses::default()
        }
    }

    pub(super) fn put_profile_of_version_3(
        &self,
        out: &mut Writer,
        profile: &StoredProfile,
        wanted: &[Tag],
    ) {
        let Some(version_3) = &self.config().version_3 else { return };
        if wanted.contains(&ENABLED_ON_PORT) && profile.enabled {
            coding::put_unsigned(out, ENABLED_ON_PORT, version_3.esim_port);
        }
        if wanted.contains(&PROFILE_SIZE) {
            coding::put_unsigned(out, PROFILE_SIZE, profile.package_length);
        }
    }

    /// An object, coded, with private elements at its end where the card has them.
    pub(super) fn with_private<T: Object>(&self, object: &T) -> Vec<u8> {
        let mut out = Writer::new();
        object.write(&mut out);
        self.put_private(&mut out);
        tlv::encode(T::TAG, &out.into_bytes())
    }

    pub(super) fn put_private(&self, out: &mut Writer) {
        if self.config().quirks.private_tags {
            out.put(PRIVATE, b"private");
            out.put_with(PRIVATE_CONSTRUCTED, |out| out.put(PRIVATE, &[]));
        }
    }
}
