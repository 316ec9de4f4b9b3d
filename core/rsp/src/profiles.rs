//! Profiles: the metadata that a server offers and a card lists (StoreMetadata `BF25`, ProfileInfo `E3`).

use crate::chip::OperatorId;
use crate::codes::codes;
use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::events::EventSet;
use crate::identifiers::{Aid, Iccid};
use crate::object::Object;
use crate::tlv::{Fields, Tag, Tlv, Writer};

const PROFILE_STATE: Tag = Tag::new(0x9F70);
const NICKNAME: Tag = Tag::context(16);
const SERVICE_PROVIDER: Tag = Tag::context(17);
const PROFILE_NAME: Tag = Tag::context(18);
const ICON_TYPE: Tag = Tag::context(19);
const ICON: Tag = Tag::context(20);
const CLASS: Tag = Tag::context(21);
const NOTIFICATION_CONFIGURATION: Tag = Tag::context_constructed(22);
const OWNER: Tag = Tag::context_constructed(23);
const DP_PROPRIETARY_DATA: Tag = Tag::context_constructed(24);
const POLICY_RULES: Tag = Tag::context(25);
const REF_AR_DO: Tag = Tag::new(0xBF76);

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ProfileClass {
    /// For tests of devices.
    Test,
    /// Brings connectivity for downloading another profile.
    Provisioning,
    /// An ordinary subscription. Also what a missing class means (ASN.1 DEFAULT).
    #[default]
    Operational,
    /// A class that this version does not know.
    Other(u32),
}

impl ProfileClass {
    /// From the number on the wire.
    pub const fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Test,
            1 => Self::Provisioning,
            2 => Self::Operational,
            other => Self::Other(other),
        }
    }

    /// The number on the wire.
    pub const fn code(self) -> u32 {
        match self {
            Self::Test => 0,
            Self::Provisioning => 1,
            Self::Operational => 2,
            Self::Other(other) => other,
        }
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, Fault> {
        let code = fields.get(CLASS).map(|tlv| coding::read_unsigned(tlv, "profileClass"));
        Ok(code.transpose()?.map_or(Self::Operational, Self::from_code))
    }
}

/// A picture of at most 1024 octets that stands for the operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    /// JPEG or PNG.
    pub kind: IconKind,
    /// The picture file.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Icon({:?}, {} octets)", self.kind, self.data.len())
    }
}

/// The file type of an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Icon {
    fn from_fields(fields: &Fields<'_>) -> Result<Option<Self>, Fault> {
        let (Some(kind), Some(data)) = (fields.get(ICON_TYPE), fields.get(ICON)) else {
            return Ok(None);
        };
        let kind = match coding::read_unsigned(kind, "iconType")? {
            0 => IconKind::Jpeg,
            1 => IconKind::Png,
            // An unknown picture is no reason to lose the profile.
            _ => return Ok(None),
        };
        Ok(Some(Self { kind, data: data.value.to_vec() }))
    }

    fn write(&self, out: &mut Writer) {
        let kind = match self.kind {
            IconKind::Jpeg => 0,
            IconKind::Png => 1,
        };
        coding::put_unsigned(out, ICON_TYPE, kind);
        out.put(ICON, &self.data);
    }
}

/// Profile policy rules (PPRs) of a profile: what the owner forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PolicyRules(pub Bits);

impl PolicyRules {
    /// PPR1: the profile cannot be disabled.
    pub const fn forbids_disabling(self) -> bool {
        self.0.has(1)
    }

    /// PPR2: the profile cannot be deleted.
    pub const fn forbids_deleting(self) -> bool {
        self.0.has(2)
    }

    /// True when a rule of consequence (PPR1 or PPR2) is set.
    pub const fn is_restricting(self) -> bool {
        self.forbids_disabling() || self.forbids_deleting()
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, Fault> {
        let bits = fields.get(POLICY_RULES).map(|tlv| Bits::read(tlv, "profilePolicyRules"));
        Ok(Self(bits.transpose()?.unwrap_or_default()))
    }
}

/// Whom to notify of what (NotificationConfigurationInformation, one entry).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationConfiguration {
    /// The events that are reported.
    pub events: EventSet,
    /// The server they are reported to.
    pub address: String,
}

