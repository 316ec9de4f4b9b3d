//! What reading allocates. The counter is the process's, so this is the only test of its binary.

#[path = "../bad_input/card.rs"]
mod card;
#[path = "../../src/certificate_sample.rs"]
mod certificate_sample;
#[path = "../bad_input/damage.rs"]
mod damage;
#[path = "../bad_input/server.rs"]
mod server;

use lpakit::activation_code::{Address, MatchingId, ParseOptions};
use lpakit::card::{PortAbilities, PortError};
use lpakit::es10::Es10;
use lpakit::http::{Collector, TestCi};
use lpakit::lpa::DeliveryMemory;
use lpakit::rsp::Tag;
use lpakit::rsp::profiles::{MAX_PROFILES, ProfileInfo};
use lpakit::rsp::tlv::encode;
use lpakit::{ActivationCode, ConfirmationCode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

use card::{Card, FUNCTIONS, Reply};
use server::{Canned, Function};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Beside a multiple of what is read, whatever is read.
const BESIDE: usize = 16 * 1024;
/// Lists of profiles are limited by number: an empty one has two octets on the wire and this in memory.
const PROFILES: usize = MAX_PROFILES * 5 / 4 * size_of::<ProfileInfo>();

/// The most that is allocated at the same time while `work` is done, what it gives included.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let profiler = dhat::Profiler::builder().testing().trim_backtraces(Some(4)).build();
    let done = work();
    let stats = dhat::HeapStats::get();
    drop(profiler);
    drop(done);
    stats.max_bytes
}

fn check<T>(what: &str, read: usize, each: usize, work: impl FnOnce() -> T) {
    let peak = peak(work);
    assert!(peak <= each * read + BESIDE, "{what}: {peak} octets for {read} read");
}

/// Good octets and damaged ones.
fn samples(good: &[u8], count: usize) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let mut damaged = |_| {
        let damage = damage::some().new_tree(&mut runner).unwrap().current();
        damage::apply(good.to_vec(), &damage)
    };
    let mut samples: Vec<Vec<u8>> = (0..count).map(&mut damaged).collect();
    samples.push(good.to_vec());
    samples
}

fn texts() {
    let words =
        ["lpa:1$a.b$", "LPA%3A1%24", "https://a?carddata=", "1$$$$$$$", "%24", "é\u{200B}", "lpa:"];
    for word in words {
        for times in [1, 300, 65_536 / word.len(), 1 << 18] {
            for separator in ["", " "] {
                let text = format!("{word}{separator}").repeat(times);
                let options = ParseOptions::developer();
                let read = text.len();
                check(word, read, 6, || ActivationCode::parse_with(&text, &options));
                check(word, read, 6, || ActivationCode::find_in_text(&text, &options));
                check(word, read, 6, || Address::parse_with(&text, &options));
                check(word, read, 6, || MatchingId::new(&text));
                check(word, read, 6, || ConfirmationCode::new(&text));
            }
        }
    }
}

fn answers() {
    let deep = format!(r#"{{"a":{}"#, "[".repeat(300_000)).into_bytes();
    let many = |entry: serde_json::Value| {
        let mut answer = Function::Events.good();
        answer["eventEntries"] = vec![entry; 20_000].into();
        answer.to_string().into_bytes()
    };
    let long = {
        let mut answer = Function::Package.good();
        answer["boundProfilePackage"] = "QUJD".repeat(300_000).into();
        answer.to_string().into_bytes()
    };
    let escapes = format!(r#"{{"transactionId":"{}"}}"#, r"\u0041".repeat(100_000)).into_bytes();
    let huge = [
        deep,
        many(json!({ "eventId": "", "rspServerAddress": "" })),
        many(json!({})),
        long,
        escapes,
    ];
    for function in Function::ALL {
        let good = function.good().to_string().into_bytes();
        for body in samples(&good, 40).iter().chain(&huge) {
            let read = body.len();
            check("an answer", read, 8, || server::read(function, body.clone()));
            check("an answer in pieces", read, 8, || {
                server::ask(function, Canned { status: 200, body: body.clone(), piece: 7 })
            });
        }
    }
}

/// A server may say that ten megabytes come, and send a few octets.
fn lengths_that_lie() {
    let start = br#"{"boundProfilePackage":"QUJD"#;
    for field in [None, Some("boundProfilePackage")] {
        let peak = peak(|| {
            let mut collector = Collector::new(field, Some(10 * 1024 * 1024));
            collector.push(start);
            collector.finish()
        });
        assert!(peak <= 1024 * 1024 + BESIDE, "{peak} octets for {} read", start.len());
    }
}

fn cards() {
    let mut profiles = Vec::new();
    (0..20_000).for_each(|_| profiles.extend([0xE3, 0x00]));
    let list = |outer, inner: u8, members: &[u8]| {
        encode(Tag::new(outer), &encode(Tag::context_constructed(inner), members))
    };
    let notification = encode(Tag::new(0xBF2F), &[0x80, 1, 1, 0x81, 2, 4, 0x10, 0x0C, 1, 0x41]);
    let good = [
        list(0xBF2D, 0, &profiles),
        list(0xBF28, 0, &notification.repeat(1000)),
        list(0xBF2B, 0, &notification.repeat(1000)),
        hex::decode("BF3E125A1089049032123451234512345678901235").unwrap(),
        hex::decode("BF3103800100").unwrap(),
        vec![0x30; 200_000],
        vec![0xBF; 200_000],
    ];
    let replies: Vec<Vec<u8>> = good.iter().flat_map(|good| samples(good, 3)).collect();
    for answer in &replies {
        for (name, function) in FUNCTIONS {
            let card =
                Card::new(vec![Reply::Announced(answer.clone())], PortAbilities::PLAIN, 20_000);
            let mut channel = card.channel(None);
            // What the card itself keeps is here, too.
            check(name, answer.len() + PROFILES / 20, 20, || {
                function(&mut Es10::new(&mut channel))
            });
        }
    }
    for strange in [Reply::Octets(vec![0x90]), Reply::Fails(PortError::Failed)] {
        let card = Card::new(vec![strange], PortAbilities::PLAIN, 20_000);
        let mut channel = card.channel(None);
        check("no answer", 0, 0, || Es10::new(&mut channel).get_eid());
        assert!(card.sent() > 0);
    }
    let card = Card::new(vec![Reply::Data(Vec::new(), 0x9000)], PortAbilities::PLAIN, 20_000);
    let mut channel = card.channel(None);
    check("loading", 8000, 10, || card::load(&mut Es10::new(&mut channel)));
}

fn certificates_and_memories() {
    let certificate = certificate_sample::certificate(&certificate_sample::ci_extensions());
    for certificate in samples(&certificate, 200) {
        check("a certificate", certificate.len(), 40, || TestCi::parse(&certificate));
    }
    let row = |n: u32| format!(r#""{n}":{{"cause":"Fault","tries":1,"since":1}}"#);
    let memory = format!("{{{}}}", (0..2000).map(row).collect::<Vec<_>>().join(","));
    assert!(serde_json::from_str::<DeliveryMemory>(&memory).is_ok());
    for memory in samples(memory.as_bytes(), 20) {
        let read = || serde_json::from_slice::<DeliveryMemory>(&memory).ok();
        check("a memory", memory.len(), 8, read);
    }
}

#[test]
fn reading_allocates_a_small_multiple_of_what_is_read() {
    assert!(peak(|| ()) < 100 && peak(|| vec![0_u8; 900]) >= 900);
    texts();
    answers();
    lengths_that_lie();
    cards();
    certificates_and_memories();
}
