//! A logical channel to the ISD-R: commands in STORE DATA blocks, answers by GET RESPONSE (facts 2.3, 2.4).

use std::time::Instant;

use lpakit_rsp::Tag;
use lpakit_rsp::identifiers::Aid;
use lpakit_rsp::tlv::Reader;
use zeroize::Zeroizing;

use super::apdu::{StatusWord, interindustry_class, proprietary_class, split_answer};
use super::{
    CardChannel, CardError, CardPort, CardStats, OpenChannel, PortAbilities, PortError,
    RawCardChannels,
};

/// No ES10 answer comes near this; a card that sends more is broken.
const MAX_ANSWER: usize = 256 * 1024;
/// P2 counts blocks in one octet.
const MAX_BLOCKS: usize = 256;
/// An answer may be announced this often; enough for [`MAX_ANSWER`].
const MAX_GET_RESPONSES: usize = 2 * MAX_ANSWER / 256;

/// Commands that change nothing, so that they may be sent a second time: the `Get…`, `List…` and `Retrieve…`
/// functions. GetEUICCChallenge is among them because before it there is no session to lose.
const REPEATABLE: [u32; 9] =
    [0xBF20, 0xBF22, 0xBF28, 0xBF2B, 0xBF2D, 0xBF2E, 0xBF3C, 0xBF3E, 0xBF43];

/// What is worth remembering of a card between two starts. An app may keep it and hand it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CardHints {
    /// The largest block that the card and its reader took, in octets.
    pub block_size: u8,
    /// Whether commands need Le.
    pub le: bool,
}

/// A card and, while it is open, the channel to its ISD-R. It is used from the card's thread only.
pub struct IsdrChannel {
    port: Box<dyn CardChannel>,
    aids: Vec<Aid>,
    abilities: PortAbilities,
    hints: CardHints,
    open: Option<OpenChannel>,
    stats: CardStats,
    refresh_pending: bool,
}

impl IsdrChannel {
    /// A channel through `port` that will look for the first of `aids` on the card. Nothing is sent yet.
    pub fn new(port: CardPort, aids: Vec<Aid>, hints: Option<CardHints>) -> Self {
        let port: Box<dyn CardChannel> = match port {
            CardPort::Channels(port) => port,
            CardPort::Raw(card) => Box::new(RawCardChannels::new(card)),
        };
        let abilities = port.abilities();
        let largest = abilities.max_command_data.max(1);
        let hints =
            hints.map_or(CardHints { block_size: largest, le: abilities.wants_le }, |kept| {
                CardHints { block_size: kept.block_size.clamp(1, largest), le: kept.le }
            });
        Self {
            port,
            aids,
            abilities,
            hints,
            open: None,
            stats: CardStats::default(),
            refresh_pending: false,
        }
    }

    /// What was exchanged so far.
    pub const fn stats(&self) -> CardStats {
        self.stats
    }

    /// What was learned of the card.
    pub const fn hints(&self) -> CardHints {
        self.hints
    }

    /// True when the last command ended with `91xx`: the card wants the terminal to take notice.
    pub const fn refresh_pending(&self) -> bool {
        self.refresh_pending
    }