fn read_configurations(fields: &Fields<'_>) -> Result<Vec<NotificationConfiguration>, Fault> {
    let Some(list) = fields.get(NOTIFICATION_CONFIGURATION) else {
        return Ok(Vec::new());
    };
    let list = list.fields()?;
    list.iter()
        .filter(|entry| entry.tag == Tag::SEQUENCE)
        .map(|entry| {
            let fields = entry.fields()?;
            let events =
                Bits::read(fields.require(Tag::context(0))?, "profileManagementOperation")?;
            let address =
                coding::read_text(fields.require(Tag::context(1))?, 255, "notificationAddress")?;
            Ok(NotificationConfiguration { events: EventSet(events), address })
        })
        .collect()
}

fn put_configurations(out: &mut Writer, configurations: &[NotificationConfiguration]) {
    if configurations.is_empty() {
        return;
    }
    out.put_with(NOTIFICATION_CONFIGURATION, |list| {
        for configuration in configurations {
            list.put_with(Tag::SEQUENCE, |entry| {
                configuration.events.0.put(entry, Tag::context(0));
                entry.put(Tag::context(1), configuration.address.as_bytes());
            });
        }
    });
}

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
}

impl Object for ProfileMetadata {
    const TAG: Tag = Tag::new(0xBF25);
    const NAME: &'static str = "StoreMetadataRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self {
            iccid: Iccid::read(fields.require(Tag::ICCID)?)?,
            service_provider_name: coding::read_text(
                fields.require(SERVICE_PROVIDER)?,
                32 * 4,
                "serviceProviderName",
            )?,
            profile_name: coding::read_text(fields.require(PROFILE_NAME)?, 64 * 4, "profileName")?,
            icon: Icon::from_fields(&fields)?,
            class: ProfileClass::from_fields(&fields)?,
            notification_configurations: read_configurations(&fields)?,
            owner: fields.get(OWNER).map(OperatorId::read).transpose()?,
            policy_rules: PolicyRules::from_fields(&fields)?,
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
            coding::put_unsigned(out, CLASS, self.class.code());
        }
        put_configurations(out, &self.notification_configurations);
        if let Some(owner) = &self.owner {
            out.put_with(OWNER, |out| owner.write(out));
        }
        if !self.policy_rules.0.is_empty() {
            self.policy_rules.0.put(out, POLICY_RULES);
        }
    }
}

/// Whether a profile is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProfileState {
    /// Installed and off.
    Disabled,
    /// Switched on.
    Enabled,
}

/// A profile as the card lists it (ProfileInfo `E3`). Every element is optional in the standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileInfo {
    /// The profile's ICCID.
    pub iccid: Option<Iccid>,
    /// The AID of the ISD-P that holds it.
    pub isdp_aid: Option<Aid>,
    /// On or off.
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
}

impl Object for ProfileInfo {
    const TAG: Tag = Tag::new(0xE3);
    const NAME: &'static str = "ProfileInfo";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let name = |tag| fields.get(tag).map(coding::read_name);
        let state = fields.get(PROFILE_STATE).map(|tlv| coding::read_unsigned(tlv, "profileState"));
        Ok(Self {
            iccid: fields.get(Tag::ICCID).map(Iccid::read).transpose()?,
            isdp_aid: fields.get(Tag::AID).map(|tlv| Aid::read(tlv, "isdpAid")).transpose()?,
            state: match state.transpose()? {
                None => None,
                Some(0) => Some(ProfileState::Disabled),
                Some(1) => Some(ProfileState::Enabled),
                Some(_) => return Err(Fault::Invalid("profileState")),
            },
            nickname: name(NICKNAME),
            service_provider_name: name(SERVICE_PROVIDER),
            profile_name: name(PROFILE_NAME),
            icon: Icon::from_fields(&fields)?,
            class: ProfileClass::from_fields(&fields)?,
            notification_configurations: read_configurations(&fields)?,
            owner: fields.get(OWNER).map(OperatorId::read).transpose()?,
            dp_proprietary_data: fields.get(DP_PROPRIETARY_DATA).map(|tlv| tlv.value.to_vec()),
            policy_rules: PolicyRules::from_fields(&fields)?,
            access_rules: fields.get(REF_AR_DO).map(|tlv| tlv.value.to_vec()),
            class_present: fields.get(CLASS).is_some(),
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
            coding::put_unsigned(out, CLASS, self.class.code());
        }
        put_configurations(out, &self.notification_configurations);
        if let Some(owner) = &self.owner {
            out.put_with(OWNER, |out| owner.write(out));
        }
        out.put_optional(DP_PROPRIETARY_DATA, self.dp_proprietary_data.as_deref());
        if !self.policy_rules.0.is_empty() {
            self.policy_rules.0.put(out, POLICY_RULES);
        }
        out.put_optional(REF_AR_DO, self.access_rules.as_deref());
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

/// Which profiles to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileSearch {
    /// One profile.
    Id(ProfileId),
    /// All of a class.
    Class(ProfileClass),
}

/// ES10c.GetProfilesInfo request (`BF2D`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileInfoListRequest {
    /// Which profiles; all when `None`.
    pub search: Option<ProfileSearch>,
    /// Which elements, as the tags' octets one after another; the card's default set when `None`.
    pub tag_list: Option<Vec<u8>>,
}

