//! Which way a profile can be installed on this phone, and why the other ways are shut.
//!
//! A shell gathers the facts, the system's version among them; the answer is found here, so that both shells give the
//! same answer to the same facts. Each answer explains itself by keys of the catalogue ([`crate::messages`]).

/// A phone's system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Android, by its API level.
    Android {
        /// 28 is Android 9, the first with EuiccManager and OMAPI.
        api_level: u32,
    },
    /// iOS or iPadOS, by its version.
    Ios {
        /// The first number of its version.
        major: u32,
        /// The second.
        minor: u32,
    },
}

/// What an app is to the phone it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An app like any other.
    Plain,
    /// An operator's: Apple's entitlement `public-cellular-plan`, or carrier privileges on Android.
    Operator,
    /// Part of the phone's system: it is its LPA, or holds the privileged permissions of one.
    System,
}

/// How far a try to reach the ISD-R of one card, slot or reader came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardAccess {
    /// Its ISD-R answers.
    Open,
    /// There is no card in it.
    NoCard,
    /// There is a card without an ISD-R, or one that hides it.
    NoEuicc,
    /// The card's access rules (ARA-M) do not list this app.
    Denied,
    /// The card has no free logical channel.
    NoChannel,
    /// It could not be asked.
    Failed,
}

/// What a shell knows of a phone and of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneFacts {
    /// The system and its version.
    pub system: System,
    /// What the app is to the phone.
    pub standing: Standing,
    /// Whether the phone has an eSIM that its system uses; `None` where the system does not say.
    pub esim: Option<bool>,
    /// What Android's OMAPI reaches; `None` when there is no such service, or it does not answer.
    pub sims: Option<Vec<CardAccess>>,
    /// What Android's TelephonyManager reaches; `None` when it was not asked.
    pub slots: Option<Vec<CardAccess>>,
    /// What readers hold; `None` when the system gives this app none.
    pub readers: Option<Vec<CardAccess>>,
    /// Whether something on this phone opens links to its eSIM settings; `None` where the system does not say.
    pub opens_setup_links: Option<bool>,
}

/// A way to install a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// lpakit's own LPA on the phone's eUICCs, for parts of the system (Android's TelephonyManager).
    PhoneCard,
    /// The phone's own LPA, by its API (Android's EuiccManager, iOS's CTCellularPlanProvisioning).
    SystemLpa,
    /// lpakit's own LPA on a removable eUICC in a SIM slot (Android's OMAPI).
    SimCard,
    /// lpakit's own LPA on a removable eUICC in a reader (USB CCID, CryptoTokenKit).
    Reader,
    /// A link that opens the phone's own settings with the code. The person goes on there; nothing comes back.
    SetupLink,
    /// The QR code on another screen or on paper, scanned by the phone's own settings.
    OtherScreen,
}

impl Route {
    /// From the way an app would like best to the one it would like least.
    const ALL: [Self; 6] = [
        Self::PhoneCard,
        Self::SystemLpa,
        Self::SimCard,
        Self::Reader,
        Self::SetupLink,
        Self::OtherScreen,
    ];

    /// Whether a person has to go on in the phone's settings, where the app learns nothing of the outcome.
    pub fn is_by_hand(self) -> bool {
        matches!(self, Self::SetupLink | Self::OtherScreen)
    }
}

/// Whether a way can be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// It can.
    Open,
    /// It can be tried; [`Way::reasons`] say on what it depends.
    Perhaps,
    /// It cannot; [`Way::reasons`] say why.
    Shut,
}

/// A way, whether it can be gone, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Which.
    pub route: Route,
    /// Whether it can be gone.
    pub passage: Passage,
    /// Keys of the catalogue: why it is shut, or on what it depends. Empty when it is open.
    pub reasons: Vec<&'static str>,
}

/// Every way, the best one first: those that can be gone before those that are shut, and the ones that end in the app
/// before the ones that a person goes by hand.
pub fn ways(facts: &PhoneFacts) -> Vec<Way> {
    let mut ways: Vec<Way> = Route::ALL.into_iter().map(|route| way(route, facts)).collect();
    ways.sort_by_key(|way| {
        let by_hand = way.route.is_by_hand();
        let uncertain = !by_hand && way.passage == Passage::Perhaps;
        (way.passage == Passage::Shut, by_hand, uncertain, way.route)
    });
    ways
}

