//! The table of keys: what each means, room by room. No text stands here; texts are in `texts/`, one file a language.

pub(crate) mod card;
pub(crate) mod card_results;
pub(crate) mod input;
pub(crate) mod phone;
pub(crate) mod refusals;
pub(crate) mod servers;
pub(crate) mod words;

use crate::Meaning;

/// Declares a room's rows: key, kind, plan state, advice, cause. The causes are for `docs/errors.md`; they stand in a
/// list of their own, so that a library which never asks for them does not carry them.
macro_rules! rows {
    ($($key:literal $kind:ident $plan:ident $advice:ident $cause:literal;)*) => {
        pub(crate) const ROWS: &[$crate::rooms::Row] = &[$($crate::rooms::Row {
            key: $key,
            meaning: $crate::Meaning {
                kind: $crate::ErrorKind::$kind,
                plan: $crate::PlanState::$plan,
                advice: $crate::Advice::$advice,
            },
        }),*];

        pub(crate) const CAUSES: &[&str] = &[$($cause),*];
    };
}
pub(crate) use rows;

/// A key and what it means.
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) meaning: Meaning,
}

const ROOMS: [&[Row]; 6] =
    [input::ROWS, card::ROWS, card_results::ROWS, servers::ROWS, refusals::ROWS, phone::ROWS];

/// The first row of a room; for constants, so that an empty room does not even compile.
pub(crate) const fn first(rows: &'static [Row]) -> &'static Row {
    match rows {
        [first, ..] => first,
        [] => unreachable!(),
    }
}

/// The row of a key, to the letter.
pub(crate) fn find(key: &str) -> Option<&'static Row> {
    ROOMS.into_iter().flatten().find(|row| row.key == key)
}

/// The key of every error.
pub fn keys() -> impl Iterator<Item = &'static str> {
    ROOMS.into_iter().flatten().map(|row| row.key)
}

/// One row of the catalogue, as `docs/errors.md` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The room it stands in.
    pub room: &'static str,
    /// Its stable name.
    pub key: &'static str,
    /// What it usually means.
    pub meaning: Meaning,
    /// When it comes, for developers; English.
    pub cause: &'static str,
}

/// Every error, room by room.
pub fn entries() -> impl Iterator<Item = Entry> {
    let rooms = [
        ("What was given", input::ROWS, input::CAUSES),
        ("The card", card::ROWS, card::CAUSES),
        ("Result codes of the card's functions", card_results::ROWS, card_results::CAUSES),
        ("Servers", servers::ROWS, servers::CAUSES),
        ("Refusals of servers", refusals::ROWS, refusals::CAUSES),
        ("The phone's own system", phone::ROWS, phone::CAUSES),
    ];
    rooms.into_iter().flat_map(|(room, rows, causes)| {
        rows.iter().zip(causes).map(move |(row, cause)| {
            let Row { key, meaning } = *row;
            Entry { room, key, meaning, cause }
        })
    })
}

/// The key of every text that is no error: sentences, rules, states, events, phases and labels.
pub fn words() -> impl Iterator<Item = &'static str> {
    words::ALL.iter().copied()
}
