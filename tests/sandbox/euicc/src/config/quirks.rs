//! The quirks of real cards, modems and readers that an LPA must live with.

use serde::{Deserialize, Serialize};

/// What some real cards do and others do not. All off by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// The ISD-R is hidden (6A82) until a TERMINAL CAPABILITY has said that the terminal manages profiles.
    pub requires_terminal_capability: bool,
    /// More AIDs under which the ISD-R can be selected, in hexadecimal.
    pub extra_isdr_aids: Vec<String>,
    /// The ISD-R is selected by those AIDs only, and not by the standard's.
    pub without_standard_aid: bool,
    /// SELECT is answered 9000 without the control information.
    pub select_without_data: bool,

    /// The highest logical channel number, at most 19. Channels above 3 are given out only to a terminal that has
    /// announced extended logical channels.
    pub max_channel: Option<u8>,
    /// The lowest channel number that is given out, at most 19; a terminal may still open others by their number.
    pub first_channel: Option<u8>,
    /// Channels above 3 are given out although the terminal has not announced that it can use them.
    pub extended_channels_unannounced: bool,
    /// At every start, channels 1 to this number are open: somebody else has opened them and never closes them.
    pub stale_channels: u8,

    /// STORE DATA with more data than this is answered 6601 (checksum error) as if it had not arrived (lpac#160).
    pub largest_block: Option<u8>,
    /// A command with data but without Le gets no data in answer, only 9000 (lpac#118, #159). What it asked for is
    /// done all the same.
    pub answers_only_with_le: bool,
    /// A command with Le gets its data with 9000 at once, as over T=1, up to 256 octets; the rest is announced by
    /// `61xx`.
    pub answers_directly: bool,
    /// As `answers_directly`, but an Le that is not exactly the length of the answer gets `6Cxx` first, and the same
    /// command with the right one then gets the answer without being carried out again.
    pub wrong_le: bool,
    /// GET RESPONSE is heard in one class only; in another it is answered 6E00, and the data goes on waiting.
    pub get_response_class: Option<GetResponseClass>,
    /// So many STORE DATA commands after each start are answered 9300 (toolkit busy) as if they had not arrived.
    pub toolkit_busy: u32,

    /// An enable or disable with refreshFlag is followed by `91xx` and a REFRESH command to be fetched.
    pub announces_refresh: bool,
    /// Channels, sessions and what the terminal has said of itself survive a REFRESH: the card does not start again.
    pub survives_refresh: bool,
    /// Commands of other applications that wait for FETCH at every power-on, one after another.
    pub toolkit_at_start: Vec<ToolkitCommand>,
    /// Commands of other applications that come in front of each REFRESH.
    pub toolkit_before_refresh: Vec<ToolkitCommand>,
    /// Commands of other applications that come after each REFRESH.
    pub toolkit_after_refresh: Vec<ToolkitCommand>,

    /// After an enable or disable, every ES10 command is answered 6985 until the card is reset.
    pub silent_until_reset: bool,
    /// So many switching commands after each start are answered catBusy (5).
    pub cat_busy: u32,
    /// Every enable or disable with refreshFlag is answered catBusy (5); without it works.
    pub cat_busy_with_refresh: bool,
    /// Every enable or disable with refreshFlag is answered undefinedError (127); without it works.
    pub refresh_fails: bool,
    /// Enable, disable and delete fail when the profile is named by its ICCID; by its AID it works (lpac#13,
    /// SimAdmin#31).
    pub iccid_form_fails: Option<IccidFormFailure>,
    /// An enable or disable that was answered ok counts only from the next start of the card on, whatever the
    /// refreshFlag; until then nothing has changed.
    pub effective_after_reset: bool,
    /// Enable and disable are answered ok and do nothing, notifications included.
    pub switches_without_effect: bool,
    /// The answer to every enable, disable, delete and memory reset that has done something is lost.
    pub lost_answer: Option<LostAnswer>,
    /// What becomes of a card (as sold for phones without an eUICC) when its last enabled profile is switched off.
    /// A power cycle brings it back, a reset does not.
    pub vanishes_without_profile: Option<Vanishing>,

    /// Answers about the card and its profiles hold elements with private tags that no standard knows.
    pub private_tags: bool,
    /// EUICCInfo2 is answered with a version of one octet, which no LPA can read; everything else is as it should be.
    pub malformed_euicc_info2: bool,
    /// GetProfilesInfo is refused when it names elements that are none of the standard's.
    pub refuses_foreign_tags: bool,
    /// An ICCID of 18 digits is listed in nine octets, without filler.
    pub iccid_without_filler: bool,
    /// Retrieving a notification that is not there gives code 1 instead of an empty list.
    pub missing_notification_is_an_error: bool,
    /// Lack of memory is reported as a profile element that could not be processed (12) instead of as such (10).
    pub memory_is_a_profile_element_error: bool,
    /// Every profile package fails at a profile element, with this status (facts: 1 not supported, 3 bad values …).
    pub profile_element_status: Option<u32>,
    /// Protected segments longer than this (tag, length and MAC included) are refused; the standard says 1020.
    pub max_segment: Option<usize>,
}

/// The class in which GET RESPONSE is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GetResponseClass {
    /// 0X (or 4X), as ISO/IEC 7816-4 has it.
    Interindustry,
    /// The class of the command that is being answered: 8X (or CX) after STORE DATA.
    Command,
}

/// A proactive command of another application on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolkitCommand {
    /// SET UP MENU with one item.
    SetUpMenu,
    /// POLL INTERVAL of 30 seconds.
    PollInterval,
    /// MORE TIME.
    MoreTime,
}

/// How a card refuses a profile's ICCID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccidFormFailure {
    /// With the result undefinedError (127).
    UndefinedError,
    /// With the status word 6A80.
    WrongData,
}

/// What comes instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostAnswer {
    /// Nothing: the card has lost its power.
    Silence,
    /// 9000 without data.
    Empty,
    /// 6F00.
    Error,
}

/// How a card is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vanishing {
    /// The ISD-R cannot be selected any more, and channels to it are closed.
    Isdr,
    /// The card answers nothing at all.
    Card,
}

impl Quirks {
    /// The first fault in it, in words.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let channels = [self.max_channel, self.first_channel, Some(self.stale_channels)];
        if channels.into_iter().flatten().any(|number| number > 19) {
            return Some("a logical channel above 19 in quirks");
        }
        if self.first_channel == Some(0) || self.largest_block == Some(0) {
            return Some("first_channel or largest_block is 0");
        }
        None
    }
}
