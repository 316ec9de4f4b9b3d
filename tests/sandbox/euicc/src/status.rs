//! The inside of a card, for those who must know that it is sound.

use std::collections::BTreeSet;

use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::notifications::Event;

use crate::nvm::{BlobId, MemoryNvm};
use crate::state::{CardState, StoredNotification, StoredProfile};

/// What is on a card and what it is in the middle of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardStatus {
    /// Whether it has power.
    pub powered: bool,
    /// How far the RSP session has come. It is lost with the power.
    pub session: SessionStatus,
    /// A profile is coming in: its load has begun and has no result yet. With power and a session that is loading
    /// this is as it should be; it must be over after any power-on, cancellation or new challenge.
    pub installing: bool,
    /// An enable or disable was answered ok and counts from the next start on.
    pub switch_pending: bool,
    /// The installed profiles, in the order in which they came.
    pub profiles: Vec<ProfileStatus>,
    /// Notifications that wait for their delivery, in the order in which they came.
    pub notifications: Vec<NotificationStatus>,
    /// The number that the next notification gets.
    pub next_seq_number: u32,
    /// Free memory for profiles, in octets.
    pub free_memory: u32,
    /// The default SM-DP+, if one is set.
    pub default_dp_address: Option<String>,
    /// One-time keys kept for servers that may still have a package bound to them.
    pub kept_one_time_keys: usize,
    /// Profile packages in memory that belong to no profile. They are cleared away at the next power-on.
    pub stray_packages: usize,
}

/// How far an RSP session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// There is none.
    None,
    /// GetEUICCChallenge was answered.
    Challenged,
    /// The server has proven who it is.
    Authenticated,
    /// One-time keys are agreed on.
    Prepared,
    /// The package is coming in.
    Loading,
    /// A segment was not as it must be: only CancelSession and a new challenge are left.
    Broken,
}

/// An installed profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileStatus {
    /// Its ICCID.
    pub iccid: Iccid,
    /// The AID of its ISD-P.
    pub isdp_aid: Option<Aid>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The name that the user gave.
    pub nickname: Option<String>,
    /// Whether its package is in memory.
    pub has_package: bool,
}

/// A notification that waits for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationStatus {
    /// Its number.
    pub seq_number: u32,
    /// What it reports.
    pub event: Event,
    /// The profile it is about.
    pub iccid: Option<Iccid>,
    /// The server to tell.
    pub address: String,
}

impl CardStatus {
    pub(crate) fn of(
        state: &CardState,
        memory: &MemoryNvm,
        powered: bool,
        session: SessionStatus,
    ) -> Self {
        let live: BTreeSet<BlobId> = state.blobs().collect();
        let held = live.iter().filter(|blob| memory.holds_blob(**blob)).count();
        Self {
            powered,
            session,
            installing: state.loading.is_some(),
            switch_pending: state.pending_switch.is_some(),
            profiles: state.profiles.iter().map(|it| ProfileStatus::of(it, memory)).collect(),
            notifications: state.notifications.iter().map(NotificationStatus::of).collect(),
            next_seq_number: state.next_seq_number,
            free_memory: state.free_memory(),
            default_dp_address: state.default_dp_address.clone(),
            kept_one_time_keys: state.one_time_keys.len(),
            stray_packages: memory.blob_count().saturating_sub(held),
        }
    }

    /// The profile with this ICCID.
    pub fn profile(&self, iccid: &Iccid) -> Option<&ProfileStatus> {
        self.profiles.iter().find(|profile| &profile.iccid == iccid)
    }

    /// The ICCIDs of the profiles that are switched on.
    pub fn enabled(&self) -> Vec<Iccid> {
        self.profiles
            .iter()
            .filter(|profile| profile.enabled)
            .map(|profile| profile.iccid)
            .collect()
    }

    /// The first thing that must never be so, in words; `None` when the card is sound.
    ///
    /// An installation that is under way is sound only while its session is.
    pub fn fault(&self) -> Option<&'static str> {
        let iccids: BTreeSet<Iccid> = self.profiles.iter().map(|profile| profile.iccid).collect();
        let aids: BTreeSet<&[u8]> = self
            .profiles
            .iter()
            .filter_map(|profile| profile.isdp_aid.as_ref().map(Aid::octets))
            .collect();
        let rising = self
            .notifications
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.seq_number < b.seq_number));
        let last = self.notifications.last().map(|last| last.seq_number);
        let in_session = matches!(self.session, SessionStatus::Loading | SessionStatus::Broken);
        let faults = [
            (iccids.len() != self.profiles.len(), "two profiles have the same ICCID"),
            (
                aids.len() != self.profiles.len(),
                "two profiles have the same ISD-P, or one has none",
            ),
            (self.enabled().len() > 1, "two profiles are switched on"),
            (self.profiles.iter().any(|it| !it.has_package), "a profile has lost its package"),
            (!rising, "the numbers of the notifications do not rise"),
            (last.is_some_and(|last| last >= self.next_seq_number), "a number will be used again"),
            (self.powered && self.installing && !in_session, "an installation is left half done"),
        ];
        faults.into_iter().find_map(|(is_so, words)| is_so.then_some(words))
    }
}

impl ProfileStatus {
    fn of(stored: &StoredProfile, memory: &MemoryNvm) -> Self {
        let package = BlobId::from_hex(&stored.package);
        Self {
            iccid: Iccid::from_octets(stored.iccid),
            isdp_aid: stored.aid(),
            enabled: stored.enabled,
            nickname: stored.nickname.clone(),
            has_package: package.is_some_and(|package| memory.holds_blob(package)),
        }
    }
}

impl NotificationStatus {
    fn of(stored: &StoredNotification) -> Self {
        Self {
            seq_number: stored.seq_number,
            event: Event::from_bit(stored.event),
            iccid: stored.iccid(),
            address: stored.address.clone(),
        }
    }
}
