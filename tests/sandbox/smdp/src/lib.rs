//! A software SM-DP+ for the lpakit sandbox.
//!
//! It offers profiles, authenticates eUICCs, binds packages and receives notifications as a real server does over
//! ES9+ (SGP.22 v2), with every check that is the server's, and can be told to do things wrong so that clients can
//! be tested. Operators order from it over ES2+ and are told how downloads go. It shares the data objects (`lpakit-rsp`) with the LPA under test and nothing else.
//!
//! | part | what for |
//! |---|---|
//! | [`Smdp`] | the server without input or output: requests and answers are values |
//! | [`order`] | download orders: place them beside a running server or within it |
//! | [`store`] | where orders and notifications are kept: a folder, or memory |
//! | [`profile_package`] | small valid profile packages, and the check of given ones |
//! | [`metadata`] | what a person sees of a profile |
//! | [`peers`] | whom the server calls: SM-DSs and the operator |
//! | [`progress`] | what the operator is told |
//! | [`bpp_builder`] | binds a profile package to one eUICC |
//! | [`server`] | HTTPS |
//! | [`misbehaviour`] | what can be done wrong |
//! | [`status`] | subject and reason codes |
//! | [`transcript`] | what went over the wire, for an independent verifier |

#![forbid(unsafe_code)]

pub mod bpp_builder;
pub mod metadata;
pub mod notification;
pub mod order;
pub mod peers;
pub mod profile_package;
pub mod progress;
pub mod store;

mod bytes;
mod config;
mod es2;
mod es9;
mod outbox;
mod route;
mod session;
mod smdp;

pub use config::{DpCredentials, SmdpConfig};
pub use es2::{ES2_PATH, Es2Function, ProfileType};
pub use es9::Function;
pub use lpakit_sandbox_rsp_server::authority::SetupError;
pub use lpakit_sandbox_rsp_server::{ADMIN_PROTOCOL, ES9_PATH};
pub use lpakit_sandbox_rsp_server::{clock, http, misbehaviour, server, status, transcript};
pub use smdp::{PeersError, Smdp};
