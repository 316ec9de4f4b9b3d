//! lpac's JSON lines.

use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, stdio};

use crate::support::{EID, ISDR, card_in};

/// What the card answers to these lines, and which lines are none of its business.
fn talk(card: &mut Card, lines: &[&str]) -> (Vec<String>, Vec<String>) {
    let input = lines.join("\n");
    let mut output = Vec::new();
    let mut others = Vec::new();
    stdio::serve(card, input.as_bytes(), &mut output, |line| others.push(line.to_owned())).unwrap();
    let answers = String::from_utf8(output).unwrap().lines().map(str::to_owned).collect();
    (answers, others)
}

fn request(func: &str, param: &str) -> String {
    let param = if param.is_empty() { "null".to_owned() } else { format!("\"{param}\"") };
    format!(r#"{{"type":"apdu","payload":{{"func":"{func}","param":{param}}}}}"#)
}

fn code(ecode: i32) -> String {
    format!(r#"{{"payload":{{"ecode":{ecode}}},"type":"apdu"}}"#)
}

fn data(data: &str) -> String {
    format!(r#"{{"payload":{{"data":"{data}","ecode":0}},"type":"apdu"}}"#)
}

fn card() -> Card {
    card_in(MemoryNvm::new(), Default::default())
}

#[test]
fn the_eid_as_lpac_asks_for_it() {
    let lines = [
        request("connect", ""),
        request("logic_channel_open", ISDR),
        request("transmit", "81E2910006BF3E035C015A"),
        request("transmit", "81C0000015"),
        request("logic_channel_close", "01"),
        request("disconnect", ""),
        r#"{"type":"lpa","payload":{"code":0,"message":"success","data":{}}}"#.to_owned(),
    ];
    let mut card = card();
    let (answers, others) = talk(&mut card, &lines.each_ref().map(String::as_str));
    let eid = format!("bf3e125a10{EID}9000");
    assert_eq!(answers, [code(0), code(1), data("6115"), data(&eid), code(0), code(0)]);
    assert_eq!(others, [lines[6].clone()]);
    assert!(!card.is_powered());
}

#[test]
fn channels_are_given_out_closed_and_given_out_again() {
    let open = request("logic_channel_open", ISDR);
    let mut lines = vec![request("connect", "")];
    lines.extend(std::iter::repeat_n(open.clone(), 20));
    lines.push(r#"{"type":"apdu","payload":{"func":"logic_channel_close","param":7}}"#.to_owned());
    lines.push(open);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (answers, _) = talk(&mut card(), &lines);
    let mut expected: Vec<String> = (0..=19).map(code).collect();
    expected.push(code(-1));
    expected.extend([code(0), code(7)]);
    assert_eq!(answers, expected);
}

#[test]
fn what_is_asked_wrongly_is_answered_with_minus_one() {
    let unknown_aid = request("logic_channel_open", "A000000001");
    let lines = [
        request("transmit", "0070000001"), // no power
        request("connect", ""),
        unknown_aid,
        request("logic_channel_open", "A0"),
        request("logic_channel_open", "xyz"),
        request("logic_channel_close", "05"),
        request("transmit", ""),
        request("transmit", "8"),
        request("dance", ""),
        // No channel was lost to the failures.
        request("logic_channel_open", ISDR),
    ];
    let (answers, others) = talk(&mut card(), &lines.each_ref().map(String::as_str));
    let minus_one = code(-1);
    let mut expected = vec![minus_one; 10];
    expected[1] = code(0);
    expected[9] = code(1);
    assert_eq!(answers, expected);
    assert!(others.is_empty());
}

#[test]
fn lines_that_are_no_requests_go_to_the_caller() {
    let lines = [
        "not json",
        r#"{"type":"progress","payload":{"code":0,"message":"es10b_load_bound_profile_package"}}"#,
        "",
        r#"{"type":"apdu"}"#,
        r#"{"type":"http","payload":{"url":"https://a","tx":"","headers":[]}}"#,
    ];
    let (answers, others) = talk(&mut card(), &lines);
    assert!(answers.is_empty());
    assert_eq!(others, [lines[0], lines[1], lines[3], lines[4]]);
}

#[test]
fn connect_is_a_cold_start() {
    let open = request("logic_channel_open", ISDR);
    let lines = [request("connect", ""), open.clone(), request("connect", ""), open];
    let (answers, _) = talk(&mut card(), &lines.each_ref().map(String::as_str));
    assert_eq!(answers, [code(0), code(1), code(0), code(1)]);
}
