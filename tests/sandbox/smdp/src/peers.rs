//! Whom the server calls: SM-DSs over ES12 and the operator over ES2+.

use lpakit_sandbox_rsp_server::client::ClientOptions;

/// Where ES12 functions are called: followed by the function's name.
pub(crate) const ES12_PATH: &str = "/gsma/rsp2/es12/";

/// Whom the server calls, and how. Each client shows the server's TLS certificate.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    /// How SM-DSs are called.
    pub smds: Option<SmdsClient>,
    /// The operator that is told of downloads.
    pub operator: Option<OperatorEndpoint>,
}

/// How SM-DSs are called.
#[derive(Debug, Clone)]
pub struct SmdsClient {
    /// The client.
    pub client: ClientOptions,
    /// ES12 addresses (`host` or `host:port`) of SM-DSs that are not reached under the address that LPAs use: pairs
    /// of that address and this one.
    pub es12_addresses: Vec<(String, String)>,
}

impl SmdsClient {
    /// Every SM-DS is called under the address that LPAs use.
    pub fn new(client: ClientOptions) -> Self {
        Self { client, es12_addresses: Vec::new() }
    }

    pub(crate) fn url(&self, smds: &str, function: &str) -> String {
        let own = self.es12_addresses.iter().find(|(known, _)| known == smds);
        let address = own.map_or(smds, |(_, es12)| es12);
        format!("https://{address}{ES12_PATH}{function}")
    }
}

/// The operator that is told of downloads.
#[derive(Debug, Clone)]
pub struct OperatorEndpoint {
    /// The client.
    pub client: ClientOptions,
    /// The URL of its handleDownloadProgressInfo.
    pub url: String,
}
