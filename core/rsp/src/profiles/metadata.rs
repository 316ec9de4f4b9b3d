//! Profile metadata as a server offers it.

use super::access::{ACCESS_RULES, AccessRule};
use super::extras::ProfileExtras;
use super::parts::{
    Icon, NotificationConfiguration, OWNER, PROFILE_NAME, PolicyRules, ProfileClass,
    SERVICE_PROVIDER,
};
use crate::chip::OperatorId;
use crate::coding;
use crate::error::{Fault, RspError};
use crate::identifiers::Iccid;
use crate::members::Members;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Unknown, Writer};

const ESTIMATED_PROFILE_SIZE: Tag = Tag::new(0x9F21);

/// Profile metadata (StoreMetadataRequest `BF25`), as offered by the server and as bound into the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileMetadata {
    /// The profile's ICCID.
    pub iccid: Iccid,
    /// The operator's name, up to 32 octets.
    pub service_provider_name: String,
    /// The plan's name, up to 64 octets.
    pub profile_name: String,
    /// The operator's picture.
    pub icon: Option<Icon>,
    /// What the profile is for.
    pub class: ProfileClass,
    /// Whom to notify of which events.
    pub notification_configurations: Vec<NotificationConfiguration>,
    /// Who owns the profile.
    pub owner: Option<OperatorId>,
    /// What the owner forbids.
    pub policy_rules: PolicyRules,
    /// GlobalPlatform access rules (content of `BF76`), as they came: the apps that the operator trusts. Not in the
    /// standard's ASN.1; Android reads them.
    pub access_rules: Option<Vec<u8>>,
    /// Members of v2.4 and v3.
    pub extras: ProfileExtras,
    /// estimatedProfileSize (`9F21`, v3): octets that the profile will need.
    pub estimated_profile_size: Option<u32>,
    /// What else the server said.
    pub unknown: Unknown,
}

impl ProfileMetadata {
    /// Metadata of an operational profile with what is mandatory and nothing else.
    pub fn new(
        iccid: Iccid,
        service_provider_name: impl Into<String>,
        profile_name: impl Into<String>,
    ) -> Self {
        Self {
            iccid,
            service_provider_name: service_provider_name.into(),
            profile_name: profile_name.into(),
            icon: None,
            class: ProfileClass::Operational,
            notification_configurations: Vec::new(),
            owner: None,
            policy_rules: PolicyRules::default(),
            access_rules: None,
            extras: ProfileExtras::default(),
            estimated_profile_size: None,
            unknown: Unknown::NONE,
        }
    }

    /// The rules in [`Self::access_rules`], none when there are none.
    ///
    /// # Errors
    /// [`RspError`] when they cannot be read.
    pub fn read_access_rules(&self) -> Result<Vec<AccessRule>, RspError> {
        AccessRule::read_all(self.access_rules.as_deref().unwrap_or_default())
    }
}

impl Object for ProfileMetadata {
    const TAG: Tag = Tag::new(0xBF25);
    const NAME: &'static str = "StoreMetadataRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        let name = |tlv, field, limit| coding::read_text(tlv, limit, field);
        Ok(Self {
            iccid: Iccid::read(members.require(Tag::ICCID)?)?,
            service_provider_name: name(
                members.require(SERVICE_PROVIDER)?,
                "serviceProviderName",
                32 * 4,
            )?,
            profile_name: name(members.require(PROFILE_NAME)?, "profileName", 64 * 4)?,
            icon: Icon::take(&mut members),
            class: ProfileClass::take(&mut members)?.unwrap_or_default(),
            notification_configurations: NotificationConfiguration::take_list(&mut members)?,
            owner: members.read(OWNER, OperatorId::read)?,
            policy_rules: PolicyRules::take(&mut members)?,
            access_rules: members.octets(ACCESS_RULES),
            extras: ProfileExtras::take(&mut members),
            estimated_profile_size: members.lenient(ESTIMATED_PROFILE_SIZE, |tlv| {
                coding::read_unsigned(tlv, "estimatedProfileSize")
            }),
            unknown: members.unknown(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::ICCID, self.iccid.octets());
        out.put(SERVICE_PROVIDER, self.service_provider_name.as_bytes());
        out.put(PROFILE_NAME, self.profile_name.as_bytes());
        if let Some(icon) = &self.icon {
            icon.write(out);
        }
        if self.class != ProfileClass::Operational {
            self.class.put(out);
        }
        NotificationConfiguration::put_list(&self.notification_configurations, out);
        if let Some(owner) = &self.owner {
            out.put_with(OWNER, |out| owner.write(out));
        }
        self.policy_rules.put(out);
        self.extras.put(out);
        out.put_optional(
            ESTIMATED_PROFILE_SIZE,
            self.estimated_profile_size.map(coding::unsigned_octets),
        );
        out.put_optional(ACCESS_RULES, self.access_rules.as_deref());
        out.put_unknown(&self.unknown);
    }
}
