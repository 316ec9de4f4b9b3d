//! The RSP session: one at a time, in RAM (SGP.22 3.1, facts 6.3).

use lpakit_rsp::Object;
use lpakit_rsp::chip::EuiccChallenge;
use lpakit_rsp::identifiers::TransactionId;
use lpakit_sandbox_crypto::certificate::RegisteredId;
use lpakit_sandbox_crypto::{OneTimeKeyPair, PublicKey};

use super::{Answer, Isdr};
use crate::load_bpp::Loader;
use crate::status::SessionStatus;

/// How far a download has come.
#[derive(Default)]
pub(super) enum Session {
    /// No session.
    #[default]
    Idle,
    /// GetEUICCChallenge was answered.
    Challenged([u8; 16]),
    /// The server has proven who it is.
    Authenticated(Authenticated),
    /// The user has consented; one-time keys are agreed on.
    Prepared(Box<Prepared>),
    /// The package is coming in.
    Loading(Box<Loading>),
    /// A segment of the package was not as it must be: only CancelSession and a new challenge are left.
    Broken(Authenticated),
}

/// What is known after AuthenticateServer.
#[derive(Clone)]
pub(super) struct Authenticated {
    pub(super) transaction_id: TransactionId,
    pub(super) server_address: String,
    pub(super) server_oid: RegisteredId,
    /// The CI that both sides stand under.
    pub(super) ci_key_id: Vec<u8>,
    pub(super) euicc_signature1: [u8; 64],
}

/// What is known after PrepareDownload.
pub(super) struct Prepared {
    pub(super) authenticated: Authenticated,
    pub(super) one_time_key: OneTimeKeyPair,
    /// Of CERT.DPpb.
    pub(super) binding_key: PublicKey,
}

/// A package on its way in.
pub(super) struct Loading {
    pub(super) authenticated: Authenticated,
    pub(super) loader: Loader,
}

impl Session {
    pub(super) fn status(&self) -> SessionStatus {
        match self {
            Self::Idle => SessionStatus::None,
            Self::Challenged(_) => SessionStatus::Challenged,
            Self::Authenticated(_) => SessionStatus::Authenticated,
            Self::Prepared(_) => SessionStatus::Prepared,
            Self::Loading(_) => SessionStatus::Loading,
            Self::Broken(_) => SessionStatus::Broken,
        }
    }

    /// The server's part of a session in which it has proven who it is.
    pub(super) fn authenticated(&self) -> Option<&Authenticated> {
        match self {
            Self::Idle | Self::Challenged(_) => None,
            Self::Authenticated(authenticated) | Self::Broken(authenticated) => Some(authenticated),
            Self::Prepared(prepared) => Some(&prepared.authenticated),
            Self::Loading(loading) => Some(&loading.authenticated),
        }
    }
}

impl Isdr {
    /// ES10b.GetEUICCChallenge: a new session; an old one is gone, and a load that it cut off is reported.
    pub(super) fn challenge(&mut self) -> Answer {
        self.session = Session::Idle;
        self.report_interruption()?;
        let mut challenge = [0; 16];
        self.random.fill(&mut challenge);
        self.session = Session::Challenged(challenge);
        Ok(EuiccChallenge(challenge).encode())
    }
}
