//! The lpakit sandbox: a software eUICC, an SM-DP+, an SM-DS and a small shop in a folder, with real certificates and
//! real TLS.
//!
//! ```no_run
//! use std::net::SocketAddr;
//! use lpakit_sandbox::{Sandbox, SandboxCard, SandboxOptions, sample_order};
//!
//! # async fn example() -> Result<(), lpakit_sandbox::SandboxError> {
//! let sandbox = Sandbox::create("sandbox".as_ref(), &SandboxOptions::default())?;
//! let server = sandbox.start_server(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
//! let order = server.order(&sample_order())?;
//! let code = order.activation_code(None);
//! let card = SandboxCard::new(sandbox.card()?)?; // for lpakit::card::CardPort::Raw
//! # Ok(())
//! # }
//! ```
//!
//! Everything works in one process and in several: serving, ordering and having the card share nothing but files.

#![forbid(unsafe_code)]

mod card;
mod config;
mod error;
mod icon;
mod note;
mod order;
mod sandbox;
mod server;
mod sockets;
pub mod stage;
mod transcript;

pub use card::{CardSocket, SandboxCard, SandboxChannels, VpcdEvent, serve_vpcd};
pub use config::{DEFAULT_NAME, DS_NAME, EID_PREFIX, SHOP_NAME, SandboxOptions};
pub use error::SandboxError;
pub use icon::sample_icon;
pub use order::{SAMPLE_OPERATOR, SAMPLE_PLAN, sample_catalogue, sample_order, sample_plans};
pub use sandbox::Sandbox;
pub use server::{RunningServer, ServeOptions};
pub use transcript::Transcript;

pub use lpakit_sandbox_crypto as crypto;
pub use lpakit_sandbox_euicc as euicc;
pub use lpakit_sandbox_shop as shop;
pub use lpakit_sandbox_smdp as smdp;
pub use lpakit_sandbox_smds as smds;

// The examples in the README run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
