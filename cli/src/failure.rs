//! Why a command did not do what it was asked.

use std::net::SocketAddr;
use std::sync::OnceLock;

use lpakit::messages::Language;
use lpakit::{Advice, Error, ErrorKind, PlanState};
use lpakit_sandbox::SandboxError;
use lpakit_sandbox::smdp::server::ServerError;
use serde_json::{Value, json};

/// A failure as it is told: a text for a person, and a stable key and values for programs. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    kind: &'static str,
    key: String,
    text: String,
    plan: PlanState,
    advice: Advice,
}

impl Failure {
    /// A failure that the library knows nothing of.
    pub(crate) fn new(kind: ErrorKind, key: &str, text: impl Into<String>) -> Self {
        Self {
            kind: kind.name(),
            key: key.to_owned(),
            text: text.into(),
            plan: PlanState::NotConcerned,
            advice: Advice::Nothing,
        }
    }

    /// The person wanted it to end, or nobody was there to ask.
    pub(crate) fn cancelled(key: &str, text: &str) -> Self {
        Self {
            plan: PlanState::StillValid,
            advice: Advice::TryAgain,
            ..Self::new(ErrorKind::Cancelled, key, text)
        }
    }

    /// As [`Self::cancelled`], when no plan is concerned.
    pub(crate) fn undecided(key: &str, text: &str) -> Self {
        Self { plan: PlanState::NotConcerned, ..Self::cancelled(key, text) }
    }

    /// Ctrl-C before anything was decided.
    pub(crate) fn interrupted() -> Self {
        Self::undecided("cancelled.by_user", "It was cancelled.")
    }

    /// A file cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, fault: &std::io::Error) -> Self {
        let text = format!("{} cannot be read or written: {fault}.", path.display());
        Self::new(ErrorKind::Input, "input.file", text)
    }

    /// Another program listens where a sandbox was to be served.
    pub(crate) fn port_taken(address: SocketAddr) -> Self {
        let ip = address.ip();
        let text = format!(
            "Another program uses port {} of {ip}. Choose another one with --listen; \
             '--listen {}' takes any free port.",
            address.port(),
            SocketAddr::new(ip, 0),
        );
        Self {
            advice: Advice::ChangeInput,
            ..Self::new(ErrorKind::Busy, "sandbox.port_taken", text)
        }
    }

    /// Its stable name.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What to say to a person.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What to say to a program.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "kind": self.kind,
            "key": self.key,
            "text": self.text,
            "plan": self.plan.name(),
            "advice": self.advice.name(),
        })
    }
}

/// The language that the person chose, once for the whole program.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Chooses the language of failures.
pub(crate) fn speak(language: Language) {
    // The first choice is the only one that is ever made.
    let _ = LANGUAGE.set(language);
}

/// The language of failures.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind().name(),
            key: error.key().to_owned(),
            text: error.explain(language()).to_string(),
            plan: error.plan(),
            advice: error.advice(),
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        if error.is_card_in_use() {
            return Self::new(ErrorKind::Busy, "busy.card", "Another program is using this card.");
        }
        if let SandboxError::Server(ServerError::Listen { address, source }) = &error
            && source.kind() == std::io::ErrorKind::AddrInUse
        {
            return Self::port_taken(*address);
        }
        let key = match &error {
            SandboxError::Exists(_) => "sandbox.exists",
            SandboxError::NotASandbox(_) => "sandbox.missing",
            SandboxError::Address => "sandbox.address",
            SandboxError::Pki(_) | SandboxError::Certificate(_) => "sandbox.pki",
            SandboxError::Credentials(_) => "sandbox.pki",
            SandboxError::CardHasProfiles => "sandbox.card_has_profiles",
            SandboxError::NoServer => "sandbox.no_server",
            SandboxError::Server(_) => "sandbox.server",
            SandboxError::Order(_) => "sandbox.order",
            _ => "sandbox.failed",
        };
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            // Many texts contain their cause's already.
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Self::new(ErrorKind::Input, key, format!("{text}."))
    }
}
