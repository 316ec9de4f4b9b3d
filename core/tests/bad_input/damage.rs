//! Damage done to good octets.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// One thing done to octets.
#[derive(Debug, Clone)]
pub enum Damage {
    /// Bits turned over.
    Flip(Index, u8),
    /// The end missing.
    Cut(Index),
    /// Octets missing in the middle.
    Remove(Index, usize),
    /// Other octets in between.
    Insert(Index, Vec<u8>),
    /// A length, or what may be one, that lies: small, huge, indefinite, of many octets.
    Lie(Index, u8),
    /// The end once more.
    Repeat(Index),
}

/// A few of them.
pub fn some() -> impl Strategy<Value = Vec<Damage>> {
    let lies = vec![0, 1, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xFF];
    let at = any::<Index>;
    let damage = prop_oneof![
        4 => (at(), 1..=255_u8).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        2 => at().prop_map(Damage::Cut),
        2 => (at(), 1..8_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        2 => (at(), vec(any::<u8>(), 1..6)).prop_map(|(at, octets)| Damage::Insert(at, octets)),
        4 => (at(), prop::sample::select(lies)).prop_map(|(at, lie)| Damage::Lie(at, lie)),
        1 => at().prop_map(Damage::Repeat),
    ];
    vec(damage, 1..4)
}

/// The octets after all that.
pub fn apply(octets: Vec<u8>, damage: &[Damage]) -> Vec<u8> {
    damage.iter().fold(octets, one)
}

fn one(mut octets: Vec<u8>, damage: &Damage) -> Vec<u8> {
    if octets.is_empty() {
        return octets;
    }
    let length = octets.len();
    match damage {
        Damage::Flip(at, mask) => octets[at.index(length)] ^= mask,
        Damage::Cut(at) => octets.truncate(at.index(length)),
        Damage::Remove(at, count) => {
            let from = at.index(length);
            octets.drain(from..length.min(from + count));
        }
        Damage::Insert(at, more) => {
            let from = at.index(length);
            octets.splice(from..from, more.iter().copied());
        }
        Damage::Lie(at, lie) => octets[at.index(length)] = *lie,
        Damage::Repeat(at) => octets.extend_from_within(at.index(length)..),
    }
    octets
}
