//! How an answer leaves a T=0 card.

use super::Status;

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

/// Response data that waits for GET RESPONSE. One answer waits at a time; the next command throws it away.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Option<Held>);

#[derive(Debug)]
struct Held {
    channel: u8,
    data: Vec<u8>,
    at: usize,
}

impl Waiting {
    /// Keeps the data of an answer and turns it into `61xx`; an answer without data goes out as it is.
    pub(crate) fn hold(&mut self, channel: u8, reply: Reply) -> Reply {
        self.0 = None;
        if reply.data.is_empty() || reply.status != Status::OK {
            return reply;
        }
        let status = Status::more(reply.data.len());
        self.0 = Some(Held { channel, data: reply.data, at: 0 });
        Reply::status(status)
    }

    pub(crate) fn drop_all(&mut self) {
        self.0 = None;
    }

    /// GET RESPONSE with this Le on this channel.
    pub(crate) fn take(&mut self, channel: u8, expected: usize) -> Reply {
        let Some(held) = self.0.as_mut().filter(|held| held.channel == channel) else {
            return Reply::status(Status::CONDITIONS_NOT_SATISFIED);
        };
        let left = held.data.get(held.at..).unwrap_or_default();
        let Some((piece, rest)) = left.split_at_checked(expected) else {
            return Reply::status(Status::right_length(left.len()));
        };
        let reply = Reply {
            data: piece.to_vec(),
            status: if rest.is_empty() { Status::OK } else { Status::more(rest.len()) },
        };
        held.at += expected;
        if rest.is_empty() {
            self.0 = None;
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(length: usize) -> Waiting {
        let mut waiting = Waiting::default();
        let reply = waiting.hold(1, Reply::data(vec![7; length]));
        assert_eq!(reply, Reply::status(Status::more(length)));
        waiting
    }

    #[test]
    fn a_long_answer_comes_in_pieces_of_at_most_256() {
        let mut waiting = held(600);
        let first = waiting.take(1, 256);
        assert_eq!((first.data.len(), first.status), (256, Status(0x6100)));
        let second = waiting.take(1, 256);
        assert_eq!((second.data.len(), second.status), (256, Status(0x6158)));
        let last = waiting.take(1, 0x58);
        assert_eq!((last.data.len(), last.status), (0x58, Status::OK));
        assert_eq!(waiting.take(1, 1).status, Status::CONDITIONS_NOT_SATISFIED);
    }

    #[test]
    fn asking_for_too_much_gives_the_right_length_and_loses_nothing() {
        let mut waiting = held(3);
        assert_eq!(waiting.take(1, 256).status, Status(0x6C03));
        let part = waiting.take(1, 2);
        assert_eq!((part.data.len(), part.status), (2, Status(0x6101)));
        assert_eq!(waiting.take(1, 1).status, Status::OK);
    }

    #[test]
    fn another_channel_gets_nothing() {
        let mut waiting = held(3);
        assert_eq!(waiting.take(0, 3).status, Status::CONDITIONS_NOT_SATISFIED);
        assert_eq!(waiting.take(1, 3).status, Status::OK);
    }

    #[test]
    fn a_case_2_answer_needs_the_right_le() {
        let reply = Reply::data(vec![1]);
        assert_eq!(reply.clone().if_expected(1), reply);
        assert_eq!(reply.if_expected(256), Reply::status(Status(0x6C01)));
    }
}