fn way(route: Route, facts: &PhoneFacts) -> Way {
    let (passage, reasons) = match route {
        Route::PhoneCard => phone_card(facts),
        Route::SystemLpa => on_esim(facts, system_lpa),
        Route::SimCard => sim_card(facts),
        Route::Reader => reader(facts),
        Route::SetupLink => on_esim(facts, setup_link),
        Route::OtherScreen => on_esim(facts, |_| open()),
    };
    Way { route, passage, reasons }
}

type Found = (Passage, Vec<&'static str>);

fn open() -> Found {
    (Passage::Open, Vec::new())
}

fn perhaps(reason: &'static str) -> Found {
    (Passage::Perhaps, vec![reason])
}

fn shut(reason: &'static str) -> Found {
    (Passage::Shut, vec![reason])
}

/// Ways that lead to the phone's own eSIM.
fn on_esim(facts: &PhoneFacts, find: impl Fn(&PhoneFacts) -> Found) -> Found {
    match (facts.esim, find(facts)) {
        (Some(false), _) => shut("os.no_esim"),
        (None, (Passage::Open, _)) => perhaps("route.esim_not_known"),
        (_, found) => found,
    }
}

fn system_lpa(facts: &PhoneFacts) -> Found {
    match (facts.system, facts.standing) {
        (System::Android { api_level: ..28 } | System::Ios { major: ..12, .. }, _) => {
            shut("os.too_old")
        }
        (System::Android { .. }, Standing::System) => open(),
        // Even an operator's app is listed in each profile's metadata (BF76), which nobody knows before the download.
        (System::Android { .. }, _) => perhaps("route.profile_must_list_app"),
        (System::Ios { .. }, Standing::Plain) => shut("route.no_entitlement"),
        (System::Ios { .. }, _) => open(),
    }
}

fn setup_link(facts: &PhoneFacts) -> Found {
    if facts.opens_setup_links == Some(false) {
        return shut("os.link_not_opened");
    }
    match facts.system {
        System::Android { .. } => perhaps("route.link_may_not_open"),
        System::Ios { major, minor } => match (major, minor) {
            (..17, _) | (17, ..4) => shut("os.too_old"),
            // Sources differ on the version that has it.
            (17, 4) => perhaps("route.link_may_not_open"),
            _ => open(),
        },
    }
}

fn phone_card(facts: &PhoneFacts) -> Found {
    match (facts.system, facts.standing) {
        (System::Ios { .. }, _) => shut("route.not_on_this_system"),
        (_, Standing::Plain | Standing::Operator) => shut("os.not_system_app"),
        (System::Android { api_level: ..29 }, _) => shut("os.too_old"),
        _ => facts.slots.as_deref().map_or_else(|| shut("os.not_system_app"), on_cards),
    }
}

fn sim_card(facts: &PhoneFacts) -> Found {
    match facts.system {
        System::Ios { .. } => shut("route.not_on_this_system"),
        System::Android { api_level: ..28 } => shut("os.too_old"),
        System::Android { .. } => {
            facts.sims.as_deref().map_or_else(|| shut("route.no_card_service"), on_cards)
        }
    }
}

fn reader(facts: &PhoneFacts) -> Found {
    match (facts.system, facts.readers.as_deref()) {
        (System::Ios { major: ..16, .. }, _) => shut("os.too_old"),
        (System::Ios { .. }, None) => shut("route.no_reader_entitlement"),
        (System::Android { .. }, None) | (_, Some([])) => shut("route.no_reader"),
        (_, Some(cards)) => on_cards(cards),
    }
}

/// One card that answers is enough; else each says why it does not.
fn on_cards(cards: &[CardAccess]) -> Found {
    if cards.contains(&CardAccess::Open) {
        return open();
    }
    let mut reasons = Vec::new();
    for access in cards {
        let reason = match access {
            CardAccess::Open => continue,
            CardAccess::NoCard => "route.no_card",
            CardAccess::NoEuicc => "card.no_isdr",
            CardAccess::Denied => "route.card_must_list_app",
            CardAccess::NoChannel => "card.no_channel",
            CardAccess::Failed => "card.failed",
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        reasons.push("route.no_card");
    }
    (Passage::Shut, reasons)
}

#[cfg(test)]
mod tests;
