//! Notifications: what the card keeps until the operator has been told.

use crate::codes::codes;
use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::Iccid;
use crate::installation::ProfileInstallationResult;
use crate::object::{Object, Raw};
use crate::tlv::{Tag, Tlv, Writer};

/// ES10b.ListNotification request for all events.
pub const LIST_ALL_NOTIFICATIONS: &[u8] = &[0xBF, 0x28, 0x00];

/// One thing that a notification reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A profile was installed, or its installation failed.
    Install,
    /// A profile was enabled.
    Enable,
    /// A profile was disabled.
    Disable,
    /// A profile was deleted.
    Delete,
    /// An event of a later version, by its bit number.
    Other(u8),
}

impl Event {
    /// From the bit number in NotificationEvent.
    pub const fn from_bit(number: u8) -> Self {
        match number {
            0 => Self::Install,
            1 => Self::Enable,
            2 => Self::Disable,
            3 => Self::Delete,
            other => Self::Other(other),
        }
    }

    /// The bit number in NotificationEvent.
    pub const fn bit(self) -> u8 {
        match self {
            Self::Install => 0,
            Self::Enable => 1,
            Self::Disable => 2,
            Self::Delete => 3,
            Self::Other(other) => other,
        }
    }
}

/// A set of events (NotificationEvent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventSet(pub Bits);

impl EventSet {
    /// These events.
    pub fn of(events: &[Event]) -> Self {
        Self(events.iter().fold(Bits::EMPTY, |bits, event| bits.with(event.bit())))
    }

    /// Install, enable, disable and delete.
    pub fn all() -> Self {
        Self::of(&[Event::Install, Event::Enable, Event::Disable, Event::Delete])
    }

    /// Whether an event is in the set.
    pub const fn has(self, event: Event) -> bool {
        self.0.has(event.bit())
    }

    /// The events, by bit number.
    pub fn events(self) -> impl Iterator<Item = Event> {
        self.0.numbers().map(Event::from_bit)
    }
}

/// What a notification is about (NotificationMetadata `BF2F`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationMetadata {
    /// Its number on the card: rising, never used again, any size.
    pub seq_number: u32,
    /// What happened: one event by the standard, but an odd card must not block the list.
    pub events: EventSet,
    /// The server to tell.
    pub address: String,
    /// The profile it is about.
    pub iccid: Option<Iccid>,
}

impl Object for NotificationMetadata {
    const TAG: Tag = Tag::new(0xBF2F);
    const NAME: &'static str = "NotificationMetadata";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let events = Bits::read(fields.require(Tag::context(1))?, "profileManagementOperation")?;
        let address = fields.require(Tag::UTF8_STRING)?;
        Ok(Self {
            seq_number: coding::read_unsigned(fields.require(Tag::context(0))?, "seqNumber")?,
            events: EventSet(events),
            address: coding::read_text(address, 1024, "notificationAddress")?,
            iccid: fields.get(Tag::ICCID).map(Iccid::read).transpose()?,
        })
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(0), self.seq_number);
        self.events.0.put(out, Tag::context(1));
        out.put(Tag::UTF8_STRING, self.address.as_bytes());
        out.put_optional(Tag::ICCID, self.iccid.map(|iccid| *iccid.octets()));
    }
}

/// ES10b.ListNotification request (`BF28`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListNotificationRequest {
    /// Only these events; all when `None`.
    pub events: Option<EventSet>,
}

impl Object for ListNotificationRequest {
    const TAG: Tag = Tag::new(0xBF28);
    const NAME: &'static str = "ListNotificationRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let bits = element.fields()?.get(Tag::context(1));
        let bits = bits.map(|tlv| Bits::read(tlv, "profileManagementOperation")).transpose()?;
        Ok(Self { events: bits.map(EventSet) })
    }

    fn write(&self, out: &mut Writer) {
        if let Some(events) = self.events {
            events.0.put(out, Tag::context(1));
        }
    }
}

codes! {
    /// Why notifications could not be listed or retrieved.
    pub enum NotificationsError {
        NoResultAvailable = 1,
        UndefinedError = 127,
    }
}

/// The answer to ES10b.ListNotification (`BF28`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListNotificationResponse {
    /// What is pending, in the card's order.
    Notifications(Vec<NotificationMetadata>),
    /// The card refused.
    Error(NotificationsError),
}

impl Object for ListNotificationResponse {
    const TAG: Tag = Tag::new(0xBF28);
    const NAME: &'static str = "ListNotificationResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(error) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(error, "listNotificationsResultError")?;
            return Ok(Self::Error(NotificationsError::from_code(code)));
        }
        let list = fields.require(Tag::context_constructed(0))?.fields()?;
        list.iter()
            .filter(|entry| entry.tag == NotificationMetadata::TAG)
            .map(NotificationMetadata::read)
            .collect::<Result<_, _>>()
            .map(Self::Notifications)
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Notifications(list) => out.put_with(Tag::context_constructed(0), |out| {
                list.iter().for_each(|entry| entry.put(out));
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}

/// ES10b.RetrieveNotificationsList request (`BF2B`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrieveNotificationsRequest {
    /// Everything that is pending.
    All,
    /// The one with this number.
    SeqNumber(u32),
    /// Those of these events.
    Events(EventSet),
}

