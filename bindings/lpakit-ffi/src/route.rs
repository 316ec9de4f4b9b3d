//! Which way a profile can be installed on this phone (`lpakit::route`).

use lpakit::route;

use crate::error::LpaError;
use crate::mirror::mirror;

/// A phone's system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PhoneSystem {
    /// Android, by its API level.
    Android {
        /// 28 is Android 9.
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

mirror! {
    /// What an app is to the phone it runs on.
    AppStanding of route::Standing {
        /// An app like any other.
        Plain,
        /// An operator's.
        Operator,
        /// Part of the phone's system.
        System,
    }
}

mirror! {
    /// How far a try to reach the ISD-R of one card, slot or reader came.
    CardAccess of route::CardAccess {
        /// Its ISD-R answers.
        Open,
        /// There is no card in it.
        NoCard,
        /// There is a card without an ISD-R, or one that hides it.
        NoEuicc,
        /// The card's access rules do not list this app.
        Denied,
        /// The card has no free logical channel.
        NoChannel,
        /// It could not be asked.
        Failed,
    }
}

mirror! {
    /// A way to install a profile.
    InstallRoute of route::Route {
        /// lpakit's own LPA on the phone's eUICCs.
        PhoneCard,
        /// The phone's own LPA, by its API.
        SystemLpa,
        /// lpakit's own LPA on a removable eUICC in a SIM slot.
        SimCard,
        /// lpakit's own LPA on a removable eUICC in a reader.
        Reader,
        /// A link that opens the phone's own settings with the code.
        SetupLink,
        /// The QR code on another screen or on paper.
        OtherScreen,
    }
}

mirror! {
    /// Whether a way can be gone.
    Passage of route::Passage {
        /// It can.
        Open,
        /// It can be tried.
        Perhaps,
        /// It cannot.
        Shut,
    }
}

/// What a shell knows of a phone and of the app.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhoneFacts {
    /// The system and its version.
    pub system: PhoneSystem,
    /// What the app is to the phone.
    pub standing: AppStanding,
    /// Whether the phone has an eSIM that its system uses; none where the system does not say.
    pub esim: Option<bool>,
    /// What OMAPI reaches; none when there is no such service.
    pub sims: Option<Vec<CardAccess>>,
    /// What TelephonyManager reaches; none when it was not asked.
    pub slots: Option<Vec<CardAccess>>,
    /// What readers hold; none when the system gives this app no readers.
    pub readers: Option<Vec<CardAccess>>,
    /// Whether something opens links to the phone's eSIM settings; none where the system does not say.
    pub opens_setup_links: Option<bool>,
}

/// A way, whether it can be gone, and why.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct InstallWay {
    /// Which.
    pub route: InstallRoute,
    /// Whether it can be gone.
    pub passage: Passage,
    /// Keys of the catalogue: why it is shut, or on what it depends.
    pub reasons: Vec<String>,
}

impl From<PhoneSystem> for route::System {
    fn from(system: PhoneSystem) -> Self {
        match system {
            PhoneSystem::Android { api_level } => Self::Android { api_level },
            PhoneSystem::Ios { major, minor } => Self::Ios { major, minor },
        }
    }
}

impl From<PhoneFacts> for route::PhoneFacts {
    fn from(facts: PhoneFacts) -> Self {
        let cards = |found: Option<Vec<CardAccess>>| {
            found.map(|cards| cards.into_iter().map(Into::into).collect())
        };
        Self {
            system: facts.system.into(),
            standing: facts.standing.into(),
            esim: facts.esim,
            sims: cards(facts.sims),
            slots: cards(facts.slots),
            readers: cards(facts.readers),
            opens_setup_links: facts.opens_setup_links,
        }
    }
}

/// Every way to install a profile on this phone, the best one first.
#[uniffi::export]
pub fn install_ways(facts: PhoneFacts) -> Result<Vec<InstallWay>, LpaError> {
    let ways = route::ways(&facts.into()).into_iter();
    Ok(ways
        .map(|way| InstallWay {
            route: way.route.into(),
            passage: way.passage.into(),
            reasons: way.reasons.into_iter().map(str::to_owned).collect(),
        })
        .collect())
}
