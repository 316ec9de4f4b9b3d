//! The stage of the end-to-end stories: a sandbox card and a sandbox SM-DP+ behind real TLS on loopback, and lpakit's
//! public API between them.

#![forbid(unsafe_code)]

mod card;
mod journal;
mod world;

pub use card::{CardInReader, Tap};
pub use journal::Journal;
pub use world::{
    SERVER_NAME, SMDS_NAMES, SmdsOnStage, World, WorldOptions, installed, offer_of, other_smdp,
};

pub use lpakit_sandbox::stage::VirtualClock as TestClock;
