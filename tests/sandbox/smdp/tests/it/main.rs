//! The SM-DP+ from outside: whole sessions with a small eUICC of the tests' own, every refusal, and HTTPS.

mod bodies;
mod bpp;
mod cancel;
mod card;
mod downloads;
mod https;
mod misbehaviour;
mod notifications;
mod orders;
mod protocol;
mod refusals;
mod store;
mod transcript;
mod world;
