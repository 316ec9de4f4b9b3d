//! What notifications are about.

use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::Iccid;
use crate::members::Members;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Unknown, Writer};

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
    /// A profile was enabled from afar (notificationRpmEnable, v3).
    pub const RPM_ENABLE: Self = Self::Other(4);
    /// A profile was disabled from afar (notificationRpmDisable, v3).
    pub const RPM_DISABLE: Self = Self::Other(5);
    /// A profile was deleted from afar (notificationRpmDelete, v3).
    pub const RPM_DELETE: Self = Self::Other(6);
    /// A package for remote profile management was run (loadRpmPackageResult, v3).
    pub const RPM_RESULT: Self = Self::Other(7);

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationMetadata {
    /// Its number on the card: rising, never used again, any size.
    pub seq_number: u32,
    /// What happened: one event by the standard, but an odd card must not block the list.
    pub events: EventSet,
    /// The server to tell.
    pub address: String,
    /// The profile it is about.
    pub iccid: Option<Iccid>,
    /// What else the card said.
    pub unknown: Unknown,
}

impl Object for NotificationMetadata {
    const TAG: Tag = Tag::new(0xBF2F);
    const NAME: &'static str = "NotificationMetadata";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        let number = members.require(Tag::context(0))?;
        let events = members.require(Tag::context(1))?;
        let address = members.require(Tag::UTF8_STRING)?;
        Ok(Self {
            seq_number: coding::read_unsigned(number, "seqNumber")?,
            events: EventSet(Bits::read(events, "profileManagementOperation")?),
            address: coding::read_text(address, 1024, "notificationAddress")?,
            iccid: members.read(Tag::ICCID, Iccid::read)?,
            unknown: members.unknown(),
        })
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(0), self.seq_number);
        self.events.0.put(out, Tag::context(1));
        out.put(Tag::UTF8_STRING, self.address.as_bytes());
        out.put_optional(Tag::ICCID, self.iccid.map(|iccid| *iccid.octets()));
        out.put_unknown(&self.unknown);
    }
}
