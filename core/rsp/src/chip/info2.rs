//! EUICCInfo2.

use super::info1::SIGNING_KEYS_V3;
use super::{put_key_list, read_key_list};
use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::{KeyId, Version};
use crate::members::Members;
use crate::object::Object;
use crate::tag::without_leading_zeros;
use crate::tlv::{Fields, Tag, Tlv, Unknown, Writer};

const CERTIFICATION_DATA: Tag = Tag::context_constructed(12);
const PROFILE_PACKAGE_VERSIONS: Tag = Tag::context_constructed(15);
const IOT_SPECIFIC_INFO: Tag = Tag::context_constructed(20);

/// The eUICC's free resources as it states them (TS 102 226, 8.2.1.7.2); snapshots, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtCardResource {
    /// Number of installed applications.
    pub installed_applications: u32,
    /// Free non-volatile memory.
    pub free_non_volatile: u32,
    /// Free volatile memory.
    pub free_volatile: u32,
}

impl ExtCardResource {
    /// Reads what can be read: these numbers inform only, and nothing shall fail for them.
    fn read(element: Tlv<'_>) -> Self {
        let number = |tag| {
            let field = Fields::parse(element.value).ok().and_then(|fields| fields.get(tag));
            field.map_or(0, |field| {
                field.value.iter().fold(0_u32, |sum, octet| {
                    sum.saturating_mul(256).saturating_add((*octet).into())
                })
            })
        };
        Self {
            installed_applications: number(Tag::context(1)),
            free_non_volatile: number(Tag::context(2)),
            free_volatile: number(Tag::context(3)),
        }
    }

    fn octets(&self) -> Vec<u8> {
        let mut out = Writer::new();
        for (tag, number) in
            [(1, self.installed_applications), (2, self.free_non_volatile), (3, self.free_volatile)]
        {
            out.put(Tag::context(tag), without_leading_zeros(&number.to_be_bytes()));
        }
        out.into_bytes()
    }
}

/// How the eUICC was certified (CertificationDataObject).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificationData {
    /// Platform_Label of the security certification (GlobalPlatform DLOA).
    pub platform_label: String,
    /// Where the letters of approval stand.
    pub discovery_base_url: String,
}

impl CertificationData {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let text = |number| fields.require(Tag::context(number)).map(coding::read_name);
        Ok(Self { platform_label: text(0)?, discovery_base_url: text(1)? })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.platform_label.as_bytes());
        out.put(Tag::context(1), self.discovery_base_url.as_bytes());
    }
}

fn read_versions(element: Tlv<'_>) -> Result<Vec<Version>, Fault> {
    element.fields()?.collect(Tag::OCTET_STRING, |version| {
        coding::read_octets(version, "additionalProfilePackageVersions").map(Version)
    })
}

/// EUICCInfo2 (`BF22`): what the eUICC is and can do, in versions 2 and 3.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EuiccInfo2 {
    /// Version of the profile package format (TCA).
    pub profile_version: Version,
    /// SGP.22 version; of a v3 eUICC the lowest one.
    pub svn: Version,
    /// Firmware version.
    pub firmware_version: Version,
    /// Free memory.
    pub ext_card_resource: ExtCardResource,
    /// UICC capabilities (bit numbers in facts 3.2).
    pub uicc_capability: Bits,
    /// Java Card API version.
    pub ts102241_version: Option<Version>,
    /// GlobalPlatform version.
    pub globalplatform_version: Option<Version>,
    /// RSP capabilities (bit numbers in facts 3.2).
    pub rsp_capability: Bits,
    /// CI public keys for verification.
    pub verification_keys: Vec<KeyId>,
    /// CI public keys for signing.
    pub signing_keys: Vec<KeyId>,
    /// Category: 0 other, 1 basic, 2 medium, 3 contactless.
    pub category: Option<u32>,
    /// Policy rules that this eUICC never allows.
    pub forbidden_profile_policy_rules: Option<Bits>,
    /// Protection profile version.
    pub pp_version: Version,
    /// SAS accreditation number of the maker.
    pub sas_accreditation_number: String,
    /// Certification (`AC`).
    pub certification_data: Option<CertificationData>,
    /// treProperties (`8D`, v2.4): bit 0 discrete, 1 integrated, 2 uses remote memory.
    pub tre_properties: Option<Bits>,
    /// treProductReference (`8E`, v2.4).
    pub tre_product_reference: Option<String>,
    /// Further versions of the profile package format (`AF`, v2.4).
    pub additional_profile_package_versions: Vec<Version>,
    /// lpaMode (`90`, v3): 0 LPA in the device, 1 LPA in the eUICC.
    pub lpa_mode: Option<u32>,
    /// CI public keys under which the eUICC has v3 certificates (`B1`, v3).
    pub signing_keys_v3: Vec<KeyId>,
    /// additionalEuiccInfo (`92`, v3).
    pub additional_euicc_info: Option<Vec<u8>>,
    /// The highest SGP.22 version that the eUICC speaks (`93`, v3).
    pub highest_svn: Option<Version>,
    /// ipaMode (`94`, eUICCs for the Internet of Things, SGP.32), octets as they came.
    pub ipa_mode: Option<Vec<u8>>,
    /// iotSpecificInfo (`B4`, SGP.32), content.
    pub iot_specific_info: Option<Vec<u8>>,
    /// What else the eUICC said.
    pub unknown: Unknown,
}

