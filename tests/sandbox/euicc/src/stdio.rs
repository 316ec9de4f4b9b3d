//! lpac's JSON lines: a card for programs that speak lpac's `stdio` APDU back end.
//!
//! The program prints `{"type":"apdu","payload":{"func":…,"param":…}}`, one a line, and reads an answer line
//! `{"type":"apdu","payload":{"ecode":…,"data":…}}` for each. Here the card's reader is played: connect gives the
//! card power and announces the terminal, logic_channel_open does MANAGE CHANNEL and SELECT, transmit passes an
//! APDU as it is (the program itself asks for more after `61xx`).

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::card::Card;

/// Local user interface, profile download and discovery in the terminal; extended channels.
const TERMINAL_CAPABILITY: &[u8] =
    &[0x80, 0xAA, 0x00, 0x00, 0x0A, 0xA9, 0x08, 0x81, 0x00, 0x82, 0x01, 0x01, 0x83, 0x01, 0x07];
const OPEN_CHANNEL: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];
const FAILED: i32 = -1;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    func: String,
    #[serde(default)]
    param: Value,
}

/// Serves the card until `input` ends. Lines that are no APDU requests (lpac's results and progress, or no JSON at
/// all) go to `other`, without their line end.
///
/// # Errors
/// When `input` or `output` fails. What the program asks for wrongly is answered with ecode -1, not an error here.
pub fn serve(
    card: &mut Card,
    input: impl BufRead,
    mut output: impl Write,
    mut other: impl FnMut(&str),
) -> io::Result<()> {
    for line in input.lines() {
        let line = line?;
        let Some(payload) = apdu_request(&line) else {
            if !line.trim().is_empty() {
                other(&line);
            }
            continue;
        };
        let answer = json!({ "type": "apdu", "payload": respond(card, &payload) });
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn apdu_request(line: &str) -> Option<Payload> {
    let line: Line = serde_json::from_str(line).ok()?;
    (line.kind == "apdu").then_some(line.payload)
}

fn respond(card: &mut Card, payload: &Payload) -> Value {
    let code = match payload.func.as_str() {
        "connect" => connect(card),
        "disconnect" => {
            card.power_off();
            Some(0)
        }
        "logic_channel_open" => {
            octets(&payload.param).and_then(|aid| open(card, &aid)).map(i32::from)
        }
        "logic_channel_close" => channel(&payload.param).and_then(|number| close(card, number)),
        "transmit" => {
            let response =
                octets(&payload.param).map(|command| card.transmit(&command)).unwrap_or_default();
            if !response.is_empty() {
                return json!({ "ecode": 0, "data": hex::encode(response) });
            }
            None
        }
        _ => None,
    };
    json!({ "ecode": code.unwrap_or(FAILED) })
}

fn connect(card: &mut Card) -> Option<i32> {
    card.power_on().ok()?;
    // A card that does not know the command is no worse for it.
    card.transmit(TERMINAL_CAPABILITY);
    Some(0)
}

/// MANAGE CHANNEL, then SELECT; gives the channel's number.
fn open(card: &mut Card, aid: &[u8]) -> Option<u8> {
    let [number, 0x90 | 0x91, _] = card.transmit(OPEN_CHANNEL)[..] else {
        return None;
    };
    let class = if number < 4 { number } else { 0x40 | (number - 4) };
    let mut select = vec![class, 0xA4, 0x04, 0x00, u8::try_from(aid.len()).ok()?];
    select.extend_from_slice(aid);
    if let [.., 0x61 | 0x90 | 0x91, _] = card.transmit(&select)[..] {
        return Some(number);
    }
    close(card, number);
    None
}

fn close(card: &mut Card, number: u8) -> Option<i32> {
    let response = card.transmit(&[0x00, 0x70, 0x80, number, 0x00]);
    matches!(response[..], [0x90 | 0x91, _]).then_some(0)
}

fn octets(param: &Value) -> Option<Vec<u8>> {
    hex::decode(param.as_str()?).ok()
}

/// A channel number: one octet in hexadecimal, or a JSON number.
fn channel(param: &Value) -> Option<u8> {
    match octets(param).as_deref() {
        Some([number]) => Some(*number),
        _ => u8::try_from(param.as_u64()?).ok(),
    }
}
