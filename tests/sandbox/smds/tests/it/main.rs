//! The SM-DS from outside: a small eUICC of the tests' own asks over real TLS what waits for it.

mod card;
mod es12;
mod events;
mod misbehaviour;
mod refusals;
mod store;
mod world;
