//! The one error, and its texts.

use lpakit::messages::{self, Language, Meaning};

use crate::mirror::mirror;

mirror! {
    /// What an error is about, for code that decides. There will never be more than these nine.
    ErrorKind of lpakit::ErrorKind {
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
}

mirror! {
    /// What has become of the plan that was to be installed.
    PlanState of lpakit::PlanState {
        /// No plan is concerned.
        NotConcerned,
        /// The code can be used again.
        StillValid,
        /// The code cannot be used again, or not by this device.
        NoLongerValid,
        /// The profile is on the card.
        Installed,
        /// It is not known; the card's list of profiles, or the operator, tells.
        Unknown,
    }
}

mirror! {
    /// What to do now.
    Advice of lpakit::Advice {
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
        /// Set the device's clock right, then try again.
        CheckClock,
        /// Look after the internet connection, then try again.
        CheckNetwork,
        /// Switch the profile off, then try again.
        SwitchOff,
        /// Close other programs that use the eSIM, then try again.
        CloseOtherApp,
    }
}

/// A number or a name that belongs into an error's text. Never an identifier or a secret.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErrorArgument {
    /// The placeholder's name.
    pub name: String,
    /// What to put in its place.
    pub value: String,
}

/// What went wrong, what it means for the plan, and what to do now. No identifier and no secret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErrorDetails {
    /// What it is about.
    pub kind: ErrorKind,
    /// A stable name of what exactly went wrong (`docs/errors.md`). New ones may come.
    pub key: String,
    /// Values for its text.
    pub arguments: Vec<ErrorArgument>,
    /// What has become of the plan.
    pub plan: PlanState,
    /// What to do now.
    pub advice: Advice,
}

/// Everything that can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LpaError {
    /// What went wrong. It is the only variant: code decides by kind and key.
    #[error("{}", details.key)]
    Failed {
        /// All about it.
        details: ErrorDetails,
    },
}

impl LpaError {
    /// An error of the catalogue.
    pub(crate) fn of(key: &'static str) -> Self {
        Self::with_argument(key, None)
    }

    pub(crate) fn setting(name: &str) -> Self {
        Self::with_argument("input.setting", Some(("name", name)))
    }

    pub(crate) fn closed() -> Self {
        Self::of("closed")
    }

    fn with_argument(key: &'static str, argument: Option<(&str, &str)>) -> Self {
        let pair =
            |(name, value): (&str, &str)| ErrorArgument { name: name.into(), value: value.into() };
        // A test holds that every key is in the catalogue.
        let meaning = messages::meaning(key).unwrap_or(UNKNOWN);
        let arguments = argument.map(pair).into_iter().collect();
        Self::Failed { details: ErrorDetails { arguments, ..details_of(key.to_owned(), meaning) } }
    }
}

/// What a key that is not in the catalogue would mean.
const UNKNOWN: Meaning = Meaning {
    kind: lpakit::ErrorKind::Closed,
    plan: lpakit::PlanState::Unknown,
    advice: lpakit::Advice::Nothing,
};

fn details_of(key: String, meaning: Meaning) -> ErrorDetails {
    ErrorDetails {
        kind: meaning.kind.into(),
        key,
        arguments: Vec::new(),
        plan: meaning.plan.into(),
        advice: meaning.advice.into(),
    }
}

impl From<&lpakit::Error> for ErrorDetails {
    fn from(error: &lpakit::Error) -> Self {
        let argument = |(name, value): &(&'static str, String)| ErrorArgument {
            name: (*name).to_owned(),
            value: value.clone(),
        };
        Self {
            kind: error.kind().into(),
            key: error.key().to_owned(),
            arguments: error.args().iter().map(argument).collect(),
            plan: error.plan().into(),
            advice: error.advice().into(),
        }
    }
}

impl<E: Into<lpakit::Error>> From<E> for LpaError {
    fn from(error: E) -> Self {
        Self::Failed { details: ErrorDetails::from(&error.into()) }
    }
}

/// What is told of an error to a person: a sentence each; empty where there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Explanation {
    /// What happened.
    pub what: String,
    /// Whether the plan is still usable.
    pub plan: String,
    /// What to do now.
    pub advice: String,
    /// All of it in a row.
    pub text: String,
}

/// Explains an error in the first of these locales that lpakit speaks (BCP 47, Java's, Apple's or POSIX spelling), else
/// in English.
#[uniffi::export]
pub fn explain(details: ErrorDetails, locales: Vec<String>) -> Result<Explanation, LpaError> {
    let language = Language::negotiate(&locales);
    let arguments = pairs(&details.arguments);
    let explained = messages::explain(
        &details.key,
        &arguments,
        details.plan.into(),
        details.advice.into(),
        language,
    );
    Ok(Explanation {
        text: explained.to_string(),
        what: explained.what,
        plan: explained.plan.to_owned(),
        advice: explained.advice.to_owned(),
    })
}

/// The text of a key of the catalogue, errors and words alike, in the first of these locales that lpakit speaks, else in
/// English. A key of another version gives a general text that shows it.
#[uniffi::export]
pub fn text(
    key: String,
    arguments: Vec<ErrorArgument>,
    locales: Vec<String>,
) -> Result<String, LpaError> {
    Ok(messages::render(&key, &pairs(&arguments), Language::negotiate(&locales)))
}

fn pairs(arguments: &[ErrorArgument]) -> Vec<(&str, &str)> {
    arguments.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect()
}

/// The catalogue's error with this key, for what a shell finds out by itself.
///
/// # Errors
/// `closed.fault` for a key that is not in it.
#[uniffi::export]
pub fn error_of(key: String, arguments: Vec<ErrorArgument>) -> Result<ErrorDetails, LpaError> {
    let Some(meaning) = messages::meaning(&key) else {
        return Err(LpaError::of("closed.fault"));
    };
    Ok(ErrorDetails { arguments, ..details_of(key, meaning) })
}

/// The error for a server's refusal that somebody else met, such as the phone's own LPA: subject and reason as the
/// server writes them, `8.2.6` and `3.8` (SGP.22, 5.2.6).
#[uniffi::export]
pub fn refusal_of(subject: String, reason: String) -> Result<ErrorDetails, LpaError> {
    let refusal = messages::server_refusal(&subject, &reason);
    Ok(details_of(refusal.key, refusal.meaning))
}

/// The keys of all errors in the catalogue, for tables and tests.
#[uniffi::export]
pub fn error_keys() -> Result<Vec<String>, LpaError> {
    Ok(messages::keys().map(str::to_owned).collect())
}

/// What is wrong when the shell is of this version and the library of another: nothing, if they are the same.
///
/// # Errors
/// `input.library_version`.
#[uniffi::export]
pub fn check_version(shell: String) -> Result<(), LpaError> {
    if shell == env!("CARGO_PKG_VERSION") {
        Ok(())
    } else {
        Err(LpaError::of("input.library_version"))
    }
}

/// The error for a call that failed in a way that the generated code reports by itself, such as a panic.
#[uniffi::export]
pub fn fault() -> Result<ErrorDetails, LpaError> {
    let LpaError::Failed { details } = LpaError::of("closed.fault");
    Ok(details)
}
