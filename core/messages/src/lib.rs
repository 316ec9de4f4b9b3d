//! What lpakit says to people: what happened, whether the plan is still usable, what to do now.
//!
//! A *key* is the stable name of an error or a text, for example `card.gone`. [`meaning`] tells what an error means for
//! code, for the plan and for what to do; [`render`] and [`explain`] tell it to a person, in a [`Language`] that
//! [`Language::negotiate`] chose. [`card_result`] and [`server_refusal`] give the keys of a card's result codes and of
//! servers' subject/reason pairs.
//!
//! The table of meanings is in `src/rooms`, the texts are in `texts`, one file a language. A new key is a row here and a
//! row in each of those; tests hold them together. `docs/errors.md` is made of both:
//! `cargo run -p lpakit-messages --example errors_md > docs/errors.md`.

#![forbid(unsafe_code)]
// Texts are made of what cards and servers say: nothing of it may end the app.
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod card_function;
mod language;
mod meaning;
mod refusal;
mod render;
mod rooms;

pub use card_function::{CardFunction, card_result};
pub use language::Language;
pub use meaning::{Advice, ErrorKind, Meaning, PlanState};
pub use refusal::{ServerRefusal, server_refusal};
pub use render::{Explanation, advice_sentence, explain, plan_sentence, render};
pub use rooms::{Entry, entries, keys, words};

/// What a key usually means; `None` for keys that are not in the catalogue, and for texts that are no errors. Every
/// key of a server's refusal has a meaning, known pair or not.
pub fn meaning(key: &str) -> Option<Meaning> {
    let row = refusal::resolve_key(key).map(|(row, _)| row).or_else(|| rooms::find(key))?;
    Some(row.meaning)
}

// The examples in the README run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
