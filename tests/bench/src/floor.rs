//! The fewest APDUs that a download needs: reassembles what passed the card's contacts and reckons it anew.

use lpakit::rsp::Tag;
use lpakit::rsp::tlv::Reader;
use lpakit_interop::ApduExchange;

/// Octets of command data in one APDU.
const MAX_COMMAND: usize = 255;
/// Octets that one GET RESPONSE brings.
const MAX_RESPONSE: usize = 256;
/// MANAGE CHANNEL and SELECT; counted so for every program, whatever else its reader does to begin with.
const OPEN_CHANNEL: u64 = 2;

const STORE_DATA: u8 = 0xE2;
const GET_RESPONSE: u8 = 0xC0;
/// P1 of the last STORE DATA block of a command (SGP.22 5.7.2).
const LAST_BLOCK: u8 = 0x91;

/// EUICCInfo1, challenge, AuthenticateServer, PrepareDownload, RemoveNotificationFromList: once each.
const ONCE: [u32; 5] = [0xBF20, 0xBF2E, 0xBF38, 0xBF21, 0xBF30];
/// First tags of the commands that a package is cut into (SGP.22 2.5.5): BF36 with BF23, A0 with 87, A1, each 88, A2
/// with 87, A3, each 86, and further 87s.
const PACKAGE: [u32; 8] = [0xBF36, 0xA0, 0xA1, 0x88, 0xA2, 0xA3, 0x86, 0x87];

/// One ES10 command and its whole answer, put together from APDUs.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The command, blocks joined.
    pub command: Vec<u8>,
    /// The answer, pieces joined; without status word.
    pub answer: Vec<u8>,
    /// Whether the card announced the answer by `61xx`, so that it had to be fetched.
    pub fetched: bool,
    /// APDUs it really took.
    pub apdus: u64,
}

/// Shows sizes only: identifiers and codes pass here.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sent, received) = (self.command.len(), self.answer.len());
        write!(f, "Exchange({sent} -> {received} octets, {} APDUs)", self.apdus)
    }
}

impl Exchange {
    /// The tag that the command begins with; `None` when it begins with none.
    pub fn tag(&self) -> Option<Tag> {
        Reader::new(&self.command).peek().ok().flatten()
    }

    /// The fewest APDUs that carry this command and its answer.
    pub fn floor(&self) -> u64 {
        let fetches = if self.fetched { self.answer.len().div_ceil(MAX_RESPONSE) } else { 0 };
        (self.command.len().div_ceil(MAX_COMMAND) + fetches) as u64
    }
}

/// Puts ES10 commands and answers together again.
pub fn exchanges(apdus: &[ApduExchange]) -> Vec<Exchange> {
    let mut done = Vec::new();
    let mut command = Vec::new();
    let mut blocks = 0;
    for apdu in apdus {
        let Some((data, status)) = apdu.response.split_last_chunk::<2>() else { continue };
        match apdu.command.as_slice() {
            [_, STORE_DATA, p1, _, length, rest @ ..] => {
                command.extend(rest.iter().take(usize::from(*length)));
                blocks += 1;
                if *p1 == LAST_BLOCK {
                    done.push(Exchange {
                        command: std::mem::take(&mut command),
                        answer: data.to_vec(),
                        fetched: matches!(status, [0x61, _]),
                        apdus: std::mem::take(&mut blocks),
                    });
                }
            }
            // The answer to SELECT may be fetched, too, before there is any command.
            [_, GET_RESPONSE, ..] => {
                if let Some(last) = done.last_mut() {
                    last.answer.extend_from_slice(data);
                    last.apdus += 1;
                }
            }
            _ => {}
        }
    }
    done
}

/// Why no floor can be reckoned: the run is not one whole download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FloorError {
    /// A command that every download needs is not there.
    #[error("there is no {0:X} command")]
    Missing(u32),
    /// The parts of the package do not add up to one package.
    #[error("the parts have {sent} octets, the package {expected}")]
    Package {
        /// Octets in all parts.
        sent: usize,
        /// Octets of the package.
        expected: usize,
    },
}

/// The fewest APDUs for a download, and what of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// All together; opening the channel counts as 2.
    pub apdus: u64,
    /// Of these, loading the package.
    pub package: u64,
}

