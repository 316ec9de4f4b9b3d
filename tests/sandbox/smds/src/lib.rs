//! A software SM-DS for the lpakit sandbox.
//!
//! Servers register over ES12 what waits for an eUICC, each with its TLS certificate, and take it back the same way.
//! It tells eUICCs over ES11 which events wait for them and at which server, after the same mutual authentication
//! as an SM-DP+ (SGP.22 v2 5.8; facts 4.3). It can be told to do things wrong so that clients can be tested, and it
//! shares the data objects (`lpakit-rsp`) with the LPA under test and nothing else.
//!
//! | part | what for |
//! |---|---|
//! | [`Smds`] | the server without input or output: requests and answers are values |
//! | [`event`] | what waits for an eUICC |
//! | [`store`] | where events are kept: a folder, or memory |
//!
//! HTTPS, codes, misbehaviours and transcripts are those of `lpakit-sandbox-rsp-server`.

#![forbid(unsafe_code)]

pub mod event;
pub mod store;

mod config;
mod es11;
mod es12;
mod smds;

pub use config::{Es11Path, RootSmds, SmdsConfig, SmdsError};
pub use smds::{ES11_PATH, ES12_PATH, Function, Smds};
