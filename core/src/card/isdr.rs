//! A logical channel to the ISD-R: opening, losing and finding it again (facts 2.2, 2.4).

use std::time::{Duration, Instant};

use lpakit_rsp::Tag;
use lpakit_rsp::identifiers::Aid;
use lpakit_rsp::tlv::Reader;

use super::apdu::{StatusWord, split_answer};
use super::watched::Watched;
use super::{
    CallWatch, CardChannel, CardError, CardPort, CardStats, OpenChannel, PortAbilities, PortError,
    RawCardChannels,
};

/// Commands that may be sent a second time when the first one's end is not known. Most change nothing; the others leave
/// the card as one alone would: SetNickname, SetDefaultDpAddress, RemoveNotificationFromList (its second answer is
/// nothingToDelete) and CancelSession (its second is invalidTransactionId). GetEUICCChallenge is among them because
/// before it there is no session to lose.
const REPEATABLE: [u32; 13] = [
    0xBF20, 0xBF22, 0xBF28, 0xBF29, 0xBF2B, 0xBF2D, 0xBF2E, 0xBF30, 0xBF3C, 0xBF3E, 0xBF3F, 0xBF41,
    0xBF43,
];
/// What a card means when it says it (facts 2.4): sent again, it would say it again.
const FINAL: [u16; 7] = [0x6A80, 0x6A84, 0x6A86, 0x6A88, 0x6700, 0x6601, 0x9300];

/// Blocks are never made smaller than this by what a card does.
const SMALLEST_BLOCK: u8 = 63;

/// What is worth remembering of a card between two starts. An app may keep it and hand it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CardHints {
    /// The largest block that the card and its reader took, in octets.
    pub block_size: u8,
    /// Whether commands need Le.
    pub le: bool,
}

/// A card and, while it is open, the channel to an ISD-R on it. It is used from the card's thread only.
pub struct IsdrChannel {
    pub(super) port: Box<dyn CardChannel>,
    aids: Vec<Aid>,
    /// The one ISD-R to talk to, on a card with several.
    wanted: Option<Aid>,
    /// The one that is found first when none is chosen.
    first: Option<Aid>,
    pub(super) abilities: PortAbilities,
    pub(super) hints: CardHints,
    open: Option<Open>,
    /// A channel that is most likely gone. Should it not be, it is given back.
    stale: Option<OpenChannel>,
    pub(super) stats: CardStats,
    pub(super) refresh_pending: bool,
    /// GET RESPONSE is only taken in the class of the command.
    pub(super) proprietary_get_response: bool,
}

/// A channel, and what is at its end.
#[derive(Debug)]
struct Open {
    channel: OpenChannel,
    aid: Aid,
}

impl IsdrChannel {
    /// A channel through `port` that will look for the first of `aids` on the card. Nothing is sent yet.
    pub fn new(port: CardPort, aids: Vec<Aid>, hints: Option<CardHints>) -> Self {
        Self::watched(port, aids, hints, CallWatch::new(Duration::MAX))
    }

