//! What an eUICC is.

use lpakit::lpa;
use lpakit::rsp::chip::PolicyAuthorisationRule;
use lpakit::rsp::identifiers::Version;

use crate::profile::Operator;

/// One eUICC on a card with several.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Euicc {
    /// The AID of its ISD-R, in hexadecimal.
    pub isdr_aid: String,
    /// Its EID.
    pub eid: String,
}

impl From<&lpa::Euicc> for Euicc {
    fn from(euicc: &lpa::Euicc) -> Self {
        Self { isdr_aid: euicc.isdr_aid.to_string(), eid: euicc.eid.to_string() }
    }
}

/// A row of the Rules Authorisation Table.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AuthorisationRule {
    /// Whether it is about "cannot be switched off" (PPR1).
    pub about_disabling: bool,
    /// Whether it is about "cannot be deleted" (PPR2).
    pub about_deleting: bool,
    /// The operators whose profiles may have these rules.
    pub operators: Vec<Operator>,
    /// Whether the person must consent.
    pub consent_required: bool,
}

/// What an eUICC says of itself (SGP.22, EUICCInfo2, configured addresses, RAT).
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChipInfo {
    /// Its EID, 32 digits.
    pub eid: String,
    /// The EID in groups of four.
    pub eid_in_groups: String,
    /// SGP.22 version; of a v3 eUICC the lowest one.
    pub sgp22_version: String,
    /// The highest SGP.22 version that the eUICC speaks (v3).
    pub highest_sgp22_version: Option<String>,
    /// Version of the profile package format (TCA).
    pub profile_version: String,
    /// Firmware version.
    pub firmware_version: String,
    /// Java Card API version.
    pub java_card_version: Option<String>,
    /// GlobalPlatform version.
    pub global_platform_version: Option<String>,
    /// Protection profile version.
    pub protection_profile_version: String,
    /// How many applications are installed.
    pub installed_applications: u32,
    /// Free memory for profiles, in octets.
    pub free_memory: u32,
    /// Free working memory, in octets.
    pub free_working_memory: u32,
    /// Issuers (CI public keys) under which servers are believed, in hexadecimal.
    pub verification_keys: Vec<String>,
    /// Issuers under which the eUICC has certificates, in hexadecimal.
    pub signing_keys: Vec<String>,
    /// SAS accreditation number of the maker.
    pub sas_accreditation_number: String,
    /// Platform label of the security certification.
    pub platform_label: Option<String>,
    /// Default SM-DP+ address, if one is set.
    pub default_smdp_address: Option<String>,
    /// Root SM-DS.
    pub root_smds_address: String,
    /// Further root SM-DSs (v3).
    pub further_smds_addresses: Vec<String>,
    /// The Rules Authorisation Table; empty on cards that have none.
    pub rules: Vec<AuthorisationRule>,
}

impl From<&lpa::ChipInfo> for ChipInfo {
    fn from(chip: &lpa::ChipInfo) -> Self {
        let text = |version: Version| version.to_string();
        let info = &chip.info;
        Self {
            eid: chip.eid.to_string(),
            eid_in_groups: chip.eid.grouped(),
            sgp22_version: text(info.svn),
            highest_sgp22_version: info.highest_svn.map(text),
            profile_version: text(info.profile_version),
            firmware_version: text(info.firmware_version),
            java_card_version: info.ts102241_version.map(text),
            global_platform_version: info.globalplatform_version.map(text),
            protection_profile_version: text(info.pp_version),
            installed_applications: info.ext_card_resource.installed_applications,
            free_memory: info.ext_card_resource.free_non_volatile,
            free_working_memory: info.ext_card_resource.free_volatile,
            verification_keys: info.verification_keys.iter().map(ToString::to_string).collect(),
            signing_keys: info.signing_keys.iter().map(ToString::to_string).collect(),
            sas_accreditation_number: info.sas_accreditation_number.clone(),
            platform_label: info
                .certification_data
                .as_ref()
                .map(|data| data.platform_label.clone()),
            default_smdp_address: chip.addresses.default_dp_address.clone(),
            root_smds_address: chip.addresses.root_ds_address.clone(),
            further_smds_addresses: chip.addresses.additional_root_ds_addresses.clone(),
            rules: chip.rules.0.iter().map(AuthorisationRule::from).collect(),
        }
    }
}

impl From<&PolicyAuthorisationRule> for AuthorisationRule {
    fn from(rule: &PolicyAuthorisationRule) -> Self {
        Self {
            about_disabling: rule.ppr_ids.has(1),
            about_deleting: rule.ppr_ids.has(2),
            operators: rule.allowed_operators.iter().map(Operator::from).collect(),
            consent_required: rule.consent_required,
        }
    }
}
