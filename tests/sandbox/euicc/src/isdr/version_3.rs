//! What only cards of SGP.22 v3 say, and what no standard knows (facts 3.1, 3.2, 3.10, 3.12).

use lpakit_rsp::Object;
use lpakit_rsp::coding;
use lpakit_rsp::identifiers::KeyId;
use lpakit_rsp::tlv::{self, Tag, Writer};

use super::Isdr;
use crate::state::StoredProfile;

const RSP_CAPABILITY: Tag = Tag::context(8);
const CERTIFICATION_DATA: Tag = Tag::context_constructed(12);
const TRE_PROPERTIES: Tag = Tag::context(13);
const TRE_PRODUCT_REFERENCE: Tag = Tag::context(14);
const FURTHER_PACKAGE_VERSIONS: Tag = Tag::context_constructed(15);
const LPA_MODE: Tag = Tag::context(16);
const SIGNING_KEYS_V3: Tag = Tag::context_constructed(17);
const FURTHER_INFORMATION: Tag = Tag::context(18);
const HIGHEST_SVN: Tag = Tag::context(19);
const FURTHER_ROOT_DS: Tag = Tag::context_constructed(2);
const ALLOWED_CI: Tag = Tag::context(3);
const CI_LIST: Tag = Tag::context_constructed(4);
const ENABLED_ON_PORT: Tag = Tag::new(0x9F24);
const PROFILE_SIZE: Tag = Tag::new(0x9F25);
/// Of the private class; nobody assigns them.
const PRIVATE: Tag = Tag::new(0xDF01);
const PRIVATE_CONSTRUCTED: Tag = Tag::new(0xFF02);
/// discrete
const DISCRETE: &[u8] = &[0x07, 0x80];

impl Isdr {
    /// An object with what a card of v3 adds at its end, and private elements where the card has them.
    pub(super) fn with_version_3<T: Object>(
        &self,
        object: &T,
        add: impl FnOnce(&Self, &mut Writer),
    ) -> Vec<u8> {
        let mut out = Writer::new();
        object.write(&mut out);
        add(self, &mut out);
        self.put_private(&mut out);
        tlv::encode(T::TAG, &out.into_bytes())
    }

    pub(super) fn put_private(&self, out: &mut Writer) {
        if self.config().quirks.private_tags {
            out.put(PRIVATE, b"private");
            out.put_with(PRIVATE_CONSTRUCTED, |out| out.put(PRIVATE, &[]));
        }
    }

    pub(super) fn put_info1_of_version_3(&self, out: &mut Writer) {
        let Some(version_3) = &self.config().version_3 else { return };
        put_keys(out, SIGNING_KEYS_V3, &self.signing_keys());
        self.rsp_capability().put(out, RSP_CAPABILITY);
        out.put(HIGHEST_SVN, &version_3.highest_svn);
    }

    pub(super) fn put_info2_of_version_3(&self, out: &mut Writer) {
        let Some(version_3) = &self.config().version_3 else { return };
        out.put_with(CERTIFICATION_DATA, |out| {
            out.put(Tag::context(0), b"LPAKIT-SANDBOX");
            out.put(Tag::context(1), b"https://platform.example.com");
        });
        out.put(TRE_PROPERTIES, DISCRETE);
        out.put(TRE_PRODUCT_REFERENCE, b"LPAKIT");
        out.put_with(FURTHER_PACKAGE_VERSIONS, |out| out.put(Tag::OCTET_STRING, &[3, 3, 1]));
        // In the device.
        out.put(LPA_MODE, &[0]);
        put_keys(out, SIGNING_KEYS_V3, &self.signing_keys());
        out.put(FURTHER_INFORMATION, &[0]);
        out.put(HIGHEST_SVN, &version_3.highest_svn);
    }

    pub(super) fn put_configured_data_of_version_3(&self, out: &mut Writer) {
        let Some(version_3) = &self.config().version_3 else { return };
        if !version_3.additional_root_ds_addresses.is_empty() {
            out.put_with(FURTHER_ROOT_DS, |out| {
                for address in &version_3.additional_root_ds_addresses {
                    out.put(Tag::UTF8_STRING, address.as_bytes());
                }
            });
        }
        out.put_optional(ALLOWED_CI, self.store.state().allowed_ci.as_deref());
        put_keys(out, CI_LIST, &self.verification_keys());
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
}

fn put_keys(out: &mut Writer, tag: Tag, keys: &[KeyId]) {
    out.put_with(tag, |list| keys.iter().for_each(|key| list.put(Tag::OCTET_STRING, key.octets())));
}
