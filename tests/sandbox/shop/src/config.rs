//! What the shop sells, and whom it buys from.

use lpakit_sandbox_rsp_server::client::{ClientError, ClientOptions};
use lpakit_sandbox_rsp_server::folder::FolderError;
use serde::Serialize;

/// A plan as an app shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its name in orders; for the SM-DP+ it is the profile type.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// Whose network it is.
    pub operator: String,
    /// What it costs, as text.
    pub price: String,
}

/// How the shop is set up.
#[derive(Debug, Clone)]
pub struct ShopConfig {
    /// What it sells.
    pub plans: Vec<Plan>,
    /// The SM-DP+'s ES2+ address, `host` or `host:port`.
    pub es2_address: String,
    /// How it is called.
    pub client: ClientOptions,
    /// The SM-DS that tells eUICCs of profiles ordered for them; without one, the SM-DP+ must be their default one.
    pub smds: Option<String>,
}

/// Why the shop could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The client of the SM-DP+.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The folder with what was sold.
    #[error(transparent)]
    Folder(#[from] FolderError),
}
