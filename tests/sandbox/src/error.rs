//! What can be wrong with a sandbox.

use std::path::{Path, PathBuf};

use lpakit_sandbox_crypto::certificate::CertificateError;
use lpakit_sandbox_crypto::eid::EidError;
use lpakit_sandbox_crypto::pki::PkiError;
use lpakit_sandbox_euicc::nvm::NvmError;
use lpakit_sandbox_euicc::{CardError, CredentialsError};
use lpakit_sandbox_rsp_server::folder::FolderError;
use lpakit_sandbox_shop::ShopError;
use lpakit_sandbox_smdp::order::OrderError;
use lpakit_sandbox_smdp::server::ServerError;
use lpakit_sandbox_smdp::store::StoreError;
use lpakit_sandbox_smdp::{PeersError, SetupError};
use lpakit_sandbox_smds::SmdsError;

/// Why a sandbox cannot be made or used. Texts hold no identifier and no secret.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A new sandbox was to be made where something is already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// There is no sandbox in this folder.
    #[error("{} holds no sandbox; 'lpakit sandbox new' makes one", .0.display())]
    NotASandbox(PathBuf),
    /// A file cannot be read or written.
    #[error("{} cannot be read or written: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `config.json` does not hold what this version writes.
    #[error("the sandbox's config.json cannot be read: {0}")]
    Config(serde_json::Error),
    /// A name or address of the SM-DP+ that is none.
    #[error("the SM-DP+ is called by a host name, or by host:port as its address")]
    Address,
    /// Certificates or keys.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The EID asked for.
    #[error(transparent)]
    Eid(#[from] EidError),
    /// The certificates make no card.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The card's memory.
    #[error(transparent)]
    Nvm(#[from] NvmError),
    /// The card has profiles, so it cannot be given other certificates.
    #[error("the card has profiles; only an empty card can be given other certificates")]
    CardHasProfiles,
    /// The certificates make no SM-DP+: they belong to a sandbox whose server is somebody else's.
    #[error("this sandbox has no SM-DP+ of its own: its certificates are not here")]
    NoServer,
    /// The SM-DP+.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The TLS server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server's files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The SM-DS.
    #[error(transparent)]
    Smds(#[from] SmdsError),
    /// The SM-DS's files.
    #[error(transparent)]
    Events(#[from] FolderError),
    /// The SM-DP+ cannot call others.
    #[error(transparent)]
    Peers(#[from] PeersError),
    /// The shop.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// An order.
    #[error(transparent)]
    Order(#[from] OrderError),
}

impl SandboxError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Whether another process is using the card.
    pub const fn is_card_in_use(&self) -> bool {
        matches!(self, Self::Nvm(NvmError::InUse) | Self::Card(CardError::Nvm(NvmError::InUse)))
    }
}
