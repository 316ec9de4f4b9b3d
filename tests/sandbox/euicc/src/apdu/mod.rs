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

pub(crate) use channels::{ChannelRules, Channels};
pub(crate) use command::Command;
pub(crate) use proactive::{Proactive, ProactiveCommand};
pub(crate) use response::{Delivery, Reply, Waiting};
pub(crate) use status::Status;
pub(crate) use store_data::Chain;
pub(crate) use terminal::TerminalCapability;
