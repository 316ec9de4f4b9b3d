//! TLS leaves that a careful client refuses.

use std::time::{Duration, SystemTime};

use super::{
    Credential, HostName, Issuer, Pki, PkiError, PkiOptions, ServerRequest, Validity,
    generate::{generate_ci, issue_server, server_subject},
    issue::{Signer, issue},
};
use crate::{certificate::Role, key::KeyPair, random::Random};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is wrong with a TLS leaf made by [`Pki::bad_tls_leaf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// It ended the day before.
    Expired,
    /// It names another host.
    OtherHost,
    /// It is signed by its own key.
    SelfSigned,
    /// It was issued by a CI nobody knows, one with the same name as ours.
    ForeignCi,
}

impl Pki {
    /// A TLS leaf for a server that is right but for one fault.
    ///
    /// `request` says what the leaf would be without it; its dates are replaced by days around
    /// `now`.
    ///
    /// # Errors
    /// As [`Pki::issue_server`].
    pub fn bad_tls_leaf(
        &self,
        fault: TlsFault,
        request: &ServerRequest,
        now: SystemTime,
        random: &mut dyn Random,
    ) -> Result<Credential, PkiError> {
        let mut request = request.clone();
        request.validity = Validity { from: now - DAY, until: now + DAY };
        match fault {
            TlsFault::Expired => {
                request.validity = Validity { from: now - DAY * 2, until: now - DAY };
                self.issue_server(&request, random)
            }
            TlsFault::OtherHost => {
                request.server.hosts = vec![HostName::from("another-host.invalid")];
                self.issue_server(&request, random)
            }
            TlsFault::SelfSigned => self_signed(&request, random),
            TlsFault::ForeignCi => foreign(&self.ci, &request, random),
        }
    }
}

fn self_signed(request: &ServerRequest, random: &mut dyn Random) -> Result<Credential, PkiError> {
    let key = KeyPair::generate(random);
    let own_key = Signer { certificate: None, key: &key };
    let subject = server_subject(request)?;
    let certificate = issue(&subject, key.public_key(), &own_key, random)?;
    Ok(Credential::new(certificate, key)?)
}

fn foreign(
    own: &Issuer,
    request: &ServerRequest,
    random: &mut dyn Random,
) -> Result<Credential, PkiError> {
    let own = own.certificate();
    let id = own.registered_id().unwrap_or(&request.server.registered_id);
    let ci = generate_ci(own.subject().clone(), id, request.validity, random)?;
    issue_server(&ci, request, random)
}

impl ServerRequest {
    /// A TLS leaf of an SM-DP+ or SM-DS, for `hosts` only.
    pub fn tls(role: Role, options: &PkiOptions, hosts: Vec<HostName>) -> Self {
        let mut server = match role {
            Role::DsTls | Role::DsAuth => options.ds.clone(),
            _ => options.dp.clone(),
        };
        server.hosts = hosts;
        Self { role, name: role.to_string(), server, validity: options.validity }
    }
}
