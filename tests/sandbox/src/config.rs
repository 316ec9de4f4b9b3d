//! What a sandbox is made from, and what it remembers of that in `config.json`.

use std::path::PathBuf;

use lpakit_sandbox_crypto::Eid;
use lpakit_sandbox_crypto::pki::HostName;
use lpakit_sandbox_euicc::CardConfig;
use serde::{Deserialize, Serialize};

use crate::error::SandboxError;

/// What the sandbox's SM-DP+ is called unless something else is wanted. `.test` is never a real domain (RFC 6761).
pub const DEFAULT_NAME: &str = "smdpplus.sandbox.test";
/// What the sandbox's SM-DS is called.
pub const DS_NAME: &str = "smds.sandbox.test";
/// What the sandbox's shop is called.
pub const SHOP_NAME: &str = "shop.sandbox.test";
/// Issuer digits of EIDs that are made up here: those of SGP.26's examples.
pub const EID_PREFIX: &str = "89049032";

/// What [`Sandbox::create`](crate::Sandbox::create) is to make.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// A folder with certificates and keys named as in SGP.26, to be used instead of new ones.
    pub pki: Option<PathBuf>,
    /// The SM-DP+'s host name.
    pub name: String,
    /// What activation codes and notifications call the SM-DP+, when that is not its name: `localhost:8443`, for
    /// programs that cannot be told where a host name leads.
    pub address: Option<String>,
    /// What kind of card it is.
    pub card: CardConfig,
    /// The card's EID; a new one when not given. Imported certificates bring their own.
    pub eid: Option<Eid>,
    /// Draws keys and certificates from this number, so that they are the same each time. Only for tests: whoever
    /// knows it knows every key.
    pub seed: Option<u64>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            pki: None,
            name: DEFAULT_NAME.to_owned(),
            address: None,
            card: CardConfig { root_ds_address: DS_NAME.to_owned(), ..CardConfig::default() },
            eid: None,
            seed: None,
        }
    }
}

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) version: u32,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) address: Option<String>,
}

impl Config {
    pub(crate) const VERSION: u32 = 1;

    pub(crate) fn new(name: &str, address: Option<&str>) -> Result<Self, SandboxError> {
        let fits = is_host(name) && address.is_none_or(|address| host_of(address).is_some());
        if !fits {
            return Err(SandboxError::Address);
        }
        Ok(Self {
            version: Self::VERSION,
            name: name.to_owned(),
            address: address.map(str::to_owned),
        })
    }

    /// What activation codes and notifications call the server.
    pub(crate) fn canonical_address(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.name)
    }

    /// What TLS clients may call the server.
    pub(crate) fn hosts(&self) -> Vec<HostName> {
        let mut hosts = hosts(&self.name);
        let own = self.address.as_deref().and_then(host_of).map(HostName::from);
        hosts.extend(own.filter(|host| !hosts.contains(host)));
        hosts
    }
}

/// What TLS clients may call a server of this name.
pub(crate) fn hosts(name: &str) -> Vec<HostName> {
    [name, "localhost", "127.0.0.1", "::1"].map(HostName::from).to_vec()
}

/// The host in `host` or `host:port`.
fn host_of(address: &str) -> Option<&str> {
    let host = match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok_and(|port| port != 0) => host,
        Some(_) => return None,
        None => address,
    };
    is_host(host).then_some(host)
}

fn is_host(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_');
    (1..=253).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let made = |address| Config::new("dp.sandbox.test", Some(address));
        for good in ["localhost:8443", "127.0.0.1:1", "other.sandbox.test"] {
            assert_eq!(made(good).unwrap().canonical_address(), good);
        }
        for bad in ["", "localhost:", "localhost:0", "localhost:99999", "a b", "https://a", "a/b"] {
            assert!(matches!(made(bad), Err(SandboxError::Address)), "{bad}");
        }
        assert!(Config::new("", None).is_err());
    }

    #[test]
    fn a_server_can_be_reached_by_name_and_on_the_loopback() {
        let config = Config::new("dp.sandbox.test", Some("dp.example:8443")).unwrap();
        let hosts = config.hosts();
        for host in ["dp.sandbox.test", "localhost", "127.0.0.1", "dp.example"] {
            assert!(hosts.contains(&HostName::from(host)), "{host}");
        }
    }
}
