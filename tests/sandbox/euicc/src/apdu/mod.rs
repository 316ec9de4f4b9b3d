//! What passes the contacts: commands, status words, logical channels, STORE DATA chains, proactive commands.
//!
//! Nothing here knows ES10.

mod channels;
mod command;
mod proactive;
mod response;
mod status;
mod store_data;
mod terminal;

pub(crate) use channels::Channels;
pub(crate) use command::Command;
pub(crate) use proactive::Proactive;
pub(crate) use response::{Reply, Waiting};
pub(crate) use status::Status;
pub(crate) use store_data::Chain;
pub(crate) use terminal::TerminalCapability;
