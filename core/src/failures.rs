//! What the lower rooms' failures mean to a person: from their errors to [`Error`]. They know of no plan; whoever is on
//! the way to one says so ([`Error::on_the_way`]).

use lpakit_messages::server_refusal;
use lpakit_rsp::identifiers::EidError;

use crate::activation_code::{ActivationCodeError, ConfirmationCodeError};
use crate::card::{CardError, NotDone, PortError, StatusWord};
use crate::error::Error;
use crate::es9::{Es9Error, ServerRefusal};
use crate::http::{HttpError, TlsFault};
use crate::qr::{QrError, ScanError};

impl From<CardError> for Error {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Port(port) => port.into(),
            CardError::NoIsdr => Self::of("card.no_isdr"),
            CardError::Status(StatusWord::TOOLKIT_BUSY) => Self::of("busy.toolkit"),
            CardError::Status(status) => Self::of("card.status").with_arg("status", status),
            CardError::Refused(function, code) => Self::by_card(function, code),
            CardError::EmptyAnswer => Self::of("card.empty_answer"),
            CardError::AnswerTooLong | CardError::Malformed(_) => Self::of("card.malformed"),
            CardError::CommandTooLong => Self::of("card.command_too_long"),
        }
        .without_plan()
    }
}

impl From<NotDone> for Error {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Ended => Self::closed(),
            NotDone::Broken => Self::of("closed.fault"),
            NotDone::Stuck => Self::of("card.stuck").without_plan(),
        }
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        Self::of(match error {
            PortError::CardGone => "card.gone",
            PortError::Busy => "busy.card",
            PortError::AccessDenied => "card.access_denied",
            PortError::NoSuchApplication => "card.no_isdr",
            PortError::NoFreeChannel => "card.no_channel",
            PortError::Failed => "card.failed",
            PortError::Timeout => "card.timeout",
        })
        .without_plan()
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        Self::of(match error {
            HttpError::Unreachable => "network.unreachable",
            HttpError::Timeout => "network.timeout",
            HttpError::ConnectionLost => "network.connection_lost",
            HttpError::BodyTooLong => "server.answer_too_long",
            HttpError::BadRequest => "input.address",
            HttpError::Tls(fault) => match fault {
                TlsFault::UnknownIssuer => "trust.unknown_issuer",
                TlsFault::Expired => "trust.certificate_expired",
                TlsFault::NotYetValid => "trust.certificate_not_yet_valid",
                TlsFault::WrongName => "trust.wrong_name",
                TlsFault::BadCertificate => "trust.bad_certificate",
                TlsFault::Handshake => "trust.handshake",
            },
        })
        .without_plan()
    }
}

impl From<Es9Error> for Error {
    fn from(error: Es9Error) -> Self {
        match error {
            Es9Error::Http(http) => http.into(),
            Es9Error::HttpStatus(status) => {
                Self::of("server.http_status").with_arg("status", status).without_plan()
            }
            Es9Error::Refused(refusal) => refusal.into(),
            Es9Error::TooManyEvents => Self::of("discovery.too_many_events"),
            Es9Error::NotAMessage => Self::of("server.not_a_message").without_plan(),
            Es9Error::BadField(_) | Es9Error::Malformed(_) => {
                Self::of("server.malformed").without_plan()
            }
        }
    }
}

impl From<ServerRefusal> for Error {
    fn from(refusal: ServerRefusal) -> Self {
        let meant = server_refusal(&refusal.subject, &refusal.reason);
        Self::meaning(meant.key, meant.meaning)
    }
}

impl From<EidError> for Error {
    fn from(_: EidError) -> Self {
        Self::of("input.eid")
    }
}

macro_rules! input_errors {
    ($($source:ty),*) => {$(
        impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::of(error.key())
            }
        }
    )*};
}

input_errors!(ActivationCodeError, ConfirmationCodeError, QrError, ScanError);
