//! What the lower rooms' failures mean to a person: from their errors to [`Error`].

use crate::activation_code::{ActivationCodeError, ConfirmationCodeError};
use crate::card::{CardError, PortError, StatusWord};
use crate::error::{Advice, Error, ErrorKind, PlanState};
use crate::es9::{Es9Error, ServerRefusal};
use crate::http::{HttpError, TlsFault};
use crate::messages;
use crate::qr::{QrError, ScanError};

impl From<CardError> for Error {
    fn from(error: CardError) -> Self {
        let card = |key, advice| Self::new(ErrorKind::Card, key, PlanState::StillValid, advice);
        match error {
            CardError::Port(port) => port.into(),
            CardError::NoIsdr => card("card.no_isdr", Advice::Nothing),
            CardError::Status(StatusWord::TOOLKIT_BUSY) => {
                let key = "busy.toolkit";
                Self::new(ErrorKind::Busy, key, PlanState::StillValid, Advice::TryLater)
            }
            CardError::Status(status) => {
                card("card.status", Advice::TryAgain).with_arg("status", status)
            }
            CardError::Refused(code) => {
                card("card.refused", Advice::TryAgain).with_arg("code", code)
            }
            CardError::EmptyAnswer => card("card.empty_answer", Advice::TryAgain),
            CardError::AnswerTooLong | CardError::Malformed(_) => {
                card("card.malformed", Advice::TryAgain)
            }
            CardError::CommandTooLong => card("card.command_too_long", Advice::Nothing),
        }
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        let (kind, key, advice) = match error {
            PortError::CardGone => (ErrorKind::Card, "card.gone", Advice::TryAgain),
            PortError::Busy => (ErrorKind::Busy, "busy.card", Advice::TryLater),
            PortError::AccessDenied => (ErrorKind::Card, "card.access_denied", Advice::Nothing),
            PortError::NoSuchApplication => (ErrorKind::Card, "card.no_isdr", Advice::Nothing),
            PortError::NoFreeChannel => (ErrorKind::Card, "card.no_channel", Advice::TryLater),
            PortError::Failed => (ErrorKind::Card, "card.failed", Advice::TryAgain),
            PortError::Timeout => (ErrorKind::Card, "card.timeout", Advice::TryAgain),
        };
        Self::new(kind, key, PlanState::StillValid, advice)
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        let network =
            |key| Self::new(ErrorKind::Network, key, PlanState::StillValid, Advice::TryLater);
        match error {
            HttpError::Unreachable => network("network.unreachable"),
            HttpError::Timeout => network("network.timeout"),
            HttpError::ConnectionLost => network("network.connection_lost"),
            HttpError::BodyTooLong => Self::new(
                ErrorKind::Server,
                "server.answer_too_long",
                PlanState::StillValid,
                Advice::AskOperator,
            ),
            HttpError::BadRequest => Self::input("input.address"),
            HttpError::Tls(fault) => {
                let (key, advice) = match fault {
                    TlsFault::UnknownIssuer => ("trust.unknown_issuer", Advice::AskOperator),
                    TlsFault::Expired => ("trust.certificate_expired", Advice::TryLater),
                    TlsFault::NotYetValid => ("trust.certificate_not_yet_valid", Advice::TryLater),
                    TlsFault::WrongName => ("trust.wrong_name", Advice::AskOperator),
                    TlsFault::BadCertificate => ("trust.bad_certificate", Advice::AskOperator),
                    TlsFault::Handshake => ("trust.handshake", Advice::TryLater),
                };
                Self::new(ErrorKind::Trust, key, PlanState::StillValid, advice)
            }
        }
    }
}

impl From<Es9Error> for Error {
    fn from(error: Es9Error) -> Self {
        let server =
            |key| Self::new(ErrorKind::Server, key, PlanState::StillValid, Advice::TryLater);
        match error {
            Es9Error::Http(http) => http.into(),
            Es9Error::HttpStatus(status) => server("server.http_status").with_arg("status", status),
            Es9Error::Refused(refusal) => refusal.into(),
            Es9Error::TooManyEvents => server("discovery.too_many_events"),
            Es9Error::NotAMessage => server("server.not_a_message"),
            Es9Error::BadField(_) | Es9Error::Malformed(_) => server("server.malformed"),
        }
    }
}

impl From<ServerRefusal> for Error {
    fn from(refusal: ServerRefusal) -> Self {
        let (plan, advice) = messages::refusal_meaning(&refusal.subject, &refusal.reason);
        let clean = |code: &str| -> String {
            code.chars().filter(|c| c.is_ascii_digit() || *c == '.').take(16).collect()
        };
        let (subject, reason) = (clean(&refusal.subject), clean(&refusal.reason));
        let key = format!("server.refused.{subject}/{reason}");
        Self::new(ErrorKind::Server, key, plan, advice)
            .with_arg("subject", subject)
            .with_arg("reason", reason)
    }
}

macro_rules! input_errors {
    ($($source:ty),*) => {$(
        impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::input(error.key())
            }
        }
    )*};
}

input_errors!(ActivationCodeError, ConfirmationCodeError, QrError, ScanError);
