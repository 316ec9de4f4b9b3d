//! Arbitrary values of every object, as a card or server could mean them.

mod chip;
mod notifications;
mod package;
mod profiles;
mod session;
mod switching;

pub use chip::*;
pub use notifications::*;
pub use package::*;
pub use profiles::*;
pub use session::*;
pub use switching::*;

use std::ops::Range;

use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Aid, Iccid, KeyId, TransactionId, Version};
use lpakit_rsp::notifications::EventSet;
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{ObjectIdentifier, Tag, Unknown};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub fn octets(length: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), length)
}

/// A text of at most this many octets.
pub fn text(most: usize) -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..=(most / 4).min(12)).prop_map(String::from_iter)
}

pub fn bits() -> impl Strategy<Value = Bits> {
    vec(0..64_u8, 0..5).prop_map(|numbers| Bits::of(&numbers))
}

pub fn event_set() -> impl Strategy<Value = EventSet> {
    bits().prop_map(EventSet)
}

pub fn version() -> impl Strategy<Value = Version> {
    any::<[u8; 3]>().prop_map(Version)
}

pub fn iccid() -> impl Strategy<Value = Iccid> {
    any::<[u8; 10]>().prop_map(Iccid::from_octets)
}

pub fn aid() -> impl Strategy<Value = Aid> {
    octets(5..17).prop_map(|octets| Aid::from_octets(&octets).unwrap())
}

pub fn key_id() -> impl Strategy<Value = KeyId> {
    octets(0..24).prop_map(|octets| KeyId::from_octets(&octets))
}

pub fn transaction_id() -> impl Strategy<Value = TransactionId> {
    octets(1..17).prop_map(|octets| TransactionId::from_octets(&octets).unwrap())
}

pub fn oid() -> impl Strategy<Value = ObjectIdentifier> {
    (0..3_u8, 0..40_u8, vec(any::<u32>(), 0..5)).prop_map(|(root, second, rest)| {
        let arcs =
            rest.iter().fold(format!("{root}.{second}"), |text, arc| format!("{text}.{arc}"));
        ObjectIdentifier::parse(&arcs).unwrap()
    })
}

/// An element whose content nobody looks into.
pub fn element(tag: Tag) -> impl Strategy<Value = Vec<u8>> {
    octets(0..40).prop_map(move |content| encode(tag, &content))
}

/// Elements that no object knows; mostly none.
pub fn unknown() -> impl Strategy<Value = Unknown> {
    let tag = prop::sample::select(vec![0xC5, 0xE9, 0xDF11, 0xFF7E, 0x00DF_8101]);
    let unknown = (tag, octets(0..6)).prop_map(|(tag, content)| encode(Tag::new(tag), &content));
    prop_oneof![
        2 => Just(Unknown::NONE),
        1 => vec(unknown, 1..4).prop_map(|all| Unknown::from_octets(&all.concat()).unwrap()),
    ]
}

/// Something that may be left out.
pub fn maybe<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    option::of(value)
}

pub fn few<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(value, 0..4)
}
