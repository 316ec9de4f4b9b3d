//! A T=0 terminal.

use lpakit_rsp::Object;
use lpakit_sandbox_euicc::Card;

/// The ISD-R's AID.
pub const ISDR: &str = "A0000005591010FFFFFFFF8900000100";
const TERMINAL_CAPABILITY: &str = "80AA00000AA9088100820101830107";

pub struct Terminal {
    pub card: Card,
    /// Class octet of ES10 commands.
    pub class: u8,
    /// Octets of data in one STORE DATA.
    pub block: usize,
}

/// SELECT by AID on a channel below 4.
pub fn select(channel: u8, aid: &str) -> String {
    format!("{channel:02X}A40400{:02X}{aid}", aid.len() / 2)
}

impl Terminal {
    /// Powers the card and opens channel 1 to the ISD-R.
    pub fn with(card: Card) -> Self {
        let mut terminal = Self::at(card);
        terminal.open();
        terminal
    }

    /// Powers the card and says nothing to it.
    pub fn at(mut card: Card) -> Self {
        card.power_on().unwrap();
        Self { card, class: 0x81, block: 255 }
    }

    /// Power off and on, and the ISD-R selected again.
    pub fn start(&mut self) {
        self.card.power_on().unwrap();
        self.open();
    }

    /// Opens channel 1 to the ISD-R.
    pub fn open(&mut self) {
        assert_eq!(self.hex(TERMINAL_CAPABILITY), "9000");
        assert_eq!(self.hex("0070000001"), "019000");
        let answer = self.hex(&select(1, ISDR));
        assert!(answer.starts_with("61"), "{answer}");
    }

    /// One APDU, both ways in hexadecimal.
    pub fn hex(&mut self, command: &str) -> String {
        hex::encode_upper(self.card.transmit(&hex::decode(command).unwrap()))
    }

    /// One ES10 command: blocks, then GET RESPONSE as long as there is more. Gives data and status word.
    pub fn es10(&mut self, command: &[u8]) -> (Vec<u8>, u16) {
        let last = command.len().div_ceil(self.block) - 1;
        for (number, block) in command.chunks(self.block).enumerate() {
            let p1 = if number == last { 0x91 } else { 0x11 };
            let mut apdu = vec![self.class, 0xE2, p1, number as u8, block.len() as u8];
            apdu.extend(block);
            let answer = self.card.transmit(&apdu);
            if number == last || answer != [0x90, 0x00] {
                return self.collect(answer);
            }
        }
        unreachable!("a command has a last block");
    }

    fn collect(&mut self, mut answer: Vec<u8>) -> (Vec<u8>, u16) {
        let mut data = Vec::new();
        loop {
            let Some((piece, status)) = answer.split_last_chunk::<2>() else {
                return (data, 0);
            };
            data.extend(piece);
            if status[0] != 0x61 {
                return (data, u16::from_be_bytes(*status));
            }
            answer = self.card.transmit(&[self.class & 0x4F, 0xC0, 0x00, 0x00, status[1]]);
        }
    }

    /// An ES10 command in hexadecimal that is answered; gives the answer in hexadecimal.
    pub fn ask(&mut self, command: &str) -> String {
        hex::encode_upper(self.answer(&hex::decode(command).unwrap()))
    }

    /// An ES10 command that is answered with 9000 and data.
    pub fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let (data, status) = self.es10(command);
        assert_eq!(format!("{status:04X}"), "9000", "{}", hex::encode_upper(command));
        data
    }

    /// An ES10 command in hexadecimal that has no answer; gives the status word.
    pub fn refuse(&mut self, command: &str) -> String {
        let (data, status) = self.es10(&hex::decode(command).unwrap());
        assert!(data.is_empty());
        format!("{status:04X}")
    }

    /// Commands and what they are answered, both in hexadecimal, one after another.
    pub fn script(&mut self, lines: &[(&str, &str)]) {
        for (command, expected) in lines {
            assert_eq!(self.hex(command), *expected, "{command}");
        }
    }

    /// An ES10 function with typed request and response.
    pub fn call<R: Object>(&mut self, request: &impl Object) -> R {
        R::decode(&self.answer(&request.encode())).unwrap()
    }
}
