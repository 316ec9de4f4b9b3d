//! The command line as a person or a program uses it: separate processes on one sandbox.

mod by_hand;
mod chip;
mod demo;
mod other_programs;
#[cfg(all(feature = "pcsc", target_os = "linux"))]
mod pcsc;
mod pictures;
mod sandbox;
mod secrets;
mod support;
mod usage;

#[cfg(unix)]
mod interrupt;
mod killed;
#[cfg(unix)]
mod on_a_terminal;
#[cfg(unix)]
mod pseudo_terminal;
