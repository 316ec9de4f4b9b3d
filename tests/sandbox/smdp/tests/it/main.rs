//! The SM-DP+ from outside: whole sessions with a small eUICC of the tests' own, every refusal, and HTTPS.

mod bodies;
mod bpp;
mod cancel;
mod card;
mod downloads;
mod es2;
mod es2_orders;
mod events;
mod https;
mod misbehaviour;
mod notifications;
mod operator;
mod orders;
mod peers;
mod protocol;
mod refusals;
mod store;
mod transcript;
mod world;
