//! What a set of certificates is to say.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use crate::{
    certificate::{RegisteredId, Role},
    eid::Eid,
};

/// From when until when a certificate is valid, both ends included; whole seconds count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub from: SystemTime,
    /// Last moment.
    pub until: SystemTime,
}

impl Validity {
    /// So many days from a moment on.
    pub fn days(from: SystemTime, days: u32) -> Self {
        Self { from, until: from + Duration::from_secs(u64::from(days) * 24 * 60 * 60) }
    }
}

/// A name or address a TLS client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostName {
    /// A DNS name.
    Dns(String),
    /// A numeric address.
    Ip(IpAddr),
}

impl From<&str> for HostName {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Dns(text.to_owned()), Self::Ip)
    }
}

impl From<IpAddr> for HostName {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

/// Names of a server (SM-DP+ or SM-DS).
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Organisation in the subjects.
    pub organization: String,
    /// The server's OID, the same in all its certificates.
    pub registered_id: RegisteredId,
    /// What TLS clients may call it.
    pub hosts: Vec<HostName>,
}

/// What [`Pki::generate`](super::Pki::generate) is to make.
#[derive(Debug, Clone)]
pub struct PkiOptions {
    /// The card's EID; its first eight digits become the EUM's permitted prefix.
    pub eid: Eid,
    /// Dates of every certificate.
    pub validity: Validity,
    /// Common name of the CI.
    pub ci_name: String,
    /// OID of the CI.
    pub ci_registered_id: RegisteredId,
    /// Organisation of the EUM and of its eUICCs.
    pub eum_organization: String,
    /// OID of the EUM.
    pub eum_registered_id: RegisteredId,
    /// The SM-DP+.
    pub dp: ServerOptions,
    /// The SM-DS.
    pub ds: ServerOptions,
}

impl PkiOptions {
    /// A sandbox with the example OIDs of SGP.26 (2.999.…), serving at the given hosts.
    pub fn new(
        eid: Eid,
        validity: Validity,
        dp_hosts: Vec<HostName>,
        ds_hosts: Vec<HostName>,
    ) -> Self {
        Self {
            eid,
            validity,
            ci_name: "lpakit sandbox CI".to_owned(),
            ci_registered_id: RegisteredId::example(1),
            eum_organization: "lpakit sandbox EUM".to_owned(),
            eum_registered_id: RegisteredId::example(5),
            dp: ServerOptions {
                organization: "lpakit sandbox SM-DP+".to_owned(),
                registered_id: RegisteredId::example(10),
                hosts: dp_hosts,
            },
            ds: ServerOptions {
                organization: "lpakit sandbox SM-DS".to_owned(),
                registered_id: RegisteredId::example(15),
                hosts: ds_hosts,
            },
        }
    }
}

/// One server certificate to be issued under the CI.
#[derive(Debug, Clone)]
pub struct ServerRequest {
    /// Any role of an SM-DP+ or SM-DS.
    pub role: Role,
    /// Common name.
    pub name: String,
    /// Names of the server; the hosts matter for the TLS roles only.
    pub server: ServerOptions,
    /// Dates.
    pub validity: Validity,
}
