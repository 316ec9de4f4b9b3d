//! The stage of the end-to-end stories: a sandbox card and a sandbox SM-DP+ behind real TLS on loopback, and lpakit's
//! public API between them.

#![forbid(unsafe_code)]

mod card;
mod clock;
mod journal;
mod world;

pub use card::{CardInPhone, CardInReader, Tap};
pub use clock::TestClock;
pub use journal::Journal;
pub use world::{
    SERVER_NAME, SMDS_NAMES, SmdsOnStage, World, WorldOptions, installed, offer_of, other_smdp,
};
