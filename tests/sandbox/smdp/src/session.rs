//! How far the sessions of an SM-DP+ come. In RAM only.

use lpakit_sandbox_crypto::{Certificate, Eid};

use crate::order::OrderId;

/// From initiateAuthentication to the package, the cancellation or the first refusal.
pub(crate) type Session = lpakit_sandbox_rsp_server::session::Session<Stage>;

pub(crate) enum Stage {
    /// The server has signed; the eUICC has not answered.
    Challenged,
    /// The eUICC is known and the profile offered.
    Offered(Box<Offered>),
    /// The package was handed out.
    HandedOut(Box<Offered>),
}

/// What is known once the eUICC is authenticated.
pub(crate) struct Offered {
    pub(crate) order: OrderId,
    pub(crate) eid: Eid,
    pub(crate) euicc_certificate: Certificate,
    pub(crate) eum_certificate: Certificate,
    /// smdpSignature2 as it was sent: 64 octets.
    pub(crate) smdp_signature2: [u8; 64],
    /// `BF25` as it was offered.
    pub(crate) metadata: Vec<u8>,
}
