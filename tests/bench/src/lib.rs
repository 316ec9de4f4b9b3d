//! Counts of a whole download: lpakit beside lpac, at the card, at the server and in memory.
//!
//! Nothing here is timed. What is counted is counted where it arrives, at the card's contacts and at the server's
//! socket, never told by the program that is measured; time comes from a model ([`Model`]) and memory from a counting
//! allocator. `README.md` beside this crate says what each figure means.
//!
//! | part | what for |
//! |---|---|
//! | [`download`] | one download by lpakit, two by lpac, each on a card and server of its own, of the same kind |
//! | [`Counts`] | what was counted |
//! | [`Floor`] | the fewest APDUs that the standard needs for the same download |
//! | [`Model`] | how long it would take with a real card and network |
//! | [`limits`] | what must be reached |
//! | [`memory`] | peak memory and allocations of a download, card and server in another process |
//! | [`report`] | all that as a table or as JSON |

#![forbid(unsafe_code)]

mod counts;
pub mod download;
mod error;
mod floor;
pub mod limits;
pub mod memory;
mod model;
pub mod report;

pub use counts::Counts;
pub use error::BenchError;
pub use floor::{Exchange, Floor, FloorError, exchanges};
pub use model::Model;

/// Octets of the bound profile package of the comparison: a real one's size (facts, peers 3).
pub const BPP: usize = 19_318;

/// Counts allocations while [`memory::measure`] runs, and only passes them on otherwise.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;
