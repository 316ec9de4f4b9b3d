//! What is on the card, read past every interface of the LPA: from the card's own memory.

use std::fmt;

use lpakit_rsp::identifiers::Iccid;
use lpakit_sandbox_euicc::nvm::{MemoryNvm, Nvm};
use serde_json::Value;

/// What a person can see of a card.
#[derive(Clone, PartialEq, Eq)]
pub struct Visible {
    /// ICCID, whether it is on, and its nickname; in order of ICCIDs.
    pub profiles: Vec<(Iccid, bool, Option<String>)>,
    /// The default SM-DP+ address.
    pub default_address: Option<String>,
}

/// The state of a card.
#[derive(Debug, Clone)]
pub(crate) struct CardView {
    pub(crate) visible: Visible,
    /// Numbers of the notifications that wait.
    pub(crate) pending: Vec<u32>,
    /// The number that the next notification will have.
    pub(crate) next_seq_number: u32,
    /// Whether an installation has begun and has no result.
    pub(crate) is_loading: bool,
}

impl CardView {
    /// Reads the card's memory.
    pub(crate) fn read(memory: &MemoryNvm) -> Self {
        let state = memory.clone().load().expect("memory can be read").expect("there is a card");
        let state: Value = serde_json::from_slice(&state).expect("a card's state");
        let list = |name: &str| state[name].as_array().cloned().unwrap_or_default();
        let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
        let mut profiles: Vec<_> = list("profiles").iter().map(profile).collect();
        profiles.sort_by_key(|(iccid, ..)| *iccid.octets());
        let pending = list("notifications");
        Self {
            visible: Visible {
                profiles,
                default_address: state["default_dp_address"].as_str().map(str::to_owned),
            },
            pending: pending.iter().filter_map(|one| number(&one["seq_number"])).collect(),
            next_seq_number: number(&state["next_seq_number"]).expect("a number"),
            is_loading: !state["loading"].is_null(),
        }
    }
}

impl Visible {
    /// Whether this profile is there.
    pub fn has(&self, iccid: &Iccid) -> bool {
        self.state_of(iccid).is_some()
    }

    /// Whether this profile is on; `None` when it is not there.
    pub fn state_of(&self, iccid: &Iccid) -> Option<bool> {
        self.profiles.iter().find(|(known, ..)| known == iccid).map(|(_, on, _)| *on)
    }
}

/// Shows numbers and states; ICCIDs are not told apart by them.
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

fn profile(stored: &Value) -> (Iccid, bool, Option<String>) {
    let digits = stored["iccid"].as_str().expect("an ICCID");
    let octets: Vec<u8> = (0..digits.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect();
    let iccid = Iccid::from_octets(octets.try_into().expect("10 octets"));
    let enabled = stored["enabled"].as_bool().expect("a state");
    (iccid, enabled, stored["nickname"].as_str().map(str::to_owned))
}
