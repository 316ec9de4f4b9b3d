//! The one error of the library: what happened, what it means for the person's plan, and what to do now.

use std::borrow::Cow;
use std::fmt;

/// What an error is about, for code that decides. There will never be more than these nine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What the person or the app gave cannot be used.
    Input,
    /// The eUICC, or the way to it.
    Card,
    /// The server answered, and refused or made no sense.
    Server,
    /// The server could not be reached or did not answer.
    Network,
    /// The server is not who it should be, or changed its word.
    Trust,
    /// The eUICC's or the operator's rules forbid it.
    Policy,
    /// The person wanted it to end, or did not answer in time.
    Cancelled,
    /// Something else is going on.
    Busy,
    /// The library was shut down.
    Closed,
}

impl ErrorKind {
    /// A stable name for logs and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Card => "card",
            Self::Server => "server",
            Self::Network => "network",
            Self::Trust => "trust",
            Self::Policy => "policy",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Closed => "closed",
        }
    }
}

/// What has become of the plan that was to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanState {
    /// No plan is concerned.
    NotConcerned,
    /// The code can be used again.
    StillValid,
    /// The code cannot be used again, or not by this device.
    NoLongerValid,
    /// The profile is on the card.
    Installed,
    /// It is not known; the card's list of profiles tells.
    Unknown,
}

impl PlanState {
    /// A stable name for logs and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotConcerned => "not_concerned",
            Self::StillValid => "still_valid",
            Self::NoLongerValid => "no_longer_valid",
            Self::Installed => "installed",
            Self::Unknown => "unknown",
        }
    }
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Nothing can be done.
    Nothing,
    /// Try again at once.
    TryAgain,
    /// Try again later.
    TryLater,
    /// Change what was given, then try again.
    ChangeInput,
    /// Free space on the eSIM, then try again.
    FreeSpace,
    /// Look at the list of profiles.
    CheckProfiles,
    /// Ask the operator, usually for a new code.
    AskOperator,
}

impl Advice {
    /// A stable name for logs and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::TryAgain => "try_again",
            Self::TryLater => "try_later",
            Self::ChangeInput => "change_input",
            Self::FreeSpace => "free_space",
            Self::CheckProfiles => "check_profiles",
            Self::AskOperator => "ask_operator",
        }
    }
}

/// Everything that can go wrong. No identifier and no secret stands in it, so it may be logged.
///
/// `Display` gives English text; [`Error::key`] is what other texts hang on.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    kind: ErrorKind,
    key: Cow<'static, str>,
    args: Vec<(&'static str, String)>,
    plan: PlanState,
    advice: Advice,
}

impl Error {
    /// An error with a key of the catalogue.
    pub(crate) fn new(
        kind: ErrorKind,
        key: impl Into<Cow<'static, str>>,
        plan: PlanState,
        advice: Advice,
    ) -> Self {
        Self(Box::new(Details { kind, key: key.into(), args: Vec::new(), plan, advice }))
    }

    /// An error of what was given: nothing has happened yet, so a plan is as good as before.
    pub(crate) fn input(key: &'static str) -> Self {
        Self::new(ErrorKind::Input, key, PlanState::StillValid, Advice::ChangeInput)
    }

    /// The library was shut down.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "closed", PlanState::NotConcerned, Advice::Nothing)
    }

    #[must_use]
    pub(crate) fn with_arg(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub(crate) fn with_plan(mut self, plan: PlanState, advice: Advice) -> Self {
        self.0.plan = plan;
        self.0.advice = advice;
        self
    }

    /// What it is about.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// A stable name of what exactly went wrong, for example `server.refused.8.2.6/3.8`. New ones may come.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Numbers and names that belong into the text.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.0.args
    }

    /// What has become of the plan.
    pub const fn plan(&self) -> PlanState {
        self.0.plan
    }

    /// What to do now.
    pub const fn advice(&self) -> Advice {
        self.0.advice
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}", self.0.key)?;
        for (name, value) in &self.0.args {
            write!(f, ", {name} {value}")?;
        }
        write!(f, ", plan {}, advice {})", self.0.plan.name(), self.0.advice.name())
    }
}

impl std::error::Error for Error {}
