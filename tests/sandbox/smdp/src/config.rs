//! How an SM-DP+ is set up.

use std::time::Duration;

use lpakit_rsp::ObjectIdentifier;
use lpakit_sandbox_crypto::pki::Credential;
use lpakit_sandbox_crypto::{Pki, Role, Roots};
use lpakit_sandbox_rsp_server::authority::{AuthorityOptions, SetupError};

use crate::bpp_builder::BindOptions;
use crate::es2::ProfileType;
use crate::order::BookOptions;

/// The certificates with which the server signs, under one CI.
#[derive(Debug, Clone)]
pub struct DpCredentials {
    /// CERT.DPauth: signs serverSigned1.
    pub auth: Credential,
    /// CERT.DPpb: signs smdpSigned2 and packages.
    pub pb: Credential,
}

/// How the server is set up.
#[derive(Clone)]
pub struct SmdpConfig {
    /// What clients may call it, the first being its usual name; `host:port` forms may be among them.
    pub addresses: Vec<String>,
    /// The CIs whose eUICCs are served.
    pub roots: Roots,
    /// Its certificates, one set for each CI.
    pub credentials: Vec<DpCredentials>,
    /// The certificates of another SM-DP+, for [`OtherOid`](crate::misbehaviour::Misbehaviour::OtherOid).
    pub other: Option<DpCredentials>,
    /// How packages are bound.
    pub bind: BindOptions,
    /// How long an RSP session may take from its first request to its last.
    pub session_life: Duration,
    /// Octets of transaction IDs, 1 to 16 each; taken in turn.
    pub transaction_id_lengths: Vec<usize>,
    /// Refuses (8.2/3.7) to bind a package again when the eUICC comes back with another one-time key.
    pub refuse_rebinding: bool,
    /// Refuses (8.1/4.8) when the eUICC says it has less free memory than the profile package is long.
    pub check_memory: bool,
    /// The kinds of profiles that operators can order.
    pub catalogue: Vec<ProfileType>,
}

impl SmdpConfig {
    /// A server with the SM-DP+ part of these certificates, called by these addresses.
    ///
    /// # Errors
    /// [`SetupError::NoCredentials`], [`SetupError::Certificate`].
    pub fn new(pki: &Pki, addresses: Vec<String>) -> Result<Self, SetupError> {
        let dp = pki.dp.as_ref().ok_or(SetupError::NoCredentials)?;
        Ok(Self {
            addresses,
            roots: pki.roots()?,
            credentials: vec![DpCredentials { auth: dp.auth.clone(), pb: dp.pb.clone() }],
            other: None,
            bind: BindOptions::default(),
            session_life: Duration::from_secs(30 * 60),
            transaction_id_lengths: vec![16],
            refuse_rebinding: false,
            check_memory: true,
            catalogue: Vec::new(),
        })
    }

    pub(crate) fn authority(&self) -> AuthorityOptions {
        AuthorityOptions {
            addresses: self.addresses.clone(),
            roots: self.roots.clone(),
            auth: self.credentials.iter().map(|set| set.auth.clone()).collect(),
            session_life: self.session_life,
            transaction_id_lengths: self.transaction_id_lengths.clone(),
        }
    }

    /// What an [`OrderBook`](crate::order::OrderBook) beside the running server needs to know.
    ///
    /// # Errors
    /// As [`Smdp::new`](crate::Smdp::new).
    pub fn book_options(&self) -> Result<BookOptions, SetupError> {
        let first = self.credentials.first().ok_or(SetupError::NoCredentials)?;
        Ok(BookOptions {
            address: self.addresses.first().ok_or(SetupError::Address)?.clone(),
            bind: self.bind.clone(),
            oid_length: oid(&first.auth)?.as_bytes().len(),
        })
    }
}

/// Certificates in use, with what is looked up in them all the time.
pub(crate) struct InUse {
    pub(crate) auth: Credential,
    pub(crate) pb: Credential,
    pub(crate) oid: ObjectIdentifier,
}

impl InUse {
    pub(crate) fn new(credentials: &DpCredentials, roots: &Roots) -> Result<Self, SetupError> {
        // Dates are not looked at: a test may serve with certificates that have expired.
        roots.verify(credentials.auth.certificate(), Role::DpAuth, None)?;
        roots.verify(credentials.pb.certificate(), Role::DpPb, None)?;
        let oid = oid(&credentials.auth)?;
        if self::oid(&credentials.pb)? != oid {
            return Err(SetupError::Oid);
        }
        Ok(Self { auth: credentials.auth.clone(), pb: credentials.pb.clone(), oid })
    }
}

fn oid(credential: &Credential) -> Result<ObjectIdentifier, SetupError> {
    let id = credential.certificate().registered_id();
    id.and_then(|id| ObjectIdentifier::from_bytes(id.der_value()).ok()).ok_or(SetupError::Oid)
}
