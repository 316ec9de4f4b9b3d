//! What reading allocates. The counter is the process's, so this is the only test of its binary.

mod dense;
#[path = "../properties/kinds.rs"]
mod kinds;
#[path = "../properties/mutations.rs"]
mod mutations;
#[path = "../properties/values/mod.rs"]
mod values;

use lpakit_rsp::Tag;
use lpakit_rsp::profiles::{MAX_PROFILES, ProfileInfo};
use lpakit_rsp::tlv::encode;
use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use kinds::Kind;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Octets of memory for each octet read. The costliest are lists of the smallest pending notifications.
const EACH: usize = 20;
/// Beside that, whatever is read.
const BESIDE: usize = 4096;
/// And for lists of profiles, whose number is limited: an empty one has two octets on the wire and this in memory.
const PROFILES: usize = MAX_PROFILES * 5 / 4 * size_of::<ProfileInfo>();

/// The most that is allocated at the same time while `kind` reads, the value included.
fn peak(kind: &Kind, octets: &[u8]) -> usize {
    let profiler = dhat::Profiler::builder().testing().trim_backtraces(Some(4)).build();
    let value = (kind.read)(octets);
    let stats = dhat::HeapStats::get();
    drop(profiler);
    drop(value);
    stats.max_bytes
}

fn check(kind: &Kind, octets: &[u8]) {
    let list = kind.name == "ProfileInfoListResponse";
    let limit = EACH * octets.len() + BESIDE + if list { PROFILES } else { 0 };
    let (name, peak) = (kind.name, peak(kind, octets));
    assert!(peak <= limit, "{name}: {peak} octets for {} read", octets.len());
}

/// Inputs of a kind: good ones, damaged ones, and members that may belong there.
fn samples(kind: &Kind, runner: &mut TestRunner) -> Vec<Vec<u8>> {
    let good = &kind.encodings;
    let mut inputs = Vec::new();
    for _ in 0..12 {
        let octets = good.new_tree(runner).unwrap().current();
        let damage = mutations::some().new_tree(runner).unwrap().current();
        assert!((kind.again)(&octets).is_some(), "{}: not read at all", kind.name);
        inputs.push(mutations::apply(octets.clone(), &damage));
        inputs.push(octets);
        let members = vec(mutations::member(), 0..40).new_tree(runner).unwrap().current();
        inputs.push(encode(kind.tag.unwrap_or(Tag::SEQUENCE), &members.concat()));
    }
    for tag in [Tag::SEQUENCE, Tag::context_constructed(0), Tag::context_constructed(1)] {
        inputs.push(mutations::nest(kind.tag.unwrap_or(tag), 5000));
        inputs.push(encode(kind.tag.unwrap_or(tag), &mutations::nest(tag, 5000)));
    }
    inputs
}

#[test]
fn reading_allocates_a_small_multiple_of_what_is_read() {
    let kinds = kinds::all();
    let elements = kinds.iter().find(|kind| kind.name == "elements").unwrap();
    assert!(peak(elements, &[0x80; 0]) < 100 && peak(elements, &encode(Tag::AID, &[0; 900])) > 900);

    let mut runner = TestRunner::deterministic();
    for kind in &kinds {
        samples(kind, &mut runner).iter().for_each(|octets| check(kind, octets));
    }
    for (name, octets) in dense::inputs() {
        let mut readers = kinds.iter().filter(|kind| kind.name == name).peekable();
        assert!(readers.peek().is_some(), "{name}");
        readers.for_each(|kind| check(kind, &octets));
    }
}