impl ProfileInfoListRequest {
    /// Every element that a list on a screen needs; no icon, which is up to 1 KiB a profile (facts 3.10).
    pub const LIST_TAGS: &[u8] =
        &[0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x95, 0xB6, 0xB7, 0x99];
    /// As [`Self::LIST_TAGS`], and the icon.
    pub const LIST_TAGS_WITH_ICON: &[u8] =
        &[0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0x99];

    /// The tags of the tag list, one by one; `None` when it cannot be read.
    pub fn tags(&self) -> Option<Vec<Tag>> {
        let mut rest = self.tag_list.as_deref()?;
        let mut tags = Vec::new();
        while let Some((first, more)) = rest.split_first() {
            let mut number = u32::from(*first);
            rest = more;
            if first & 0x1F == 0x1F {
                let (second, more) = rest.split_first()?;
                number = number << 8 | u32::from(*second);
                rest = more;
            }
            tags.push(Tag::new(number));
        }
        Some(tags)
    }
}

impl Object for ProfileInfoListRequest {
    const TAG: Tag = Tag::new(0xBF2D);
    const NAME: &'static str = "ProfileInfoListRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let search = match fields.get(Tag::context_constructed(0)) {
            None => None,
            Some(criteria) => {
                let criteria = criteria.fields()?;
                Some(match criteria.get(CLASS) {
                    Some(class) => ProfileSearch::Class(ProfileClass::from_code(
                        coding::read_unsigned(class, "profileClass")?,
                    )),
                    None => ProfileSearch::Id(ProfileId::from_fields(&criteria)?),
                })
            }
        };
        let tag_list = fields.get(Tag::new(0x5C)).map(|tlv| tlv.value.to_vec());
        Ok(Self { search, tag_list })
    }

    fn write(&self, out: &mut Writer) {
        if let Some(search) = &self.search {
            out.put_with(Tag::context_constructed(0), |out| match search {
                ProfileSearch::Id(id) => id.write(out),
                ProfileSearch::Class(class) => coding::put_unsigned(out, CLASS, class.code()),
            });
        }
        out.put_optional(Tag::new(0x5C), self.tag_list.as_deref());
    }
}

codes! {
    /// Why profiles could not be listed (ProfileInfoListError).
    pub enum ProfileInfoListError {
        IncorrectInputValues = 1,
        ProfileChangeOngoing = 11,
        UndefinedError = 127,
    }
}

/// The answer to ES10c.GetProfilesInfo (`BF2D`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileInfoListResponse {
    /// The profiles, in the card's order.
    Profiles(Vec<ProfileInfo>),
    /// The card refused.
    Error(ProfileInfoListError),
}

impl Object for ProfileInfoListResponse {
    const TAG: Tag = Tag::new(0xBF2D);
    const NAME: &'static str = "ProfileInfoListResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(error) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(error, "profileInfoListError")?;
            return Ok(Self::Error(ProfileInfoListError::from_code(code)));
        }
        let list = fields.require(Tag::context_constructed(0))?.fields()?;
        list.iter()
            .filter(|profile| profile.tag == ProfileInfo::TAG)
            .map(ProfileInfo::read)
            .collect::<Result<_, _>>()
            .map(Self::Profiles)
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Profiles(profiles) => out.put_with(Tag::context_constructed(0), |list| {
                profiles.iter().for_each(|profile| profile.put(list));
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}
