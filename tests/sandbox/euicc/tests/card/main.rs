//! The sandbox card, tested from its contacts: every function, every refusal, every moment to lose power.

mod apdu;
mod authenticate;
mod contact_quirks;
mod crl;
mod folder;
mod information;
mod install;
mod install_refused;
mod multi;
mod notifications;
mod power;
mod power_walk;
mod prepare;
mod profiles;
mod random;
mod refresh;
mod segments;
mod snapshot;
mod stdio;
mod support;
mod switch_quirks;
mod switching;
mod transcript;
mod version_3;
