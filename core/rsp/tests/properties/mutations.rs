//! Damage done to good encodings.

use lpakit_rsp::Tag;
use lpakit_rsp::tlv::{encode, write_header};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::values;

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
    /// All of it in other elements.
    Nest(u32, usize),
}

/// A few of them.
pub fn some() -> impl Strategy<Value = Vec<Damage>> {
    let lies = vec![0, 1, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xFF];
    let at = any::<Index>;
    let damage = prop_oneof![
        4 => (at(), 1..=255_u8).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        2 => at().prop_map(Damage::Cut),
        2 => (at(), 1..8_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        2 => (at(), values::octets(1..6)).prop_map(|(at, octets)| Damage::Insert(at, octets)),
        4 => (at(), prop::sample::select(lies)).prop_map(|(at, lie)| Damage::Lie(at, lie)),
        1 => at().prop_map(Damage::Repeat),
        1 => (prop::sample::select(vec![0x30, 0xA0, 0xA1, 0xBF2D]), 1..40_usize)
            .prop_map(|(tag, depth)| Damage::Nest(tag, depth)),
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
        Damage::Nest(tag, depth) => {
            for _ in 0..*depth {
                octets = encode(Tag::new(*tag), &octets);
            }
        }
    }
    octets
}

/// Elements within elements within elements. Written from the inside, each header once.
pub fn nest(tag: Tag, depth: usize) -> Vec<u8> {
    let mut headers = Vec::with_capacity(depth);
    let mut length = 0;
    for _ in 0..depth {
        let mut header = Vec::new();
        write_header(tag, length, &mut header);
        length += header.len();
        headers.push(header);
    }
    headers.reverse();
    headers.concat()
}

/// An element under a tag that many objects know, with content that may fit.
pub fn member() -> impl Strategy<Value = Vec<u8>> {
    let primitive = prop_oneof![
        0x80..0x9A_u32,
        prop::sample::select(vec![
            0x01, 0x02, 0x04, 0x06, 0x0C, 0x4F, 0x5A, 0x5C, 0x5F37, 0x5F49, 0x9F1F, 0x9F21, 0x9F24,
            0x9F25, 0x9F70,
        ]),
    ];
    let constructed = prop_oneof![
        0xA0..0xBE_u32,
        prop::sample::select(vec![
            0x30, 0xE1, 0xE2, 0xE3, 0xBF20, 0xBF22, 0xBF23, 0xBF27, 0xBF2F, 0xBF37, 0xBF76,
        ]),
    ];
    let content = prop_oneof![
        values::octets(0..4),
        values::octets(9..11),
        values::octets(16..17),
        values::octets(4..40),
    ];
    let leaf = (primitive, content).prop_map(|(tag, content)| encode(Tag::new(tag), &content));
    leaf.prop_recursive(3, 24, 5, move |inner| {
        (constructed.clone(), vec(inner, 0..5))
            .prop_map(|(tag, members)| encode(Tag::new(tag), &members.concat()))
    })
}
