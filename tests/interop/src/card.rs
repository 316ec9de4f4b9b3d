//! The sandbox card at the LPA's port, and a look at its memory from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lpakit::card::{CardPort, IsdrChannel, PortAbilities, PortError, RawCard, known_isdr_aids};
use lpakit::es10::Es10;
use lpakit::rsp::notifications::NotificationMetadata;
use lpakit::rsp::profiles::{ProfileInfo, ProfileInfoListRequest};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardError};

use crate::error::InteropError;

/// A list that the card refuses to give.
const UNREADABLE: InteropError = InteropError::Look(lpakit::card::CardError::EmptyAnswer);

/// A card that a stage and an LPA share.
#[derive(Clone)]
pub(crate) struct SharedCard(Arc<Mutex<Card>>);

impl SharedCard {
    pub(crate) fn new(card: Card) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Card> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the card power and puts it into a reader.
    pub(crate) fn reader(&self) -> Result<Reader, CardError> {
        self.lock().power_on()?;
        Ok(Reader(self.clone()))
    }
}

/// A plain reader with the card in it: APDUs in, APDUs out.
pub(crate) struct Reader(SharedCard);

impl RawCard for Reader {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::READER
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let answer = self.0.lock().transmit(command);
        // A card that lost its power answers nothing.
        if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) }
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.0.lock().reset().map(|_| ()).map_err(|_| PortError::Failed)
    }
}

/// A second card made of a copy of the first one's memory: whatever is asked of it, the first one does not notice
/// and the transcript does not show.
pub(crate) struct Copy(IsdrChannel);

impl Copy {
    pub(crate) fn of(memory: &MemoryNvm) -> Result<Self, InteropError> {
        let reader = SharedCard::new(Card::open(memory.snapshot())?).reader()?;
        let port = CardPort::Raw(Box::new(reader));
        Ok(Self(IsdrChannel::new(port, known_isdr_aids(), None)))
    }

    pub(crate) fn profiles(&mut self) -> Result<Vec<ProfileInfo>, InteropError> {
        let tags = ProfileInfoListRequest::LIST_TAGS_WITH_ICON.to_vec();
        let request = ProfileInfoListRequest { search: None, tag_list: Some(tags) };
        self.es10().get_profiles_info(&request)?.map_err(|_| UNREADABLE)
    }

    pub(crate) fn notifications(&mut self) -> Result<Vec<NotificationMetadata>, InteropError> {
        self.es10().list_notifications()?.map_err(|_| UNREADABLE)
    }

    pub(crate) fn default_dp_address(&mut self) -> Result<Option<String>, InteropError> {
        Ok(self.es10().get_configured_addresses()?.default_dp_address)
    }

    /// EUICCInfo1 and a challenge, as ES9+.InitiateAuthentication wants them.
    pub(crate) fn introduction(&mut self) -> Result<(Vec<u8>, [u8; 16]), InteropError> {
        let mut es10 = self.es10();
        let info = es10.get_euicc_info1()?.into_raw();
        Ok((info, es10.get_euicc_challenge()?.0))
    }

    fn es10(&mut self) -> Es10<'_> {
        Es10::new(&mut self.0)
    }
}
