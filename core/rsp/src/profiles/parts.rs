//! What a profile's metadata and its entry in the card's list have in common.

use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::events::EventSet;
use crate::members::Members;
use crate::tlv::{Tag, Tlv, Writer};

pub(super) const SERVICE_PROVIDER: Tag = Tag::context(17);
pub(super) const PROFILE_NAME: Tag = Tag::context(18);
const ICON_TYPE: Tag = Tag::context(19);
const ICON: Tag = Tag::context(20);
pub(super) const CLASS: Tag = Tag::context(21);
const NOTIFICATION_CONFIGURATION: Tag = Tag::context_constructed(22);
pub(super) const OWNER: Tag = Tag::context_constructed(23);
const POLICY_RULES: Tag = Tag::context(25);

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

    /// The class, if it is there.
    pub(super) fn take(members: &mut Members<'_>) -> Result<Option<Self>, Fault> {
        let code = members.read(CLASS, |tlv| coding::read_unsigned(tlv, "profileClass"))?;
        Ok(code.map(Self::from_code))
    }

    pub(super) fn put(self, out: &mut Writer) {
        coding::put_unsigned(out, CLASS, self.code());
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
    /// The picture, if type and file are there. An unknown type is no reason to lose the profile: both stay unknown.
    pub(super) fn take(members: &mut Members<'_>) -> Option<Self> {
        let data = members.peek(ICON)?;
        let kind =
            members.lenient(ICON_TYPE, |tlv| match coding::read_unsigned(tlv, "iconType")? {
                0 => Ok(IconKind::Jpeg),
                1 => Ok(IconKind::Png),
                _ => Err(Fault::Invalid("iconType")),
            })?;
        members.get(ICON);
        Some(Self { kind, data: data.value.to_vec() })
    }

    pub(super) fn write(&self, out: &mut Writer) {
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
    /// The rules of consequence.
    pub fn of(forbids_disabling: bool, forbids_deleting: bool) -> Self {
        let rules = [(forbids_disabling, 1), (forbids_deleting, 2)];
        let set: Vec<u8> = rules.into_iter().filter(|(set, _)| *set).map(|(_, bit)| bit).collect();
        Self(Bits::of(&set))
    }

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

    pub(super) fn take(members: &mut Members<'_>) -> Result<Self, Fault> {
        let bits = members.read(POLICY_RULES, |tlv| Bits::read(tlv, "profilePolicyRules"))?;
        Ok(Self(bits.unwrap_or_default()))
    }

    pub(super) fn put(self, out: &mut Writer) {
        if !self.0.is_empty() {
            self.0.put(out, POLICY_RULES);
        }
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

impl NotificationConfiguration {
    fn read(entry: Tlv<'_>) -> Result<Self, Fault> {
        let fields = entry.fields()?;
        let events = Bits::read(fields.require(Tag::context(0))?, "profileManagementOperation")?;
        let address =
            coding::read_text(fields.require(Tag::context(1))?, 255, "notificationAddress")?;
        Ok(Self { events: EventSet(events), address })
    }

    pub(super) fn take_list(members: &mut Members<'_>) -> Result<Vec<Self>, Fault> {
        let list = members.read(NOTIFICATION_CONFIGURATION, |list| {
            list.fields()?.collect(Tag::SEQUENCE, Self::read)
        })?;
        Ok(list.unwrap_or_default())
    }

    pub(super) fn put_list(configurations: &[Self], out: &mut Writer) {
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
}
