//! What an eUICC says about itself: EUICCInfo1, EUICCInfo2, EID, configured addresses, Rules Authorisation Table.

use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::{Eid, KeyId, MccMnc, Version};
use crate::object::Object;
use crate::tag::without_leading_zeros;
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
    let fields = element.fields()?;
    Ok(fields
        .iter()
        .filter(|field| field.tag == Tag::OCTET_STRING)
        .map(|field| KeyId::from_octets(field.value))
        .collect())
}

fn put_key_list(out: &mut Writer, tag: Tag, keys: &[KeyId]) {
    out.put_with(tag, |list| {
        for key in keys {
            list.put(Tag::OCTET_STRING, key.octets());
        }
    });
}

/// EUICCInfo1 (`BF20`): what every download starts with. Its bytes go to the server unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EuiccInfo1 {
    /// The SGP.22 version that the eUICC speaks.
    pub svn: Version,
    /// CI public keys with which the eUICC verifies servers, most wanted first.
    pub verification_keys: Vec<KeyId>,
    /// CI public keys under which the eUICC itself has certificates, most wanted first.
    pub signing_keys: Vec<KeyId>,
}

impl Object for EuiccInfo1 {
    const TAG: Tag = Tag::new(0xBF20);
    const NAME: &'static str = "EUICCInfo1";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self {
            svn: Version(coding::read_octets(fields.require(Tag::context(2))?, "svn")?),
            verification_keys: read_key_list(fields.require(Tag::context_constructed(9))?)?,
            signing_keys: read_key_list(fields.require(Tag::context_constructed(10))?)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(2), &self.svn.0);
        put_key_list(out, Tag::context_constructed(9), &self.verification_keys);
        put_key_list(out, Tag::context_constructed(10), &self.signing_keys);
    }
}

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
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let number = |tag: u8| {
            fields.get(Tag::new(u32::from(tag))).map_or(0, |field| {
                field.value.iter().fold(0_u32, |sum, octet| {
                    sum.saturating_mul(256).saturating_add((*octet).into())
                })
            })
        };
        Ok(Self {
            installed_applications: number(0x81),
            free_non_volatile: number(0x82),
            free_volatile: number(0x83),
        })
    }

    fn octets(&self) -> Vec<u8> {
        let mut out = Writer::new();
        for (tag, number) in [
            (0x81, self.installed_applications),
            (0x82, self.free_non_volatile),
            (0x83, self.free_volatile),
        ] {
            out.put(Tag::new(tag), without_leading_zeros(&number.to_be_bytes()));
        }
        out.into_bytes()
    }
}

/// EUICCInfo2 (`BF22`): what the eUICC is and can do. Elements of later versions are skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EuiccInfo2 {
    /// Version of the profile package format (TCA).
    pub profile_version: Version,
    /// SGP.22 version.
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
}

impl Object for EuiccInfo2 {
    const TAG: Tag = Tag::new(0xBF22);
    const NAME: &'static str = "EUICCInfo2";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let version = |tag: Tag, field| -> Result<Option<Version>, Fault> {
            fields.get(tag).map(|tlv| coding::read_octets(tlv, field).map(Version)).transpose()
        };
        let required = |tag: Tag, field| version(tag, field)?.ok_or(Fault::Missing(tag));
        let bits = |tag: Tag, field| -> Result<Option<Bits>, Fault> {
            fields.get(tag).map(|tlv| Bits::read(tlv, field)).transpose()
        };
        Ok(Self {
            profile_version: required(Tag::context(1), "profileVersion")?,
            svn: required(Tag::context(2), "svn")?,
            firmware_version: required(Tag::context(3), "euiccFirmwareVer")?,
            ext_card_resource: ExtCardResource::read(fields.require(Tag::context(4))?)?,
            uicc_capability: bits(Tag::context(5), "uiccCapability")?.unwrap_or_default(),
            ts102241_version: version(Tag::context(6), "ts102241Version")?,
            globalplatform_version: version(Tag::context(7), "globalplatformVersion")?,
            rsp_capability: bits(Tag::context(8), "rspCapability")?.unwrap_or_default(),
            verification_keys: read_key_list(fields.require(Tag::context_constructed(9))?)?,
            signing_keys: read_key_list(fields.require(Tag::context_constructed(10))?)?,
            category: fields
                .get(Tag::context(11))
                .map(|tlv| coding::read_unsigned(tlv, "euiccCategory"))
                .transpose()?,
            forbidden_profile_policy_rules: bits(Tag::context(25), "forbiddenProfilePolicyRules")?,
            pp_version: version(Tag::OCTET_STRING, "ppVersion")?.unwrap_or_default(),
            sas_accreditation_number: fields
                .get(Tag::UTF8_STRING)
                .map(coding::read_name)
                .unwrap_or_default(),
        })
    }

    fn write(&self, out: &mut Writer) {
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

/// The answer to ES10a.GetEuiccConfiguredAddresses (`BF3C`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfiguredAddresses {
    /// The default SM-DP+, if one is set.
    pub default_dp_address: Option<String>,
    /// The root SM-DS.
    pub root_ds_address: String,
}

