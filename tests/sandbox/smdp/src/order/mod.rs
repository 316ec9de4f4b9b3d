//! Download orders: one profile for one subscriber, from the operator's order to its installation (SGP.22 3.1.1).

mod book;
mod code;
mod event;
mod request;
mod rules;

pub(crate) use book::is_matching_id;
pub use book::{BookOptions, OrderBook, OrderError};
pub use code::ConfirmationCode;
pub(crate) use event::EventDue;
pub use event::{EventState, OrderEvent};
pub use request::{MatchingId, OrderRequest, PlacedOrder, ProfileSize, ProfileSource};

use std::fmt;
use std::time::{Duration, SystemTime};

use lpakit_rsp::chip::EuiccInfo2;
use lpakit_rsp::identifiers::{Iccid, Version};
use serde::{Deserialize, Serialize};

use crate::metadata::MetadataSpec;

/// Names an order at this server. It is no secret: it stands in file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId(String);

impl OrderId {
    /// From random octets.
    pub(crate) fn new(octets: [u8; 8]) -> Self {
        Self(hex::encode(octets))
    }

    /// The identifier as text: 16 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From text. Anything that is not 16 lower-case hexadecimal digits names no order, and never a path.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |c: u8| c.is_ascii_digit() || matches!(c, b'a'..=b'f');
        (text.len() == 16 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderState {
    /// The profile is there and nobody has ordered it.
    Available,
    /// Ordered, for an eUICC that is not known yet.
    Allocated,
    /// Ordered for one EID.
    Linked,
    /// Matching ID and confirmation code are set.
    Confirmed,
    /// May be downloaded.
    Released,
    /// The bound package has been handed out; how it ended is not known yet.
    Downloaded,
    /// The eUICC has reported success.
    Installed,
    /// Nothing more can be done with it.
    Error,
    /// The operator has cancelled it, and the profile is not to be ordered again.
    Unavailable,
}

impl OrderState {
    /// Whether a download may begin, as far as the state goes.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Released | Self::Downloaded)
    }
}

/// What an eUICC must be like for an order (SGP.22 5.6.3, eligibility check).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Eligibility {
    /// Lowest SGP.22 version of the eUICC.
    #[serde(default)]
    pub min_svn: Option<[u8; 3]>,
    /// Bits that rspCapability must have.
    #[serde(default)]
    pub rsp_capabilities: Vec<u8>,
    /// Bits that uiccCapability must have.
    #[serde(default)]
    pub uicc_capabilities: Vec<u8>,
}

impl Eligibility {
    /// Whether this eUICC will do.
    pub fn allows(&self, info: &EuiccInfo2) -> bool {
        self.min_svn.is_none_or(|min| info.svn >= Version(min))
            && self.rsp_capabilities.iter().all(|bit| info.rsp_capability.has(*bit))
            && self.uicc_capabilities.iter().all(|bit| info.uicc_capability.has(*bit))
    }
}

/// One handing-out of the package: what is needed to check the result that comes back, maybe days later.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The RSP session.
    #[serde(with = "crate::bytes::hex_text")]
    pub transaction_id: Vec<u8>,
    /// The eUICC certificate that signed in it, DER.
    #[serde(with = "crate::bytes::hex_text")]
    pub euicc_certificate: Vec<u8>,
    /// The EUM certificate, DER.
    #[serde(with = "crate::bytes::hex_text")]
    pub eum_certificate: Vec<u8>,
    /// The eUICC's one-time key the package was bound to.
    #[serde(with = "crate::bytes::hex_text")]
    pub euicc_otpk: Vec<u8>,
}

/// What the operator is told at the end: a subject and reason code, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Subject code, for example `8.8.5`.
    pub subject: String,
    /// Reason code, for example `3.8`.
    pub reason: String,
    /// In words.
    pub message: String,
}

/// A download order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its name here.
    pub id: OrderId,
    /// How far it has come.
    pub state: OrderState,
    /// What the activation code carries; empty for an order on the default SM-DP+ way. A secret.
    pub matching_id: String,
    /// The eUICC it is for, 32 digits; set by the operator or by the first download.
    pub eid: Option<String>,
    /// The profile's ICCID, digits.
    pub iccid: String,
    /// What a person sees of it.
    pub metadata: MetadataSpec,
    /// Octets of the profile package.
    pub profile_length: usize,
    /// The code that the person must know, hashed.
    pub confirmation_code: Option<ConfirmationCode>,
    /// How often the package may be handed out.
    pub max_download_attempts: u32,
    /// How often it was.
    pub download_attempts: u32,
    /// What the eUICC must be like.
    pub eligibility: Eligibility,
    /// When it was placed, seconds since 1970.
    pub created: u64,
    /// When it ends, seconds since 1970.
    pub expires: Option<u64>,
    /// Octets appended to the server's hostId, so that a package comes out at an exact size.
    #[serde(default)]
    pub host_id_padding: usize,
    /// Whether the one-time key of the last download may still be in use.
    #[serde(default)]
    pub binding_open: bool,
    /// The handings-out, oldest first.
    #[serde(default)]
    pub downloads: Vec<Download>,
    /// How it ended, for the operator.
    #[serde(default)]
    pub report: Option<Report>,
    /// The last event the eUICC reported: install, enable, disable, delete.
    #[serde(default)]
    pub last_event: Option<String>,
    /// The event at an SM-DS that leads the eUICC here.
    #[serde(default)]
    pub event: Option<OrderEvent>,
    /// The operator that ordered it over ES2+, by its key; nobody for orders of the sandbox's own.
    #[serde(default)]
    pub owner: Option<String>,
    /// What the operator calls this kind of profile, if it was ordered by kind.
    #[serde(default)]
    pub profile_type: Option<String>,
}

impl Order {
    /// The profile's ICCID.
    pub fn iccid(&self) -> Option<Iccid> {
        Iccid::from_digits(&self.iccid).ok()
    }

    /// When it ends.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
    }

    /// What the operator calls this kind of profile; its name, when it was not ordered by kind.
    pub fn profile_type(&self) -> &str {
        self.profile_type.as_deref().unwrap_or(&self.metadata.profile_name)
    }

    /// The eUICC key that the package of an unfinished download is bound to.
    pub fn bound_otpk(&self) -> Option<&[u8]> {
        let last = self.downloads.last().filter(|_| self.binding_open)?;
        Some(&last.euicc_otpk)
    }
}

/// Shows how far it has come; never whom it is for nor how to get it.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("download_attempts", &self.download_attempts)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