    /// As [`IsdrChannel::new`], with a watch over the port's calls.
    pub(crate) fn watched(
        port: CardPort,
        aids: Vec<Aid>,
        hints: Option<CardHints>,
        calls: CallWatch,
    ) -> Self {
        let port: Box<dyn CardChannel> = match port {
            CardPort::Channels(port) => port,
            CardPort::Raw(card) => Box::new(RawCardChannels::new(card)),
        };
        let port: Box<dyn CardChannel> = Box::new(Watched { port, calls });
        let abilities = port.abilities();
        let largest = abilities.max_command_data.max(1);
        let hints =
            hints.map_or(CardHints { block_size: largest, le: abilities.wants_le }, |kept| {
                // Smaller ones were never learned, and longer commands would not fit.
                let smallest = SMALLEST_BLOCK.min(largest);
                CardHints { block_size: kept.block_size.clamp(smallest, largest), le: kept.le }
            });
        Self {
            port,
            aids,
            wanted: None,
            first: None,
            abilities,
            hints,
            open: None,
            stale: None,
            stats: CardStats::default(),
            refresh_pending: false,
            proprietary_get_response: false,
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

    /// Whether the port can reset the card.
    pub const fn can_reset(&self) -> bool {
        self.abilities.can_reset
    }

    /// True when the last command made the card ask for a REFRESH (`91xx`).
    pub const fn refresh_pending(&self) -> bool {
        self.refresh_pending
    }

    /// Chooses the ISD-R to talk to from now on, on a card with several; `None` is the first that is found.
    pub fn choose(&mut self, aid: Option<&Aid>) {
        let chosen = aid.or(self.first.as_ref());
        if let (Some(chosen), Some(open)) = (chosen, self.open.as_ref())
            && open.aid != *chosen
        {
            self.close();
        }
        if self.wanted.as_ref() != aid {
            self.wanted = aid.cloned();
        }
    }

    /// The AIDs of all ISD-Rs on the card: each is an eUICC of its own. The channel is closed afterwards.
    ///
    /// # Errors
    /// [`CardError::NoIsdr`] when there is none, or the port's error.
    pub fn find_all(&mut self) -> Result<Vec<Aid>, CardError> {
        self.close();
        let mut found = Vec::new();
        let mut missing = CardError::NoIsdr;
        for aid in self.aids.clone() {
            if self.open_if_there(&aid, &mut missing)? {
                found.push(aid);
                self.close();
            }
        }
        if found.is_empty() { Err(missing) } else { Ok(found) }
    }

    /// Opens the channel if it is not open.
    ///
    /// # Errors
    /// [`CardError::NoIsdr`] when none of the AIDs is there, or the port's error.
    pub fn ensure_open(&mut self) -> Result<(), CardError> {
        if self.open.is_some() {
            return Ok(());
        }
        let aids = self.wanted.clone().map_or_else(|| self.aids.clone(), |aid| vec![aid]);
        let mut missing = CardError::NoIsdr;
        for aid in aids {
            if self.open_if_there(&aid, &mut missing)? {
                if self.wanted.is_none() {
                    self.first = Some(aid);
                }
                return Ok(());
            }
        }
        Err(missing)
    }

    /// Opens the channel to one ISD-R, and says whether it is there. Access rules are for one application each: another
    /// may be open to us, and only where none is, `missing` tells of them.
    fn open_if_there(&mut self, aid: &Aid, missing: &mut CardError) -> Result<bool, CardError> {
        match self.try_open(aid) {
            Ok(()) => return Ok(true),
            Err(PortError::NoSuchApplication) => {}
            Err(PortError::AccessDenied) => *missing = PortError::AccessDenied.into(),
            Err(error) => return Err(error.into()),
        }
        Ok(false)
    }

    fn try_open(&mut self, aid: &Aid) -> Result<(), PortError> {
        let started = Instant::now();
        let opened = self.port.open(aid.octets());
        self.stats.time += started.elapsed();
        self.stats.apdus += self.port.opening_apdus();
        let channel = opened?;
        self.open = Some(Open { channel, aid: aid.clone() });
        if let Some(stale) = self.stale.take()
            && stale.number != channel.number
        {
            // The card did not forget it, for it gave another number.
            self.stats.apdus += 1;
            self.port.close(stale);
        }
        Ok(())
    }

    /// Closes the channel, if one is open.
    pub fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.stats.apdus += 1;
            self.port.close(open.channel);
        }
    }

    /// Takes the channel for lost: after a failure nobody knows whether the card still has it.
    pub(super) fn lose(&mut self) {
        self.stale = self.open.take().map(|open| open.channel);
    }

