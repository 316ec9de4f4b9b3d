//! How an answer leaves the card.

use super::command::expected;
use super::{Command, Status};
use crate::config::GetResponseClass;

/// What a command led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) data: Vec<u8>,
    pub(crate) status: Status,
}

impl Reply {
    pub(crate) const fn status(status: Status) -> Self {
        Self { data: Vec::new(), status }
    }

    pub(crate) const fn data(data: Vec<u8>) -> Self {
        Self { data, status: Status::OK }
    }

    /// Data and SW1 SW2 as they go out.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = self.data.clone();
        octets.extend(self.status.0.to_be_bytes());
        octets
    }

    /// The answer to a command that only asks (T=0 case 2): the data at once if Le fits, else `6Cxx`.
    pub(crate) fn if_expected(self, expected: usize) -> Self {
        if self.status != Status::OK || self.data.len() == expected {
            self
        } else {
            Self::status(Status::right_length(self.data.len()))
        }
    }
}

/// How a card hands out the data that answers a command with data.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivery {
    /// None without an Le.
    pub(crate) only_with_le: bool,
    /// With an Le at once, and not by GET RESPONSE.
    pub(crate) directly: bool,
    /// Only with the right Le, which the card names.
    pub(crate) exact_le: bool,
}

/// Response data that waits for GET RESPONSE, or for the same command with the right Le. One answer waits at a time;
/// the next command throws it away.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Option<Held>);

#[derive(Debug)]
struct Held {
    channel: u8,
    proprietary: bool,
    data: Vec<u8>,
    at: usize,
    /// The command to be repeated with the right Le, without it.
    repeat: Option<Vec<u8>>,
}

impl Waiting {
    /// Keeps the data of an answer for later, as far as the card does not hand it out at once.
    pub(crate) fn hold(
        &mut self,
        command: &Command<'_>,
        reply: Reply,
        delivery: Delivery,
    ) -> Reply {
        self.0 = None;
        if reply.data.is_empty() || reply.status != Status::OK {
            return reply;
        }
        if delivery.only_with_le && command.le.is_none() {
            return Reply::status(Status::OK);
        }
        let length = reply.data.len();
        let held = Held {
            channel: command.class.channel,
            proprietary: command.class.proprietary,
            data: reply.data,
            at: 0,
            repeat: None,
        };
        let expected = command.le.map(expected);
        let wrong = expected.is_some_and(|expected| expected != length.min(256));
        if delivery.exact_le && wrong {
            self.0 = Some(Held { repeat: Some(command.octets.to_vec()), ..held });
            return Reply::status(Status::right_length(length));
        }
        let at_once = expected.filter(|_| delivery.directly || delivery.exact_le).unwrap_or(0);
        self.0 = Some(held);
        if at_once == 0 {
            Reply::status(Status::more(length))
        } else {
            self.piece(at_once.min(length))
        }
    }

    pub(crate) fn drop_all(&mut self) {
        self.0 = None;
    }

    /// The answer to a command that is the one before, now with the Le that the card has named.
    pub(crate) fn repeated(&mut self, command: &Command<'_>) -> Option<Reply> {
        let held = self.0.as_mut()?;
        let expected = command.le.map(expected)?;
        if held.repeat.as_deref() != Some(command.octets) {
            return None;
        }
        if expected != held.data.len().min(256) {
            return Some(Reply::status(Status::right_length(held.data.len())));
        }
        held.repeat = None;
        Some(self.piece(expected))
    }

    /// GET RESPONSE.
    pub(crate) fn take(
        &mut self,
        command: &Command<'_>,
        class: Option<GetResponseClass>,
    ) -> Result<Reply, Status> {
        let held = self.0.as_ref().filter(|held| held.channel == command.class.channel);
        let held = held.filter(|held| held.repeat.is_none());
        let held = held.ok_or(Status::CONDITIONS_NOT_SATISFIED)?;
        let wanted = match class {
            None => command.class.proprietary,
            Some(GetResponseClass::Interindustry) => false,
            Some(GetResponseClass::Command) => held.proprietary,
        };
        if command.class.proprietary != wanted {
            return Err(Status::CLASS_NOT_SUPPORTED);
        }
        let left = held.data.len() - held.at;
        if command.expected() > left {
            return Err(Status::right_length(left));
        }
        Ok(self.piece(command.expected()))
    }

