//! ES10 commands in STORE DATA blocks, answers by GET RESPONSE (facts 2.3, 2.4).

use zeroize::Zeroizing;

use super::apdu::{StatusWord, interindustry_class, proprietary_class};
use super::{CardError, IsdrChannel, PortError};

/// No ES10 answer comes near this; a card that sends more is broken.
const MAX_ANSWER: usize = 256 * 1024;
/// P2 counts blocks in one octet.
const MAX_BLOCKS: usize = 256;
/// So often may the answers to one command be announced, whatever block they come after; enough for [`MAX_ANSWER`].
const MAX_GET_RESPONSES: usize = 2 * MAX_ANSWER / 256;
/// Blocks to go down to when a reader garbles longer ones (facts, peers 4).
const SMALLER_BLOCKS: [u8; 3] = [254, 120, 63];

impl IsdrChannel {
    /// Sends one command in STORE DATA blocks and gives back whatever data the last one answers. A block that was
    /// garbled on its way (`6601`) makes all later ones smaller, and the command is begun anew: without its last
    /// block the card has not executed it.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        loop {
            let size = self.hints.block_size;
            let result = self.send_blocks(command, size);
            if !matches!(result, Err(CardError::Status(StatusWord::CHECKSUM))) {
                return result;
            }
            let Some(smaller) = SMALLER_BLOCKS.into_iter().find(|smaller| *smaller < size) else {
                return result;
            };
            self.hints.block_size = smaller;
        }
    }

    fn send_blocks(&mut self, command: &[u8], size: u8) -> Result<Vec<u8>, CardError> {
        self.ensure_open()?;
        let size = usize::from(size.max(1));
        let blocks = command.len().div_ceil(size);
        if blocks == 0 || blocks > MAX_BLOCKS {
            return Err(CardError::CommandTooLong);
        }
        self.refresh_pending = false;
        let mut fetches = 0;
        for (number, block) in (0_usize..).zip(command.chunks(size)) {
            let last = number + 1 == blocks;
            let (data, status) = self.store_data(block, number as u8, last)?;
            let (data, status) = self.collect(data, status, &mut fetches)?;
            if !status.is_success() {
                return Err(CardError::Status(status));
            }
            if last {
                self.refresh_pending = status.sw1() == 0x91;
                return Ok(data);
            }
        }
        Err(CardError::CommandTooLong)
    }

    fn store_data(
        &mut self,
        block: &[u8],
        number: u8,
        last: bool,
    ) -> Result<(Vec<u8>, StatusWord), CardError> {
        let p1 = if last { 0x91 } else { 0x11 };
        let class = self.class(proprietary_class);
        // It may hold a matching ID or the hash of a confirmation code.
        let mut apdu = Zeroizing::new(Vec::with_capacity(block.len() + 6));
        apdu.extend([class, 0xE2, p1, number, block.len() as u8]);
        apdu.extend_from_slice(block);
        if last && self.hints.le {
            apdu.push(0x00);
        }
        let (mut data, mut status) = self.transmit(&apdu)?;
        if status.sw1() == 0x6C {
            // Wrong Le: the same command again with the length that the card names.
            apdu.truncate(block.len() + 5);
            apdu.push(status.sw2());
            (data, status) = self.transmit(&apdu)?;
        }
        Ok((data, status))
    }

    /// Fetches what `61xx` announces. `fetches` counts them over the whole command.
    fn collect(
        &mut self,
        mut data: Vec<u8>,
        mut status: StatusWord,
        fetches: &mut usize,
    ) -> Result<(Vec<u8>, StatusWord), CardError> {
        while status.sw1() == 0x61 && !self.abilities.handles_get_response {
            if data.len() > MAX_ANSWER || *fetches > MAX_GET_RESPONSES {
                break;
            }
            *fetches += 1;
            let (mut more, next) = self.get_response(status.sw2())?;
            if next == StatusWord::CHANNEL_UNKNOWN {
                // The command was executed and only its answer is lost: it must not be sent again as if it were not.
                self.lose();
                return Err(PortError::Failed.into());
            }
            data.append(&mut more);
            status = next;
        }
        // A port that fetches by itself may bring as much at once.
        if data.len() > MAX_ANSWER || *fetches > MAX_GET_RESPONSES {
            return Err(CardError::AnswerTooLong);
        }
        Ok((data, status))
    }

    /// GET RESPONSE. The standard's class is the interindustry one; cards that only take the command's own are met
    /// half-way and remembered.
    fn get_response(&mut self, length: u8) -> Result<(Vec<u8>, StatusWord), CardError> {
        let answer = self.get_response_once(length)?;
        let class_refused = matches!(answer.1.0, 0x6D00 | 0x6E00);
        if !class_refused || self.proprietary_get_response {
            return Ok(answer);
        }
        self.proprietary_get_response = true;
        self.get_response_once(length)
    }

    fn get_response_once(&mut self, length: u8) -> Result<(Vec<u8>, StatusWord), CardError> {
        let class = if self.proprietary_get_response {
            self.class(proprietary_class)
        } else {
            self.class(interindustry_class)
        };
        let mut apdu = [class, 0xC0, 0x00, 0x00, length];
        let answer = self.transmit(&apdu)?;
        if answer.1.sw1() != 0x6C {
            return Ok(answer);
        }
        if let Some(le) = apdu.last_mut() {
            *le = answer.1.sw2();
        }
        self.transmit(&apdu)
    }

    fn class(&self, code: impl Fn(u8) -> u8) -> u8 {
        code(if self.abilities.sets_channel_in_class { 0 } else { self.channel_number() })
    }
}