    /// Opens the channel if it is not open.
    ///
    /// # Errors
    /// [`CardError::NoIsdr`] when none of the AIDs is there, or the port's error.
    pub fn ensure_open(&mut self) -> Result<(), CardError> {
        if self.open.is_some() {
            return Ok(());
        }
        for aid in &self.aids {
            let started = Instant::now();
            let opened = self.port.open(aid.octets());
            self.stats.time += started.elapsed();
            self.stats.apdus += self.port.opening_apdus();
            match opened {
                Ok(channel) => {
                    self.open = Some(channel);
                    return Ok(());
                }
                Err(PortError::NoSuchApplication) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CardError::NoIsdr)
    }

    /// Closes the channel, if one is open.
    pub fn close(&mut self) {
        if let Some(channel) = self.open.take() {
            self.stats.apdus += 1;
            self.port.close(channel);
        }
    }

    /// Forgets the channel without a word to the card: after a REFRESH or a reset it is gone.
    pub fn forget(&mut self) {
        self.open = None;
        self.refresh_pending = false;
    }

    /// After a command that may have made the card refresh itself. A card that was reset has no channel any more; one
    /// whose terminal only took notice may still have it, and it is given back.
    pub fn after_switch(&mut self) {
        if !std::mem::take(&mut self.refresh_pending) {
            return;
        }
        if self.abilities.can_reset {
            self.forget();
        } else {
            self.close();
        }
    }

    /// Resets the card where the port can, and forgets the channel.
    ///
    /// # Errors
    /// [`PortError`] when the card does not come back.
    pub fn reset(&mut self) -> Result<(), CardError> {
        self.forget();
        if self.abilities.can_reset {
            self.port.reset()?;
        }
        Ok(())
    }

    /// Sends one ES10 command and gives back its answer, which must have data.
    ///
    /// # Errors
    /// [`CardError`]; an answer without data is [`CardError::EmptyAnswer`].
    pub fn command(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self.exchange(command)?;
        if !answer.is_empty() {
            return Ok(answer);
        }
        // Some modems and cards give no data unless Le asks for it (lpac issues 118 and 159).
        if is_repeatable(command) && !self.hints.le {
            self.hints.le = true;
            let answer = self.exchange(command)?;
            if !answer.is_empty() {
                return Ok(answer);
            }
            self.hints.le = false;
        }
        Err(CardError::EmptyAnswer)
    }

    /// Sends one command in STORE DATA blocks and gives back whatever data the last one answers.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        self.ensure_open()?;
        let size = usize::from(self.hints.block_size);
        let blocks = command.len().div_ceil(size);
        if blocks == 0 || blocks > MAX_BLOCKS {
            return Err(CardError::CommandTooLong);
        }
        self.refresh_pending = false;
        for (number, block) in (0_usize..).zip(command.chunks(size)) {
            let last = number + 1 == blocks;
            let (data, status) = self.store_data(block, number as u8, last)?;
            if !status.is_success() {
                if status == StatusWord::CHANNEL_UNKNOWN {
                    self.forget();
                }
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
        self.collect(data, status)
    }

    /// Fetches what `61xx` announces.
    fn collect(
        &mut self,
        mut data: Vec<u8>,
        mut status: StatusWord,
    ) -> Result<(Vec<u8>, StatusWord), CardError> {
        let mut rounds = 0;
        while status.sw1() == 0x61 && !self.abilities.handles_get_response {
            rounds += 1;
            let class = self.class(interindustry_class);
            let mut apdu = [class, 0xC0, 0x00, 0x00, status.sw2()];
            let (mut more, mut next) = self.transmit(&apdu)?;
            if next.sw1() == 0x6C {
                if let Some(le) = apdu.last_mut() {
                    *le = next.sw2();
                }
                (more, next) = self.transmit(&apdu)?;
            }
            data.append(&mut more);
            status = next;
            if data.len() > MAX_ANSWER || rounds > MAX_GET_RESPONSES {
                return Err(CardError::AnswerTooLong);
            }
        }
        Ok((data, status))
    }

    fn class(&self, code: impl Fn(u8) -> u8) -> u8 {
        let number = self.open.map_or(0, |channel| channel.number);
        code(if self.abilities.sets_channel_in_class { 0 } else { number })
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<(Vec<u8>, StatusWord), CardError> {
        let channel = self.open.ok_or(PortError::Failed)?;
        let started = Instant::now();
        let answer = self.port.transmit(channel, apdu);
        self.stats.time += started.elapsed();
        self.stats.apdus += 1;
        self.stats.bytes_out += apdu.len() as u64;
        let answer = answer.inspect_err(|_| self.open = None)?;
        self.stats.bytes_in += answer.len() as u64;
        let (data, status) = split_answer(&answer).ok_or(PortError::Failed)?;
        Ok((data.to_vec(), status))
    }
}

impl Drop for IsdrChannel {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for IsdrChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IsdrChannel").field("open", &self.open).finish_non_exhaustive()
    }
}

fn is_repeatable(command: &[u8]) -> bool {
    let tag = Reader::new(command).peek().ok().flatten();
    tag.is_some_and(|tag: Tag| REPEATABLE.contains(&tag.octets()))
}
