//! What an operator says when it orders a profile, and what it gets back.

use std::fmt;
use std::time::Duration;

use lpakit_rsp::identifiers::{Eid, Iccid};

use super::{Eligibility, OrderId, OrderState};
use crate::metadata::MetadataSpec;
use crate::profile_package::Imsi;

/// Where the profile comes from.
#[derive(Debug, Clone)]
pub enum ProfileSource {
    /// A small profile of the sandbox's own.
    Build {
        /// Its ICCID; a new one when not given.
        iccid: Option<Iccid>,
        /// Its subscriber; the test network's 001-01 when not given.
        imsi: Option<Imsi>,
        /// How large it is to be.
        size: ProfileSize,
    },
    /// A profile package in DER.
    Der(Vec<u8>),
}

/// How large a built profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProfileSize {
    /// As small as it is.
    #[default]
    Smallest,
    /// So many octets of profile package.
    Package(usize),
    /// So many octets of bound profile package, in a session with this many octets of transaction ID.
    Bound {
        /// Octets of `BF36`, header included.
        total: usize,
        /// Octets of transaction ID in the session: 1 to 16.
        transaction_id: usize,
    },
}

/// How the order is asked for.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum MatchingId {
    /// By a new matching ID that cannot be guessed (100 random bits).
    #[default]
    Generate,
    /// By this matching ID: capital letters, digits and hyphens.
    Given(String),
    /// By the EID alone, on the default SM-DP+ way.
    DefaultServer,
}

impl fmt::Debug for MatchingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generate => "Generate",
            Self::Given(_) => "Given(…)",
            Self::DefaultServer => "DefaultServer",
        })
    }
}

/// An order for one profile.
#[derive(Clone)]
pub struct OrderRequest {
    /// The profile.
    pub profile: ProfileSource,
    /// What a person sees of it.
    pub metadata: MetadataSpec,
    /// How it is asked for.
    pub matching_id: MatchingId,
    /// The one eUICC it is for.
    pub eid: Option<Eid>,
    /// The SM-DS that is to tell that eUICC of it, `host` or `host:port`.
    pub smds: Option<String>,
    /// The code that the person must know.
    pub confirmation_code: Option<String>,
    /// How often that code may be given wrong; the last of these locks the order.
    pub max_confirmation_tries: u32,
    /// How often the package may be handed out.
    pub max_download_attempts: u32,
    /// How long it is valid from now; for ever when `None`.
    pub valid_for: Option<Duration>,
    /// What the eUICC must be like.
    pub eligibility: Eligibility,
    /// How far the order goes at once: Available to Released.
    pub state: OrderState,
}

impl OrderRequest {
    /// A small profile with these names, released at once, found by a generated matching ID.
    pub fn new(metadata: MetadataSpec) -> Self {
        Self {
            profile: ProfileSource::Build { iccid: None, imsi: None, size: ProfileSize::Smallest },
            metadata,
            matching_id: MatchingId::Generate,
            eid: None,
            smds: None,
            confirmation_code: None,
            max_confirmation_tries: 3,
            max_download_attempts: 10,
            valid_for: None,
            eligibility: Eligibility::default(),
            state: OrderState::Released,
        }
    }
}

/// An order that was taken.
#[derive(Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its name at the server.
    pub id: OrderId,
    /// The server's address.
    pub address: String,
    /// The matching ID; empty on the default SM-DP+ way. A secret.
    pub matching_id: String,
    /// The profile's ICCID.
    pub iccid: Iccid,
    /// Whether a confirmation code is due.
    pub confirmation_code_required: bool,
}

impl PlacedOrder {
    /// The activation code as text for a QR code (SGP.22 4.1; facts 1.1), with the server's OID if it is given.
    pub fn activation_code(&self, oid: Option<&str>) -> String {
        let oid = oid.unwrap_or_default();
        let rest = match (oid, self.confirmation_code_required) {
            ("", false) => String::new(),
            (oid, false) => format!("${oid}"),
            (oid, true) => format!("${oid}$1"),
        };
        format!("LPA:1${}${}{rest}", self.address, self.matching_id)
    }
}

impl fmt::Debug for PlacedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlacedOrder").field("id", &self.id).finish_non_exhaustive()
    }
}