impl Object for ConfiguredAddresses {
    const TAG: Tag = Tag::new(0xBF3C);
    const NAME: &'static str = "EuiccConfiguredAddressesResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let text = |number, field| -> Result<Option<String>, Fault> {
            let element = fields.get(Tag::context(number));
            Ok(element
                .map(|tlv| coding::read_text(tlv, 255, field))
                .transpose()?
                .filter(|address| !address.is_empty()))
        };
        Ok(Self {
            default_dp_address: text(0, "defaultDpAddress")?,
            root_ds_address: text(1, "rootDsAddress")?.unwrap_or_default(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_optional(Tag::context(0), self.default_dp_address.as_deref());
        out.put(Tag::context(1), self.root_ds_address.as_bytes());
    }
}

/// ES10a.SetDefaultDpAddress request (`BF3F`); an empty address clears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDefaultDpAddressRequest {
    /// The new default SM-DP+ address.
    pub address: String,
}

impl Object for SetDefaultDpAddressRequest {
    const TAG: Tag = Tag::new(0xBF3F);
    const NAME: &'static str = "SetDefaultDpAddressRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let address = element.fields()?.require(Tag::context(0))?;
        Ok(Self { address: coding::read_text(address, 255, "defaultDpAddress")? })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.address.as_bytes());
    }
}

/// Who owns a profile, or whom a rule covers (OperatorId).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorId {
    /// Country and network code.
    pub mcc_mnc: MccMnc,
    /// Group identifier level 1.
    pub gid1: Option<Vec<u8>>,
    /// Group identifier level 2.
    pub gid2: Option<Vec<u8>>,
}

impl OperatorId {
    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let gid = |number| fields.get(Tag::context(number)).map(|tlv| tlv.value.to_vec());
        let mcc_mnc = coding::read_octets(fields.require(Tag::context(0))?, "mccMnc")?;
        Ok(Self { mcc_mnc: MccMnc::from_octets(mcc_mnc), gid1: gid(1), gid2: gid(2) })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.mcc_mnc.octets());
        out.put_optional(Tag::context(1), self.gid1.as_deref());
        out.put_optional(Tag::context(2), self.gid2.as_deref());
    }
}

/// One rule of the Rules Authorisation Table (ProfilePolicyAuthorisationRule).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAuthorisationRule {
    /// The policy rules that it is about (bit 1 ppr1, bit 2 ppr2).
    pub ppr_ids: Bits,
    /// The operators whose profiles may have them.
    pub allowed_operators: Vec<OperatorId>,
    /// Whether the end user must consent.
    pub consent_required: bool,
}

/// The answer to ES10b.GetRAT (`BF43`): the rules, in the order in which they count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesAuthorisationTable(pub Vec<PolicyAuthorisationRule>);

impl Object for RulesAuthorisationTable {
    const TAG: Tag = Tag::new(0xBF43);
    const NAME: &'static str = "GetRatResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let list = element.fields()?.require(Tag::context_constructed(0))?;
        let mut rules = Vec::new();
        for rule in list.fields()?.iter().filter(|rule| rule.tag == Tag::SEQUENCE) {
            let fields = rule.fields()?;
            let operators = fields.require(Tag::context_constructed(1))?.fields()?;
            let flags = Bits::read(fields.require(Tag::context(2))?, "pprFlags")?;
            rules.push(PolicyAuthorisationRule {
                ppr_ids: Bits::read(fields.require(Tag::context(0))?, "pprIds")?,
                allowed_operators: operators
                    .iter()
                    .filter(|operator| operator.tag == Tag::SEQUENCE)
                    .map(OperatorId::read)
                    .collect::<Result<_, _>>()?,
                consent_required: flags.has(0),
            });
        }
        Ok(Self(rules))
    }

    fn write(&self, out: &mut Writer) {
        out.put_with(Tag::context_constructed(0), |list| {
            for rule in &self.0 {
                list.put_with(Tag::SEQUENCE, |out| {
                    rule.ppr_ids.put(out, Tag::context(0));
                    out.put_with(Tag::context_constructed(1), |operators| {
                        for operator in &rule.allowed_operators {
                            operators.put_with(Tag::SEQUENCE, |out| operator.write(out));
                        }
                    });
                    let flags = if rule.consent_required { Bits::of(&[0]) } else { Bits::EMPTY };
                    flags.put(out, Tag::context(2));
                });
            }
        });
    }
}
