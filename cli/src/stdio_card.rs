//! `--card stdio`: a card behind any program that speaks the JSON lines of lpac's stdio APDU back end. lpakit plays
//! the LPA's part: it prints requests, one a line, and reads an answer line for each.
//!
//! ```text
//! {"type":"apdu","payload":{"func":"connect","param":null}}            {"type":"apdu","payload":{"ecode":0}}
//! {"type":"apdu","payload":{"func":"logic_channel_open","param":AID}}  … ecode: the channel, or negative
//! {"type":"apdu","payload":{"func":"transmit","param":APDU}}           … ecode 0, data: answer and status word
//! {"type":"apdu","payload":{"func":"logic_channel_close","param":"01"}}
//! {"type":"apdu","payload":{"func":"disconnect","param":null}}
//! ```

use std::io::{BufRead, Read, Write};

use lpakit::card::{CardChannel, OpenChannel, PortAbilities, PortError};
use serde_json::{Value, json};

/// Far above the longest answer, 258 bytes in hexadecimal.
const MAX_LINE: u64 = 64 * 1024;
/// So many lines that are no answers are skipped before the program is given up.
const MAX_OTHER_LINES: usize = 1000;

/// The port; `input` is what the card program prints, `output` is what it reads.
#[derive(Debug)]
pub(crate) struct StdioCard<R: BufRead, W: Write> {
    input: R,
    output: W,
    connected: bool,
}

impl<R: BufRead, W: Write> StdioCard<R, W> {
    pub(crate) const fn new(input: R, output: W) -> Self {
        Self { input, output, connected: false }
    }

    /// Asks, and gives back ecode and data.
    fn call(&mut self, function: &str, param: &Value) -> Result<(i64, Vec<u8>), PortError> {
        self.send(function, param)?;
        for _ in 0..MAX_OTHER_LINES {
            if let Some(answer) = answer(&self.read_line()?) {
                return answer.ok_or(PortError::Failed);
            }
        }
        Err(PortError::Failed)
    }

    fn send(&mut self, function: &str, param: &Value) -> Result<(), PortError> {
        let request = json!({ "type": "apdu", "payload": { "func": function, "param": param } });
        writeln!(self.output, "{request}")
            .and_then(|()| self.output.flush())
            .map_err(|_| PortError::CardGone)
    }

    fn read_line(&mut self) -> Result<String, PortError> {
        let mut line = String::new();
        let read = self.input.by_ref().take(MAX_LINE).read_line(&mut line);
        match read {
            Ok(0) | Err(_) => Err(PortError::CardGone),
            Ok(_) if line.ends_with('\n') => Ok(line),
            // Cut off, or longer than any answer.
            Ok(_) => Err(PortError::Failed),
        }
    }
}

/// Reads an answer line: `None` when it is something else, `Some(None)` when it is a bad answer.
fn answer(line: &str) -> Option<Option<(i64, Vec<u8>)>> {
    let line: Value = serde_json::from_str(line).ok()?;
    if line.get("type")? != "apdu" {
        return None;
    }
    let read = || {
        let payload = line.get("payload")?;
        let data = payload.get("data").and_then(Value::as_str).unwrap_or_default();
        Some((payload.get("ecode")?.as_i64()?, hex::decode(data).ok()?))
    };
    Some(read())
}

impl<R: BufRead + Send, W: Write + Send> CardChannel for StdioCard<R, W> {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::PLAIN
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        if !self.connected {
            match self.call("connect", &Value::Null)? {
                (0, _) => self.connected = true,
                _ => return Err(PortError::CardGone),
            }
        }
        let (number, _) = self.call("logic_channel_open", &hex::encode_upper(aid).into())?;
        // Such programs do not say why not; another AID may do.
        let number = u8::try_from(number).map_err(|_| PortError::NoSuchApplication)?;
        Ok(OpenChannel { number })
    }

    fn transmit(&mut self, _: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        match self.call("transmit", &hex::encode_upper(command).into())? {
            (0, data) => Ok(data),
            _ => Err(PortError::Failed),
        }
    }

    fn close(&mut self, channel: OpenChannel) {
        // The program may be gone, and the channel with it.
        let _ = self.call("logic_channel_close", &format!("{:02X}", channel.number).into());
    }
}

impl<R: BufRead, W: Write> Drop for StdioCard<R, W> {
    fn drop(&mut self) {
        if self.connected {
            // A farewell. Its answer is waited for only so that the program can write it.
            let _ = self.call("disconnect", &Value::Null);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: OpenChannel = OpenChannel { number: 2 };

    fn card<'a>(answers: &'a str, asked: &'a mut Vec<u8>) -> StdioCard<&'a [u8], &'a mut Vec<u8>> {
        StdioCard::new(answers.as_bytes(), asked)
    }

    #[test]
    fn a_session() {
        let answers = concat!(
            "{\"type\":\"hello\"}\nno JSON\n",
            "{\"type\":\"apdu\",\"payload\":{\"ecode\":0}}\n",
            "{\"type\":\"apdu\",\"payload\":{\"ecode\":2}}\n",
            "{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"bf2e9000\"}}\n",
            "{\"type\":\"apdu\",\"payload\":{\"ecode\":0}}\n",
        );
        let mut asked = Vec::new();
        let mut port = card(answers, &mut asked);
        assert_eq!(port.open(&[0xA0, 0x01]), Ok(CHANNEL));
        assert_eq!(port.transmit(CHANNEL, &[0x82, 0xE2]), Ok(vec![0xBF, 0x2E, 0x90, 0x00]));
        port.close(CHANNEL);
        drop(port);
        let asked = String::from_utf8(asked).unwrap();
        let payloads: Vec<Value> = asked
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["payload"].clone())
            .collect();
        let expected = [
            json!({ "func": "connect", "param": null }),
            json!({ "func": "logic_channel_open", "param": "A001" }),
            json!({ "func": "transmit", "param": "82E2" }),
            json!({ "func": "logic_channel_close", "param": "02" }),
            json!({ "func": "disconnect", "param": null }),
        ];
        assert_eq!(payloads, expected);
    }

    #[test]
    fn refusals() {
        let cases = [
            ("", PortError::CardGone),
            ("{\"type\":\"apdu\",\"payload\":{\"ecode\":0", PortError::Failed),
            ("{\"type\":\"apdu\",\"payload\":{}}\n", PortError::Failed),
            ("{\"type\":\"apdu\",\"payload\":{\"ecode\":-1}}\n", PortError::CardGone),
            (
                "{\"type\":\"apdu\",\"payload\":{\"ecode\":0}}\n\
                 {\"type\":\"apdu\",\"payload\":{\"ecode\":-1}}\n",
                PortError::NoSuchApplication,
            ),
        ];
        for (answers, expected) in cases {
            let mut asked = Vec::new();
            assert_eq!(card(answers, &mut asked).open(&[0xA0]), Err(expected), "{answers}");
        }
        let mut asked = Vec::new();
        let bad = "{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"9\"}}\n";
        assert_eq!(card(bad, &mut asked).transmit(CHANNEL, &[0]), Err(PortError::Failed));
    }
}
