//! Bad input, from everywhere it can come from: no panic, a typed error with a text, and an end.

mod answers;
mod card;
mod cards;
mod damage;
mod keys;
mod server;
mod stored;
mod texts;
