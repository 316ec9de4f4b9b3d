//! What the sandbox's servers have in common: the SM-DP+ and the SM-DS speak the same HTTP and JSON, begin every
//! session with the same mutual authentication, and answer with the same codes (SGP.22 v2, ES9+ and ES11; and
//! between servers ES2+ and ES12).
//!
//! | part | what for |
//! |---|---|
//! | [`authority`] | a server's name, certificates and sessions; mutual authentication with an eUICC |
//! | [`certificates`] | who an eUICC is |
//! | [`session`] | RSP sessions under way |
//! | [`http`], [`server`] | exchanges as values; HTTPS, with client certificates where they are due |
//! | [`client`] | a server as another server's client |
//! | [`frame`], [`json`] | what every function has in common on its way from request to answer |
//! | [`misbehaviour`] | what can be done wrong |
//! | [`status`] | subject and reason codes |
//! | [`folder`] | JSON files that several processes share |
//! | [`transcript`] | what went over the wire, for an independent verifier |

#![forbid(unsafe_code)]

pub mod authority;
pub mod certificates;
pub mod client;
pub mod clock;
pub mod folder;
pub mod frame;
pub mod http;
pub mod json;
pub mod misbehaviour;
pub mod server;
pub mod session;
pub mod status;
pub mod transcript;

/// The protocol version that is spoken here, as `X-Admin-Protocol` says it.
pub const ADMIN_PROTOCOL: &str = "gsma/rsp/v2.2.2";
/// Where functions of ES9+ are called, and by most clients those of ES11 too: followed by the function's name.
pub const ES9_PATH: &str = "/gsma/rsp2/es9plus/";
