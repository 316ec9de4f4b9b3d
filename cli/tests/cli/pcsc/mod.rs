//! Real PC/SC: Debian's pcscd with vsmartcard's virtual reader, and the sandbox card in it. `cargo xtask test` runs
//! these tests with what it finds or fetches; by hand they need what `cargo xtask prepare pcsc` prints.

mod lpac;
mod readers;
mod service;
mod stories;
mod world;
