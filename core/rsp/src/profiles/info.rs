//! A profile as the card lists it.

use super::access::{ACCESS_RULES, AccessRule};
use super::extras::ProfileExtras;
use super::parts::{
    Icon, NotificationConfiguration, OWNER, PROFILE_NAME, PolicyRules, ProfileClass,
    SERVICE_PROVIDER,
};
use crate::chip::OperatorId;
use crate::coding;
use crate::error::{Fault, RspError};
use crate::identifiers::{Aid, Iccid};
use crate::members::Members;
use crate::object::Object;
use crate::oid::ObjectIdentifier;
use crate::tlv::{Fields, Tag, Tlv, Unknown, Writer};

const PROFILE_STATE: Tag = Tag::new(0x9F70);
const NICKNAME: Tag = Tag::context(16);
const DP_PROPRIETARY_DATA: Tag = Tag::context_constructed(24);
const ENABLED_ON_ESIM_PORT: Tag = Tag::new(0x9F24);
const PROFILE_SIZE: Tag = Tag::new(0x9F25);

/// Whether a profile is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProfileState {
    /// Installed and off.
    Disabled,
    /// Switched on.
    Enabled,
}

impl ProfileState {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        match coding::read_unsigned(element, "profileState")? {
            0 => Ok(Self::Disabled),
            1 => Ok(Self::Enabled),
            _ => Err(Fault::Invalid("profileState")),
        }
    }
}

/// A profile as the card lists it (ProfileInfo `E3`). Every element is optional in the standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileInfo {
    /// The profile's ICCID.
    pub iccid: Option<Iccid>,
    /// The AID of the ISD-P that holds it.
    pub isdp_aid: Option<Aid>,
    /// On or off. A state that this version does not know is none, and stays in [`Self::unknown`].
    pub state: Option<ProfileState>,
    /// The name that the user gave.
    pub nickname: Option<String>,
    /// The operator's name.
    pub service_provider_name: Option<String>,
    /// The plan's name.
    pub profile_name: Option<String>,
    /// The operator's picture, when asked for.
    pub icon: Option<Icon>,
    /// What the profile is for.
    pub class: ProfileClass,
    /// Whom to notify of which events.
    pub notification_configurations: Vec<NotificationConfiguration>,
    /// Who owns the profile.
    pub owner: Option<OperatorId>,
    /// Data of the SM-DP+ (content of `B8`), as it came.
    pub dp_proprietary_data: Option<Vec<u8>>,
    /// What the owner forbids.
    pub policy_rules: PolicyRules,
    /// GlobalPlatform access rules (content of `BF76`), as they came.
    pub access_rules: Option<Vec<u8>>,
    /// Whether the class is to be written at all; a card leaves out what was not asked for.
    pub class_present: bool,
    /// Members of v2.4 and v3.
    pub extras: ProfileExtras,
    /// The eSIM port on which it is enabled (`9F24`, v3, cards with several ports).
    pub enabled_on_esim_port: Option<u32>,
    /// Octets that it occupies (`9F25`, v3).
    pub profile_size: Option<u32>,
    /// What else the card said.
    pub unknown: Unknown,
}

impl ProfileInfo {
    /// The SM-DP+'s OID in [`Self::dp_proprietary_data`].
    pub fn dp_oid(&self) -> Option<ObjectIdentifier> {
        let data = Fields::parse(self.dp_proprietary_data.as_deref()?).ok()?;
        ObjectIdentifier::read(data.get(Tag::context(0))?, "dpOid").ok()
    }

    /// The rules in [`Self::access_rules`], none when there are none.
    ///
    /// # Errors
    /// [`RspError`] when they cannot be read.
    pub fn read_access_rules(&self) -> Result<Vec<AccessRule>, RspError> {
        AccessRule::read_all(self.access_rules.as_deref().unwrap_or_default())
    }
}

impl Object for ProfileInfo {
    const TAG: Tag = Tag::new(0xE3);
    const NAME: &'static str = "ProfileInfo";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        let number = |field| move |tlv: Tlv<'_>| coding::read_unsigned(tlv, field);
        let iccid = members.read(Tag::ICCID, Iccid::read)?;
        let isdp_aid = members.read(Tag::AID, |tlv| Aid::read(tlv, "isdpAid"))?;
        let state = members.lenient(PROFILE_STATE, ProfileState::read);
        let mut name = |tag| members.get(tag).map(coding::read_name);
        let (nickname, service_provider_name, profile_name) =
            (name(NICKNAME), name(SERVICE_PROVIDER), name(PROFILE_NAME));
        let icon = Icon::take(&mut members);
        let class = ProfileClass::take(&mut members)?;
        Ok(Self {
            iccid,
            isdp_aid,
            state,
            nickname,
            service_provider_name,
            profile_name,
            icon,
            class: class.unwrap_or_default(),
            notification_configurations: NotificationConfiguration::take_list(&mut members)?,
            owner: members.read(OWNER, OperatorId::read)?,
            dp_proprietary_data: members.octets(DP_PROPRIETARY_DATA),
            policy_rules: PolicyRules::take(&mut members)?,
            access_rules: members.octets(ACCESS_RULES),
            class_present: class.is_some(),
            extras: ProfileExtras::take(&mut members),
            enabled_on_esim_port: members
                .lenient(ENABLED_ON_ESIM_PORT, number("enabledOnEsimPort")),
            profile_size: members.lenient(PROFILE_SIZE, number("profileSize")),
            unknown: members.unknown(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_optional(Tag::ICCID, self.iccid.map(|iccid| *iccid.octets()));
        out.put_optional(Tag::AID, self.isdp_aid.as_ref().map(Aid::octets));
        if let Some(state) = self.state {
            out.put(PROFILE_STATE, &[u8::from(state == ProfileState::Enabled)]);
        }
        out.put_optional(NICKNAME, self.nickname.as_deref());
        out.put_optional(SERVICE_PROVIDER, self.service_provider_name.as_deref());
        out.put_optional(PROFILE_NAME, self.profile_name.as_deref());
        if let Some(icon) = &self.icon {
            icon.write(out);
        }
        if self.class_present {
            self.class.put(out);
        }
        NotificationConfiguration::put_list(&self.notification_configurations, out);
        if let Some(owner) = &self.owner {
            out.put_with(OWNER, |out| owner.write(out));
        }
        out.put_optional(DP_PROPRIETARY_DATA, self.dp_proprietary_data.as_deref());
        self.policy_rules.put(out);
        self.extras.put(out);
        let number = |number: Option<u32>| number.map(coding::unsigned_octets);
        out.put_optional(ENABLED_ON_ESIM_PORT, number(self.enabled_on_esim_port));
        out.put_optional(PROFILE_SIZE, number(self.profile_size));
        out.put_optional(ACCESS_RULES, self.access_rules.as_deref());
        out.put_unknown(&self.unknown);
    }
}

/// One profile, named by its ICCID or by the AID of its ISD-P.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProfileId {
    /// By ICCID.
    Iccid(Iccid),
    /// By ISD-P AID.
    Aid(Aid),
}

impl ProfileId {
    pub(crate) fn from_fields(fields: &Fields<'_>) -> Result<Self, Fault> {
        if let Some(iccid) = fields.get(Tag::ICCID) {
            return Iccid::read(iccid).map(Self::Iccid);
        }
        Aid::read(fields.require(Tag::AID)?, "isdpAid").map(Self::Aid)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        match self {
            Self::Iccid(iccid) => out.put(Tag::ICCID, iccid.octets()),
            Self::Aid(aid) => out.put(Tag::AID, aid.octets()),
        }
    }
}