impl Object for RetrieveNotificationsRequest {
    const TAG: Tag = Tag::new(0xBF2B);
    const NAME: &'static str = "RetrieveNotificationsListRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let Some(criteria) = element.fields()?.get(Tag::context_constructed(0)) else {
            return Ok(Self::All);
        };
        let criteria = criteria.fields()?;
        if let Some(number) = criteria.get(Tag::context(0)) {
            return coding::read_unsigned(number, "seqNumber").map(Self::SeqNumber);
        }
        let events = criteria.require(Tag::context(1))?;
        Bits::read(events, "profileManagementOperation").map(|bits| Self::Events(EventSet(bits)))
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::All => {}
            Self::SeqNumber(number) => out.put_with(Tag::context_constructed(0), |out| {
                coding::put_unsigned(out, Tag::context(0), *number);
            }),
            Self::Events(events) => out.put_with(Tag::context_constructed(0), |out| {
                events.0.put(out, Tag::context(1));
            }),
        }
    }
}

/// A signed notification of an enable, disable or delete (OtherSignedNotification).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSignedNotification {
    /// What it is about; these bytes are signed.
    pub metadata: Raw<NotificationMetadata>,
    /// euiccNotificationSignature: 64 octets.
    pub signature: Vec<u8>,
    /// The eUICC certificate, DER.
    pub euicc_certificate: Vec<u8>,
    /// The EUM certificate, DER.
    pub eum_certificate: Vec<u8>,
}

impl Object for OtherSignedNotification {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "OtherSignedNotification";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut reader = element.reader();
        Ok(Self {
            metadata: Raw::from_element(reader.take(NotificationMetadata::TAG)?)?,
            signature: reader.take(Tag::SIGNATURE)?.value.to_vec(),
            euicc_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
            eum_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_raw(self.metadata.raw());
        out.put(Tag::SIGNATURE, &self.signature);
        out.put_raw(&self.euicc_certificate);
        out.put_raw(&self.eum_certificate);
    }
}

/// A notification that waits for delivery (PendingNotification); its raw bytes are what is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingNotification {
    /// The result of an installation.
    Installation(Raw<ProfileInstallationResult>),
    /// Anything else.
    Other(Raw<OtherSignedNotification>),
}

impl PendingNotification {
    /// Reads either form.
    pub fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        if element.tag == ProfileInstallationResult::TAG {
            Raw::from_element(element).map(Self::Installation)
        } else {
            Raw::from_element(element).map(Self::Other)
        }
    }

    /// The bytes as the card gave them: what ES9+.HandleNotification carries.
    pub fn raw(&self) -> &[u8] {
        match self {
            Self::Installation(result) => result.raw(),
            Self::Other(other) => other.raw(),
        }
    }

    /// What it is about.
    pub fn metadata(&self) -> &NotificationMetadata {
        match self {
            Self::Installation(result) => &result.data.notification,
            Self::Other(other) => &other.metadata,
        }
    }
}

/// The answer to ES10b.RetrieveNotificationsList (`BF2B`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetrieveNotificationsResponse {
    /// The notifications asked for; none when the number is not there (any more).
    Notifications(Vec<PendingNotification>),
    /// The card refused.
    Error(NotificationsError),
}

impl Object for RetrieveNotificationsResponse {
    const TAG: Tag = Tag::new(0xBF2B);
    const NAME: &'static str = "RetrieveNotificationsListResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(error) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(error, "notificationsListResultError")?;
            return Ok(Self::Error(NotificationsError::from_code(code)));
        }
        let list = fields.require(Tag::context_constructed(0))?.fields()?;
        list.iter()
            .filter(|entry| {
                entry.tag == ProfileInstallationResult::TAG || entry.tag == Tag::SEQUENCE
            })
            .map(PendingNotification::read)
            .collect::<Result<_, _>>()
            .map(Self::Notifications)
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Notifications(list) => out.put_with(Tag::context_constructed(0), |out| {
                list.iter().for_each(|entry| out.put_raw(entry.raw()));
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}

/// ES10b.RemoveNotificationFromList request (`BF30`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveNotificationRequest {
    /// The number of the notification that was delivered.
    pub seq_number: u32,
}

impl Object for RemoveNotificationRequest {
    const TAG: Tag = Tag::new(0xBF30);
    const NAME: &'static str = "NotificationSentRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let number = element.fields()?.require(Tag::context(0))?;
        Ok(Self { seq_number: coding::read_unsigned(number, "seqNumber")? })
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(0), self.seq_number);
    }
}