    /// After a command that may have made the card refresh itself: the card is reset where the port can, for two
    /// makers' eUICCs answer nothing else before (facts 3.11); else the channel is taken for lost.
    ///
    /// # Errors
    /// [`CardError::Port`] when the card does not come back.
    pub fn after_switch(&mut self) -> Result<(), CardError> {
        if !std::mem::take(&mut self.refresh_pending) {
            return Ok(());
        }
        if self.abilities.can_reset {
            return self.reset();
        }
        self.lose();
        Ok(())
    }

    /// Resets the card where the port can; the channel is gone then. Elsewhere it is closed, to be opened anew.
    ///
    /// # Errors
    /// [`CardError::Port`] when the card does not come back.
    pub fn reset(&mut self) -> Result<(), CardError> {
        self.refresh_pending = false;
        if self.abilities.can_reset {
            self.open = None;
            self.stale = None;
            self.port.reset()?;
        } else {
            self.close();
        }
        Ok(())
    }

    /// Sends one ES10 command and gives back its answer, which must have data.
    ///
    /// A channel that the card has forgotten is opened anew, and the command sent again: the card cannot have
    /// executed it. After other failures only commands that change nothing are sent again, once.
    ///
    /// # Errors
    /// [`CardError`]; an answer without data is [`CardError::EmptyAnswer`].
    pub fn command(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        self.after_switch()?;
        let repeatable = is_repeatable(command);
        let answer = match self.exchange(command) {
            Err(error) if is_channel_gone(&error) => {
                self.lose();
                self.exchange(command)?
            }
            Err(error) if repeatable && may_pass(&error) => {
                self.start_over(&error)?;
                self.exchange(command)?
            }
            other => other?,
        };
        if !answer.is_empty() {
            return Ok(answer);
        }
        // Some modems and cards give no data unless Le asks for it (lpac issues 118 and 159).
        if repeatable && !self.hints.le {
            self.hints.le = true;
            let answer = self.exchange(command)?;
            if !answer.is_empty() {
                return Ok(answer);
            }
            self.hints.le = false;
        }
        Err(CardError::EmptyAnswer)
    }

    /// What may help after a failure: a reset for a card that refuses everything, a new channel for others.
    fn start_over(&mut self, error: &CardError) -> Result<(), CardError> {
        match error {
            CardError::Status(StatusWord::CONDITIONS_NOT_SATISFIED) => self.reset(),
            CardError::Status(_) => {
                self.close();
                Ok(())
            }
            _ => {
                self.lose();
                Ok(())
            }
        }
    }

    pub(super) fn channel_number(&self) -> u8 {
        self.open.as_ref().map_or(0, |open| open.channel.number)
    }

    pub(super) fn transmit(&mut self, apdu: &[u8]) -> Result<(Vec<u8>, StatusWord), CardError> {
        let channel = self.open.as_ref().map(|open| open.channel).ok_or(PortError::Failed)?;
        let started = Instant::now();
        let answer = self.port.transmit(channel, apdu);
        self.stats.time += started.elapsed();
        self.stats.apdus += 1;
        self.stats.bytes_out += apdu.len() as u64;
        let answer = answer.inspect_err(|_| self.lose())?;
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

/// The card does not know the channel, so it has not looked at the command.
fn is_channel_gone(error: &CardError) -> bool {
    matches!(error, CardError::Status(StatusWord::CHANNEL_UNKNOWN))
}

/// Failures that may not come a second time: a card that was away for a moment, one that wants a reset, one whose
/// channel leads elsewhere now, one with an internal error, an answer that was garbled on its way.
fn may_pass(error: &CardError) -> bool {
    match error {
        CardError::Port(PortError::CardGone | PortError::Failed) => true,
        CardError::Status(status) => !FINAL.contains(&status.0),
        _ => false,
    }
}

/// Whether a command may be sent a second time.
pub(crate) fn is_repeatable(command: &[u8]) -> bool {
    let tag = Reader::new(command).peek().ok().flatten();
    tag.is_some_and(|tag: Tag| REPEATABLE.contains(&tag.octets()))
}
