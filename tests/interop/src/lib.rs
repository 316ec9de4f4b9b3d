//! Programs of others on the lpakit sandbox.
//!
//! What one author writes on both sides proves little, so the sandbox card and server are driven here by a program
//! that others wrote (lpac), and lpakit's own core by the same stories. Every story leaves a transcript
//! (`tests/interop/TRANSCRIPT.md`), which programs in `python/` judge independently.
//!
//! | part | what for |
//! |---|---|
//! | [`Stage`] | one card, one server on a socket, one transcript; what passed, for counting |
//! | [`SmdsOnStage`] | an SM-DS of the stage: ES11 for the LPA, ES12 for the server |
//! | [`Lpac`] | runs lpac commands on a stage |
//! | [`Lpakit`] | runs lpakit's core on a stage |
//! | [`program`] | the other outside programs, by the variables of `cargo xtask` |
//!
//! ```no_run
//! use lpakit_interop::{Lpac, Program, Stage};
//!
//! # fn example() -> Result<(), lpakit_interop::InteropError> {
//! let stage = Stage::new(Program::Lpac, "chip-info")?;
//! let outcome = Lpac::find()?.run(&stage, &["chip", "info"])?;
//! assert!(outcome.is_success());
//! println!("{:?}", stage.card_counts());
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod card;
mod error;
mod lpac;
mod own;
pub mod program;
mod smds;
mod stage;
mod tape;

pub use error::InteropError;
pub use lpac::{DEFAULT_MSS, LPAC, Lpac, LpacOutcome, LpacProgress};
pub use own::Lpakit;
pub use smds::{SMDS_NAMES, SmdsOnStage};
pub use stage::{Program, SMDP_NAME, Stage, StageBuilder, TRANSCRIPTS};
pub use tape::{ApduExchange, CardCounts, HttpExchange};