impl Object for EuiccInfo2 {
    const TAG: Tag = Tag::new(0xBF22);
    const NAME: &'static str = "EUICCInfo2";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        let info = Self::read_first(&mut members)?.read_later(&mut members);
        Ok(Self { unknown: members.unknown(), ..info })
    }

    fn write(&self, out: &mut Writer) {
        self.write_first(out);
        self.write_later(out);
        out.put_unknown(&self.unknown);
    }
}

impl EuiccInfo2 {
    /// What SGP.22 v2.0 has.
    fn read_first(members: &mut Members<'_>) -> Result<Self, Fault> {
        let version = |field| move |tlv: Tlv<'_>| coding::read_octets(tlv, field).map(Version);
        let bits = |field| move |tlv: Tlv<'_>| Bits::read(tlv, field);
        let context = Tag::context;
        Ok(Self {
            profile_version: version("profileVersion")(members.require(context(1))?)?,
            svn: version("svn")(members.require(context(2))?)?,
            firmware_version: version("euiccFirmwareVer")(members.require(context(3))?)?,
            ext_card_resource: ExtCardResource::read(members.require(context(4))?),
            uicc_capability: members.read(context(5), bits("uiccCapability"))?.unwrap_or_default(),
            ts102241_version: members.lenient(context(6), version("ts102241Version")),
            globalplatform_version: members.lenient(context(7), version("globalplatformVersion")),
            rsp_capability: members.read(context(8), bits("rspCapability"))?.unwrap_or_default(),
            verification_keys: read_key_list(members.require(Tag::context_constructed(9))?)?,
            signing_keys: read_key_list(members.require(Tag::context_constructed(10))?)?,
            category: members
                .lenient(context(11), |tlv| coding::read_unsigned(tlv, "euiccCategory")),
            forbidden_profile_policy_rules: members
                .read(context(25), bits("forbiddenProfilePolicyRules"))?,
            pp_version: members
                .lenient(Tag::OCTET_STRING, version("ppVersion"))
                .unwrap_or_default(),
            sas_accreditation_number: members
                .get(Tag::UTF8_STRING)
                .map(coding::read_name)
                .unwrap_or_default(),
            ..Self::default()
        })
    }

    /// What later versions added: it informs only.
    fn read_later(self, members: &mut Members<'_>) -> Self {
        Self {
            certification_data: members.lenient(CERTIFICATION_DATA, CertificationData::read),
            tre_properties: members
                .lenient(Tag::context(13), |tlv| Bits::read(tlv, "treProperties")),
            tre_product_reference: members.get(Tag::context(14)).map(coding::read_name),
            additional_profile_package_versions: members
                .lenient(PROFILE_PACKAGE_VERSIONS, read_versions)
                .unwrap_or_default(),
            lpa_mode: members
                .lenient(Tag::context(16), |tlv| coding::read_unsigned(tlv, "lpaMode")),
            signing_keys_v3: members.lenient(SIGNING_KEYS_V3, read_key_list).unwrap_or_default(),
            additional_euicc_info: members.octets(Tag::context(18)),
            highest_svn: members
                .lenient(Tag::context(19), |tlv| coding::read_octets(tlv, "highestSvn"))
                .map(Version),
            ipa_mode: members.octets(Tag::context(20)),
            iot_specific_info: members.octets(IOT_SPECIFIC_INFO),
            ..self
        }
    }

    fn write_first(&self, out: &mut Writer) {
        out.put(Tag::context(1), &self.profile_version.0);
        out.put(Tag::context(2), &self.svn.0);
        out.put(Tag::context(3), &self.firmware_version.0);
        out.put(Tag::context(4), &self.ext_card_resource.octets());
        self.uicc_capability.put(out, Tag::context(5));
        out.put_optional(Tag::context(6), self.ts102241_version.map(|version| version.0));
        out.put_optional(Tag::context(7), self.globalplatform_version.map(|version| version.0));
        self.rsp_capability.put(out, Tag::context(8));
        put_key_list(out, Tag::context_constructed(9), &self.verification_keys);
        put_key_list(out, Tag::context_constructed(10), &self.signing_keys);
        out.put_optional(Tag::context(11), self.category.map(coding::unsigned_octets));
        if let Some(forbidden) = self.forbidden_profile_policy_rules {
            forbidden.put(out, Tag::context(25));
        }
        out.put(Tag::OCTET_STRING, &self.pp_version.0);
        out.put(Tag::UTF8_STRING, self.sas_accreditation_number.as_bytes());
    }

    fn write_later(&self, out: &mut Writer) {
        if let Some(certification) = &self.certification_data {
            out.put_with(CERTIFICATION_DATA, |out| certification.write(out));
        }
        out.put_optional(Tag::context(13), self.tre_properties.map(Bits::octets));
        out.put_optional(Tag::context(14), self.tre_product_reference.as_deref());
        if !self.additional_profile_package_versions.is_empty() {
            out.put_with(PROFILE_PACKAGE_VERSIONS, |list| {
                let versions = self.additional_profile_package_versions.iter();
                versions.for_each(|version| list.put(Tag::OCTET_STRING, &version.0));
            });
        }
        out.put_optional(Tag::context(16), self.lpa_mode.map(coding::unsigned_octets));
        if !self.signing_keys_v3.is_empty() {
            put_key_list(out, SIGNING_KEYS_V3, &self.signing_keys_v3);
        }
        out.put_optional(Tag::context(18), self.additional_euicc_info.as_deref());
        out.put_optional(Tag::context(19), self.highest_svn.map(|version| version.0));
        out.put_optional(Tag::context(20), self.ipa_mode.as_deref());
        out.put_optional(IOT_SPECIFIC_INFO, self.iot_specific_info.as_deref());
    }
}
