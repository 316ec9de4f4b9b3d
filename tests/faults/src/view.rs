//! What a person can see of a card, read past every interface of the LPA.

use std::fmt;

use lpakit_rsp::identifiers::Iccid;
use lpakit_sandbox_euicc::{CardStatus, SessionStatus};

/// What a person can see of a card.
#[derive(Clone, PartialEq, Eq)]
pub struct Visible {
    /// ICCID, whether it is on, and its nickname; in order of ICCIDs.
    pub profiles: Vec<(Iccid, bool, Option<String>)>,
    /// The default SM-DP+ address.
    pub default_address: Option<String>,
}

/// A card from the outside and from the inside.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) visible: Visible,
    pub(crate) inside: CardStatus,
}

impl View {
    pub(crate) fn of(inside: CardStatus) -> Self {
        Self { visible: Visible::of(&inside), inside }
    }

    /// Numbers of the notifications that wait.
    pub(crate) fn pending(&self) -> Vec<u32> {
        self.inside.notifications.iter().map(|it| it.seq_number).collect()
    }

    /// Whether the server has proven who it is in a session that is not over.
    pub(crate) fn has_session(&self) -> bool {
        !matches!(self.inside.session, SessionStatus::None | SessionStatus::Challenged)
    }
}

impl Visible {
    fn of(status: &CardStatus) -> Self {
        let profiles = status.profiles.iter();
        let mut visible = Self {
            profiles: profiles.map(|it| (it.iccid, it.enabled, it.nickname.clone())).collect(),
            default_address: status.default_dp_address.clone(),
        };
        visible.sort();
        visible
    }

    pub(crate) fn sort(&mut self) {
        self.profiles.sort_by_key(|(iccid, ..)| *iccid.octets());
    }

    /// Whether this profile is there.
    pub fn has(&self, iccid: &Iccid) -> bool {
        self.state_of(iccid).is_some()
    }

    /// Whether this profile is on; `None` when it is not there.
    pub fn state_of(&self, iccid: &Iccid) -> Option<bool> {
        self.profiles.iter().find(|(known, ..)| known == iccid).map(|(_, on, _)| *on)
    }
}

/// Shows the last digits of ICCIDs: all of them are made up, and the beginnings are the same.
impl fmt::Debug for Visible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profiles = self.profiles.iter().map(|(iccid, on, name)| {
            let digits = iccid.to_string();
            let end = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default().to_owned();
            (end, if *on { "on" } else { "off" }, name.as_deref().unwrap_or(""))
        });
        f.debug_list().entries(profiles).entry(&self.default_address).finish()
    }
}