impl Floor {
    /// Reckons the floor of a recorded download of a package of `bpp` octets. Each command counts once, however often
    /// it was sent. The card refuses every other segmentation of a package than the standard's, so the recorded parts
    /// are those.
    ///
    /// # Errors
    /// [`FloorError`] when it is not one whole download.
    pub fn of(apdus: &[ApduExchange], bpp: usize) -> Result<Self, FloorError> {
        let exchanges = exchanges(apdus);
        let with = |tag: u32| move |exchange: &&Exchange| exchange.tag() == Some(Tag::new(tag));
        let mut total = OPEN_CHANNEL;
        for tag in ONCE {
            let found = exchanges.iter().find(with(tag)).ok_or(FloorError::Missing(tag))?;
            total += found.floor();
        }
        let is_part = |exchange: &&Exchange| PACKAGE.iter().any(|tag| with(*tag)(exchange));
        let (mut sent, mut package) = (0, 0);
        for part in exchanges.iter().filter(is_part) {
            sent += part.command.len();
            package += part.floor();
        }
        if sent != bpp {
            return Err(FloorError::Package { sent, expected: bpp });
        }
        Ok(Self { apdus: total + package, package })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(command: &[u8], response: &[u8]) -> ApduExchange {
        ApduExchange { command: command.to_vec(), response: response.to_vec() }
    }

    fn block(p1: u8, number: u8, data: &[u8], response: &[u8]) -> ApduExchange {
        let mut command = vec![0x81, STORE_DATA, p1, number, data.len() as u8];
        command.extend(data);
        exchange(&command, response)
    }

    /// A command in blocks of `size`, and an answer of `answer` octets fetched by GET RESPONSE.
    fn sent(command: &[u8], size: usize, answer: usize) -> Vec<ApduExchange> {
        let last = command.len().div_ceil(size) - 1;
        let mut apdus = Vec::new();
        for (number, data) in command.chunks(size).enumerate() {
            let (p1, response) = match (number == last, answer) {
                (false, _) => (0x11, [0x90, 0x00]),
                (true, 0) => (LAST_BLOCK, [0x90, 0x00]),
                (true, _) => (LAST_BLOCK, [0x61, 0x00]),
            };
            apdus.push(block(p1, number as u8, data, &response));
        }
        let mut left = answer;
        while left > 0 {
            let now = left.min(MAX_RESPONSE);
            left -= now;
            let mut response = vec![0xAA; now];
            response.extend(if left > 0 { [0x61, 0x00] } else { [0x90, 0x00] });
            apdus.push(exchange(&[0x01, GET_RESPONSE, 0, 0, 0], &response));
        }
        apdus
    }

    /// A command that begins with a tag of two octets.
    fn command(tag: u16, length: usize) -> Vec<u8> {
        let mut octets = tag.to_be_bytes().to_vec();
        octets.resize(length, 0);
        octets
    }

    fn download(size: usize) -> Vec<ApduExchange> {
        let mut apdus = vec![
            exchange(&[0x80, 0xAA, 0, 0, 0], &[0x90, 0]),
            exchange(&[0, 0x70, 0, 0, 1], &[1, 0x90, 0]),
            exchange(&[1, 0xA4, 4, 0, 0], &[0x61, 0x10]),
        ];
        apdus.extend(sent(&command(0xBF20, 3), size, 56));
        apdus.extend(sent(&command(0xBF2E, 3), size, 21));
        apdus.extend(sent(&command(0xBF38, 780), size, 1500));
        apdus.extend(sent(&command(0xBF21, 700), size, 165));
        apdus.extend(sent(&command(0xBF36, 256), size, 0));
        let mut part = vec![0; 1020];
        part[0] = 0x86;
        apdus.extend(sent(&part, size, 0));
        apdus.extend(sent(&part[..24], size, 300));
        apdus.extend(sent(&command(0xBF30, 6), size, 6));
        apdus
    }

    #[test]
    fn commands_and_answers_are_put_together_again() {
        let found = exchanges(&download(120));
        assert_eq!(found.len(), 8);
        assert_eq!(found[2].command, command(0xBF38, 780));
        assert_eq!(found[2].answer, vec![0xAA; 1500]);
        assert_eq!(found[2].apdus, 7 + 6);
        assert_eq!(found[2].floor(), 4 + 6);
        assert_eq!(found[4].floor(), 2);
    }

    #[test]
    fn the_floor_does_not_depend_on_how_the_commands_were_cut() {
        // 2 for the channel; 2, 2, 10 and 4 until the package; 2 + 4 + 1 and 2 for its result; 2 at the end.
        let expected = Floor { apdus: 2 + 18 + 9 + 2, package: 9 };
        for size in [255, 254, 120, 63] {
            assert_eq!(Floor::of(&download(size), 1300), Ok(expected), "{size}");
        }
    }

    #[test]
    fn what_is_sent_twice_counts_once() {
        let mut twice = download(255);
        twice.extend(sent(&command(0xBF20, 3), 255, 56));
        twice.extend(sent(&command(0xBF2D, 3), 255, 100));
        assert_eq!(Floor::of(&twice, 1300), Floor::of(&download(255), 1300));
    }

    #[test]
    fn an_answer_that_needs_no_fetching_costs_nothing() {
        let apdu = block(LAST_BLOCK, 0, &[0xBF, 0x20, 0], &[1, 2, 3, 0x90, 0x00]);
        let found = exchanges(&[apdu]);
        assert_eq!((found[0].answer.as_slice(), found[0].floor()), (&[1, 2, 3][..], 1));
    }

    #[test]
    fn half_a_download_has_no_floor() {
        let whole = download(255);
        assert_eq!(Floor::of(&whole[..8], 1300), Err(FloorError::Missing(0xBF38)));
        let error = FloorError::Package { sent: 1300, expected: 1301 };
        assert_eq!(Floor::of(&whole, 1301), Err(error));
    }
}
