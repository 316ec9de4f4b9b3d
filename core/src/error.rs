//! The one error of the library: what happened, what it means for the person's plan, and what to do now.

use std::borrow::Cow;
use std::fmt;

use lpakit_messages::{CardFunction, Explanation, Language, Meaning, card_result, meaning};

pub use lpakit_messages::{Advice, ErrorKind, PlanState};

/// Everything that can go wrong. No identifier and no secret stands in it, so it may be logged.
///
/// Texts are made when they are shown, in the language asked for then: [`Error::explain`]. `Display` gives English.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    key: Cow<'static, str>,
    args: Vec<(&'static str, String)>,
    meaning: Meaning,
}

/// What a key means that is not in the catalogue. A test holds that there is none.
const STRANGE: Meaning =
    Meaning { kind: ErrorKind::Card, plan: PlanState::Unknown, advice: Advice::Nothing };

impl Error {
    /// An error with a key of the catalogue, and what it usually means.
    pub(crate) fn of(key: &'static str) -> Self {
        Self::meaning(key, meaning(key).unwrap_or(STRANGE))
    }

    pub(crate) fn meaning(key: impl Into<Cow<'static, str>>, meaning: Meaning) -> Self {
        Self(Box::new(Details { key: key.into(), args: Vec::new(), meaning }))
    }

    /// What a card's result code says.
    pub(crate) fn by_card(function: CardFunction, code: u32) -> Self {
        let (key, meaning) = card_result(function, code);
        Self::meaning(key, meaning).with_arg("code", code)
    }

    /// The library was shut down.
    pub(crate) fn closed() -> Self {
        Self::of("closed")
    }

    /// What to tell a person when a search ([`Lpa::discover`](crate::Lpa::discover)) has found no plan.
    pub fn nothing_waits() -> Self {
        Self::of("discovery.nothing")
    }

    #[must_use]
    pub(crate) fn with_arg(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub(crate) fn with_plan(mut self, plan: PlanState, advice: Advice) -> Self {
        self.0.meaning.plan = plan;
        self.0.meaning.advice = advice;
        self
    }

    /// The same where no plan is at stake.
    #[must_use]
    pub(crate) fn without_plan(mut self) -> Self {
        self.0.meaning.plan = PlanState::NotConcerned;
        self
    }

    /// The same on the way to a plan: whatever went wrong with card or network has not harmed it.
    #[must_use]
    pub(crate) fn on_the_way(mut self) -> Self {
        if self.plan() == PlanState::NotConcerned && self.kind() != ErrorKind::Closed {
            self.0.meaning.plan = PlanState::StillValid;
        }
        self
    }

    /// Whether the card itself was out of reach.
    pub(crate) fn is_card_lost(&self) -> bool {
        const LOST: [&str; 7] = [
            "card.gone",
            "card.stuck",
            "card.failed",
            "card.timeout",
            "card.no_isdr",
            "card.access_denied",
            "card.no_channel",
        ];
        LOST.contains(&self.key()) || matches!(self.kind(), ErrorKind::Closed | ErrorKind::Busy)
    }

    /// What it is about.
    pub const fn kind(&self) -> ErrorKind {
        self.0.meaning.kind
    }

    /// A stable name of what exactly went wrong, for example `server.refused.8.2.6/3.8`. New ones may come.
    /// `docs/errors.md` lists them.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Numbers and names that belong into the text.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.0.args
    }

    /// What has become of the plan.
    pub const fn plan(&self) -> PlanState {
        self.0.meaning.plan
    }

    /// What to do now.
    pub const fn advice(&self) -> Advice {
        self.0.meaning.advice
    }

    /// What happened, whether the plan is still usable, and what to do now, for a person.
    /// [`Language::negotiate`] chooses the language.
    pub fn explain(&self, language: Language) -> Explanation {
        lpakit_messages::explain(self.key(), self.args(), self.plan(), self.advice(), language)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.explain(Language::English), f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}", self.0.key)?;
        for (name, value) in &self.0.args {
            write!(f, ", {name} {value}")?;
        }
        write!(f, ", plan {}, advice {})", self.plan().name(), self.advice().name())
    }
}

impl std::error::Error for Error {}
