//! Profiles: those on a card, and those on offer.

use lpakit::lpa;
use lpakit::messages::Language;
use lpakit::rsp::chip::OperatorId;
use lpakit::rsp::identifiers::{Aid, Iccid};
use lpakit::rsp::profiles::{self, AccessRule, PolicyRules, ProfileId, ProfileMetadata};

use crate::error::LpaError;
use crate::mirror::mirror;

mirror! {
    /// The file type of an icon.
    IconKind of profiles::IconKind {
        /// JPEG.
        Jpeg,
        /// PNG.
        Png,
    }
}

/// A picture of at most 1024 octets that stands for the operator.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Icon {
    /// JPEG or PNG.
    pub kind: IconKind,
    /// The picture file.
    pub data: Vec<u8>,
}

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ProfileClass {
    /// For tests of devices.
    Test,
    /// Brings connectivity for downloading another profile.
    Provisioning,
    /// An ordinary subscription.
    Operational,
    /// A class that this version does not know.
    Other,
}

/// Who owns a profile.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Operator {
    /// Country and network code as `262-01`; `E` in a rule stands for any digit.
    pub mcc_mnc: String,
    /// Group identifier level 1.
    pub gid1: Option<Vec<u8>>,
    /// Group identifier level 2.
    pub gid2: Option<Vec<u8>>,
}

/// An app that the operator of a profile trusts (GlobalPlatform access rules, `BF76`).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CarrierApp {
    /// Hash of the certificate that it is signed with: SHA-1 (20 octets) or SHA-256 (32).
    pub certificate_hash: Vec<u8>,
    /// Only the app of this package name, if any.
    pub package_name: Option<String>,
}

/// A profile on the card.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Profile {
    /// Its ICCID.
    pub iccid: String,
    /// The AID of its ISD-P in hexadecimal, where it was asked for.
    pub isdp_aid: Option<String>,
    /// On or off.
    pub enabled: bool,
    /// The name that the user gave, if any.
    pub nickname: Option<String>,
    /// The operator's name.
    pub service_provider_name: String,
    /// The plan's name.
    pub profile_name: String,
    /// The nickname, else the plan's name, else the operator's.
    pub display_name: String,
    /// The operator's picture, where it was asked for.
    pub icon: Option<Icon>,
    /// What it is for.
    pub profile_class: ProfileClass,
    /// Whether its owner forbids to switch it off (PPR1).
    pub forbids_disabling: bool,
    /// Whether its owner forbids to delete it (PPR2).
    pub forbids_deleting: bool,
    /// Who owns it, where it was asked for.
    pub owner: Option<Operator>,
    /// The apps that its operator trusts, where they were asked for.
    pub carrier_apps: Vec<CarrierApp>,
}

/// A profile that is on offer, or was installed.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProfileDescription {
    /// Its ICCID.
    pub iccid: String,
    /// The operator's name.
    pub service_provider_name: String,
    /// The plan's name.
    pub profile_name: String,
    /// The operator's picture.
    pub icon: Option<Icon>,
    /// What it is for.
    pub profile_class: ProfileClass,
    /// Whether its owner forbids to switch it off (PPR1).
    pub forbids_disabling: bool,
    /// Whether its owner forbids to delete it (PPR2).
    pub forbids_deleting: bool,
    /// Who owns it.
    pub owner: Option<Operator>,
    /// The apps that its operator trusts.
    pub carrier_apps: Vec<CarrierApp>,
    /// How many octets it will need, if the server says (v3).
    pub estimated_size: Option<u32>,
}

impl From<&profiles::Icon> for Icon {
    fn from(icon: &profiles::Icon) -> Self {
        Self { kind: icon.kind.into(), data: icon.data.clone() }
    }
}

impl From<profiles::ProfileClass> for ProfileClass {
    fn from(class: profiles::ProfileClass) -> Self {
        match class {
            profiles::ProfileClass::Test => Self::Test,
            profiles::ProfileClass::Provisioning => Self::Provisioning,
            profiles::ProfileClass::Operational => Self::Operational,
            profiles::ProfileClass::Other(_) => Self::Other,
        }
    }
}

impl From<&OperatorId> for Operator {
    fn from(operator: &OperatorId) -> Self {
        Self {
            mcc_mnc: operator.mcc_mnc.to_string(),
            gid1: operator.gid1.clone(),
            gid2: operator.gid2.clone(),
        }
    }
}

impl From<&AccessRule> for CarrierApp {
    fn from(rule: &AccessRule) -> Self {
        Self {
            certificate_hash: rule.certificate_hash.clone(),
            package_name: rule.package_name.clone(),
        }
    }
}

/// Rules that cannot be read trust nobody.
fn apps_of(metadata: &ProfileMetadata) -> Vec<CarrierApp> {
    let rules = metadata.read_access_rules().unwrap_or_default();
    rules.iter().map(CarrierApp::from).collect()
}

impl From<&lpa::Profile> for Profile {
    fn from(profile: &lpa::Profile) -> Self {
        Self {
            iccid: profile.iccid.to_string(),
            isdp_aid: profile.isdp_aid.as_ref().map(ToString::to_string),
            enabled: profile.state == profiles::ProfileState::Enabled,
            nickname: profile.nickname.clone(),
            service_provider_name: profile.service_provider_name.clone(),
            profile_name: profile.profile_name.clone(),
            display_name: profile.display_name().to_owned(),
            icon: profile.icon.as_ref().map(Icon::from),
            profile_class: profile.class.into(),
            forbids_disabling: profile.policy_rules.forbids_disabling(),
            forbids_deleting: profile.policy_rules.forbids_deleting(),
            owner: profile.owner.as_ref().map(Operator::from),
            carrier_apps: profile.apps.iter().map(CarrierApp::from).collect(),
        }
    }
}

impl From<&ProfileMetadata> for ProfileDescription {
    fn from(metadata: &ProfileMetadata) -> Self {
        Self {
            iccid: metadata.iccid.to_string(),
            service_provider_name: metadata.service_provider_name.clone(),
            profile_name: metadata.profile_name.clone(),
            icon: metadata.icon.as_ref().map(Icon::from),
            profile_class: metadata.class.into(),
            forbids_disabling: metadata.policy_rules.forbids_disabling(),
            forbids_deleting: metadata.policy_rules.forbids_deleting(),
            owner: metadata.owner.as_ref().map(Operator::from),
            carrier_apps: apps_of(metadata),
            estimated_size: metadata.estimated_profile_size,
        }
    }
}

/// What a profile's rules forbid, in plain words, in the first of these locales that lpakit speaks.
#[uniffi::export]
pub fn rules_in_words(
    forbids_disabling: bool,
    forbids_deleting: bool,
    locales: Vec<String>,
) -> Result<Vec<String>, LpaError> {
    let rules = PolicyRules::of(forbids_disabling, forbids_deleting);
    Ok(lpa::rules_in_words(rules, Language::negotiate(&locales)))
}

/// Reads the name of a profile: its ICCID, or the AID of its ISD-P in hexadecimal.
pub(crate) fn profile_id(text: &str) -> Result<ProfileId, LpaError> {
    if let Ok(iccid) = Iccid::from_digits(text) {
        return Ok(ProfileId::Iccid(iccid));
    }
    // The AID of an ISD-P is 16 octets, longer than any ICCID.
    let aid = Aid::from_hex(text).ok().filter(|_| text.len() == 32);
    aid.map(ProfileId::Aid).ok_or_else(|| LpaError::of("input.iccid"))
}
