//! What only cards of SGP.22 v3 say.

use serde::{Deserialize, Serialize};

/// The further answers of a card of SGP.22 v3 (facts 3.1, 3.2, 3.10, 3.12). It does what a v2 card does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Version3 {
    /// The highest version it speaks (EUICCInfo1, EUICCInfo2).
    pub highest_svn: [u8; 3],
    /// Root SM-DSs beside the first (ConfiguredData).
    pub additional_root_ds_addresses: Vec<String>,
    /// The eSIM port on which the enabled profile is (ProfileInfo).
    pub esim_port: u32,
}

impl Default for Version3 {
    fn default() -> Self {
        Self {
            highest_svn: [3, 1, 0],
            additional_root_ds_addresses: vec!["secondrootsmds.example.com".to_owned()],
            esim_port: 0,
        }
    }
}