    /// The next octets of what waits, and how many are left.
    fn piece(&mut self, length: usize) -> Reply {
        let Some(held) = self.0.as_mut() else {
            return Reply::status(Status::CONDITIONS_NOT_SATISFIED);
        };
        let left = held.data.get(held.at..).unwrap_or_default();
        let (piece, rest) = left.split_at_checked(length).unwrap_or((left, &[]));
        let reply = Reply {
            data: piece.to_vec(),
            status: if rest.is_empty() { Status::OK } else { Status::more(rest.len()) },
        };
        held.at += piece.len();
        if rest.is_empty() {
            self.0 = None;
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE_DATA: [u8; 6] = [0x81, 0xE2, 0x91, 0x00, 0x01, 0xAA];

    fn hold(waiting: &mut Waiting, octets: &[u8], length: usize, delivery: Delivery) -> Reply {
        let command = Command::parse(octets).unwrap();
        waiting.hold(&command, Reply::data(vec![7; length]), delivery)
    }

    fn held(length: usize) -> Waiting {
        let mut waiting = Waiting::default();
        let reply = hold(&mut waiting, &STORE_DATA, length, Delivery::default());
        assert_eq!(reply, Reply::status(Status::more(length)));
        waiting
    }

    /// GET RESPONSE: how many octets came, and the status word.
    fn take(waiting: &mut Waiting, class: u8, le: u8) -> (usize, Status) {
        let octets = [class, 0xC0, 0x00, 0x00, le];
        let taken = waiting.take(&Command::parse(&octets).unwrap(), None);
        taken.map_or_else(|status| (0, status), |reply| (reply.data.len(), reply.status))
    }

    fn with_le(le: u8) -> Vec<u8> {
        [&STORE_DATA[..], &[le]].concat()
    }

    fn seen(reply: &Reply) -> (usize, Status) {
        (reply.data.len(), reply.status)
    }

    #[test]
    fn a_long_answer_comes_in_pieces_of_at_most_256() {
        let mut waiting = held(600);
        assert_eq!(take(&mut waiting, 0x01, 0), (256, Status(0x6100)));
        assert_eq!(take(&mut waiting, 0x81, 0), (256, Status(0x6158)));
        assert_eq!(take(&mut waiting, 0x01, 0x58), (0x58, Status::OK));
        assert_eq!(take(&mut waiting, 0x01, 1), (0, Status::CONDITIONS_NOT_SATISFIED));
    }

    #[test]
    fn asking_for_too_much_gives_the_right_length_and_loses_nothing() {
        let mut waiting = held(3);
        assert_eq!(take(&mut waiting, 0x01, 0), (0, Status(0x6C03)));
        assert_eq!(take(&mut waiting, 0x01, 2), (2, Status(0x6101)));
        assert_eq!(take(&mut waiting, 0x01, 1), (1, Status::OK));
    }

    #[test]
    fn another_channel_gets_nothing() {
        let mut waiting = held(3);
        assert_eq!(take(&mut waiting, 0x00, 3), (0, Status::CONDITIONS_NOT_SATISFIED));
        assert_eq!(take(&mut waiting, 0x01, 3), (3, Status::OK));
    }

    #[test]
    fn a_case_2_answer_needs_the_right_le() {
        let reply = Reply::data(vec![1]);
        assert_eq!(reply.clone().if_expected(1), reply);
        assert_eq!(reply.if_expected(256), Reply::status(Status(0x6C01)));
    }

    #[test]
    fn a_card_that_answers_directly_gives_up_to_256_octets_at_once() {
        let delivery = Delivery { directly: true, ..Delivery::default() };
        let mut waiting = Waiting::default();
        for (length, le, expected) in [
            (3, 0, (3, Status::OK)),
            (256, 0, (256, Status::OK)),
            (300, 0, (256, Status(0x612C))),
            (300, 200, (200, Status(0x6164))),
        ] {
            assert_eq!(seen(&hold(&mut waiting, &with_le(le), length, delivery)), expected);
        }
        assert_eq!(take(&mut waiting, 0x01, 100), (100, Status::OK));
        // Without Le it is as any other card.
        assert_eq!(seen(&hold(&mut waiting, &STORE_DATA, 3, delivery)), (0, Status(0x6103)));
        assert_eq!(take(&mut waiting, 0x01, 3), (3, Status::OK));
    }

    #[test]
    fn a_wrong_le_is_put_right_and_the_same_command_brings_the_answer() {
        let delivery = Delivery { exact_le: true, ..Delivery::default() };
        let mut waiting = Waiting::default();
        assert_eq!(seen(&hold(&mut waiting, &with_le(0), 3, delivery)), (0, Status(0x6C03)));
        assert_eq!(take(&mut waiting, 0x01, 3), (0, Status::CONDITIONS_NOT_SATISFIED));
        let repeat = |waiting: &mut Waiting, octets: &[u8]| {
            waiting.repeated(&Command::parse(octets).unwrap()).as_ref().map(seen)
        };
        let mut other = with_le(3);
        other[5] = 0xAB;
        assert_eq!(repeat(&mut waiting, &other), None);
        assert_eq!(repeat(&mut waiting, &STORE_DATA), None);
        assert_eq!(repeat(&mut waiting, &with_le(2)), Some((0, Status(0x6C03))));
        assert_eq!(repeat(&mut waiting, &with_le(3)), Some((3, Status::OK)));
        assert_eq!(repeat(&mut waiting, &with_le(3)), None);
        // 256 octets and more are asked for with 00, which is right.
        assert_eq!(seen(&hold(&mut waiting, &with_le(0), 300, delivery)), (256, Status(0x612C)));
        assert_eq!(seen(&hold(&mut waiting, &with_le(5), 300, delivery)), (0, Status(0x6C00)));
        assert_eq!(repeat(&mut waiting, &with_le(0)), Some((256, Status(0x612C))));
        assert_eq!(take(&mut waiting, 0x01, 0x2C), (0x2C, Status::OK));
    }

    #[test]
    fn without_le_some_cards_give_nothing() {
        let delivery = Delivery { only_with_le: true, ..Delivery::default() };
        let mut waiting = Waiting::default();
        assert_eq!(seen(&hold(&mut waiting, &STORE_DATA, 3, delivery)), (0, Status::OK));
        assert_eq!(take(&mut waiting, 0x01, 3), (0, Status::CONDITIONS_NOT_SATISFIED));
        assert_eq!(seen(&hold(&mut waiting, &with_le(0), 3, delivery)), (0, Status(0x6103)));
        assert_eq!(take(&mut waiting, 0x01, 3), (3, Status::OK));
    }

    #[test]
    fn get_response_may_be_heard_in_one_class_only() {
        let select = [0x01, 0xA4, 0x04, 0x00, 0x01, 0xAA];
        for (answered, class, heard) in [
            (&STORE_DATA[..], GetResponseClass::Interindustry, 0x01),
            (&STORE_DATA[..], GetResponseClass::Command, 0x81),
            (&select[..], GetResponseClass::Interindustry, 0x01),
            (&select[..], GetResponseClass::Command, 0x01),
        ] {
            let mut waiting = Waiting::default();
            hold(&mut waiting, answered, 3, Delivery::default());
            let take = |waiting: &mut Waiting, octet| {
                let octets = [octet, 0xC0, 0x00, 0x00, 0x03];
                waiting.take(&Command::parse(&octets).unwrap(), Some(class))
            };
            // In the wrong class nothing is lost.
            assert_eq!(take(&mut waiting, heard ^ 0x80), Err(Status::CLASS_NOT_SUPPORTED));
            assert_eq!(take(&mut waiting, heard), Ok(Reply::data(vec![7; 3])));
        }
    }
}
