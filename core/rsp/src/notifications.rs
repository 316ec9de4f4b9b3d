//! Notifications: what the card keeps until the operator has been told.

use crate::codes::codes;
use crate::coding::{self, Bits};
use crate::error::Fault;
pub use crate::events::{Event, EventSet, NotificationMetadata};
use crate::installation::ProfileInstallationResult;
use crate::object::{Object, Raw};
use crate::tlv::{self, Tag, Tlv, Writer};

/// ES10b.ListNotification request for all events.
pub const LIST_ALL_NOTIFICATIONS: &[u8] = &[0xBF, 0x28, 0x00];

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
        list.collect(NotificationMetadata::TAG, NotificationMetadata::read).map(Self::Notifications)
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

/// The result of a package for remote profile management (LoadRpmPackageResultSigned, v3). It is read as far as
/// delivering it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpmResult {
    /// What it is about.
    pub notification: NotificationMetadata,
    /// The whole of it as the card gave it, without its header.
    content: Vec<u8>,
}

impl Object for RpmResult {
    const TAG: Tag = Tag::context_constructed(1);
    const NAME: &'static str = "LoadRpmPackageResultSigned";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        // The transcriptions of v3 differ in how the signed part is tagged.
        let data = fields.get(Tag::context_constructed(0)).or_else(|| fields.get(Tag::SEQUENCE));
        let data = data.ok_or(Fault::Missing(Tag::context_constructed(0)))?;
        let notification = NotificationMetadata::from_fields(&data.fields()?)?;
        Ok(Self { notification, content: element.value.to_vec() })
    }

    fn write(&self, out: &mut Writer) {
        out.put_raw(&self.content);
    }
}

/// A notification that waits for delivery (PendingNotification); its raw bytes are what is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingNotification {
    /// The result of an installation.
    Installation(Raw<ProfileInstallationResult>),
    /// An enable, disable or delete.
    Other(Raw<OtherSignedNotification>),
    /// The result of remote profile management (v3).
    Rpm(Raw<RpmResult>),
}

impl PendingNotification {
    const TAGS: &[Tag] =
        &[ProfileInstallationResult::TAG, OtherSignedNotification::TAG, RpmResult::TAG];

    /// Reads any of the forms.
    pub fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        match element.tag {
            ProfileInstallationResult::TAG => Raw::from_element(element).map(Self::Installation),
            RpmResult::TAG => Raw::from_element(element).map(Self::Rpm),
            _ => Raw::from_element(element).map(Self::Other),
        }
    }

    /// The bytes as the card gave them: what ES9+.HandleNotification carries.
    pub fn raw(&self) -> &[u8] {
        match self {
            Self::Installation(result) => result.raw(),
            Self::Other(other) => other.raw(),
            Self::Rpm(result) => result.raw(),
        }
    }

    /// What it is about.
    pub fn metadata(&self) -> &NotificationMetadata {
        match self {
            Self::Installation(result) => &result.data.notification,
            Self::Other(other) => &other.metadata,
            Self::Rpm(result) => &result.notification,
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
        let mut pending = Vec::new();
        for entry in list.iter().filter(|entry| PendingNotification::TAGS.contains(&entry.tag)) {
            tlv::push(&mut pending, PendingNotification::read(entry)?);
        }
        Ok(Self::Notifications(pending))
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
