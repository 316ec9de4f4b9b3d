//! lpakit: a complete GSMA SGP.22 Local Profile Assistant (LPAd) for consumer eSIMs.
//!
//! A profile reaches a card in three steps, each a value with only the verbs that make sense there:
//!
//! 1. [`ActivationCode`] is what a person scans, types or follows as a link;
//! 2. [`Lpa::authenticate`] asks the operator's server and gives an [`Offer`](lpa::Offer), which a person sees before
//!    anything is written;
//! 3. [`Offer::accept`](lpa::Offer::accept) starts an [`Installation`](lpa::Installation), which ends as
//!    [`Installed`](lpa::Installed): the profile is on the card and the operator knows, or will.
//!
//! The rooms, one per SGP.22 interface: [`lpa`] (the user's verbs) uses [`es10`] (the card's functions) and [`es9`]
//! (the server's), which use [`rsp`] (the data objects), [`card`] and [`http`] (the ports). Arrows point down only.
//!
//! Secrets (matching ID, confirmation code) and identifiers (EID, ICCID, IMEI) never stand in errors, logs or `Debug`.

#![forbid(unsafe_code)]
// What comes from a card, a server, a file or a person may be anything: nothing of it may end the app.
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

pub mod activation_code;
pub mod card;
#[cfg(test)]
mod certificate_sample;
pub mod clock;
pub mod error;
pub mod es10;
pub mod es9;
mod failures;
pub mod http;
pub mod lpa;
pub mod progress;
pub mod qr;
pub mod route;
mod sync;
mod x509;

pub use activation_code::{ActivationCode, ConfirmationCode};
pub use error::{Advice, Error, ErrorKind, PlanState};
pub use lpa::{Lpa, LpaOptions, ProfileSource};
pub use lpakit_messages as messages;
pub use lpakit_rsp as rsp;

// The examples in the README run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
