//! The ISD-R: ES10a, ES10b and ES10c functions (SGP.22 5.7).

mod addresses;
mod authenticate;
mod cancel;
mod crl;
mod information;
mod install;
mod list;
mod notifications;
mod prepare;
mod reset;
mod session;
mod switch;
mod switch_quirks;
mod version_3;

use std::sync::Arc;
use std::time::SystemTime;

use lpakit_rsp::Object;
use lpakit_rsp::switching::{LpaeActivationResponse, LpaeActivationResult};
use lpakit_rsp::tlv::{Fields, Reader, Tag, Tlv};
use lpakit_sandbox_crypto::{OsRandom, Random};
use serde_json::Value;

use crate::apdu::Status;
use crate::config::{CardConfig, Vanishing};
use crate::credentials::CardCredentials;
use crate::nvm::NvmError;
use crate::recorder::Recorder;
use crate::status::SessionStatus;
use crate::store::Store;
use session::Session;

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The card's application for profile management, with everything it needs.
pub(crate) struct Isdr {
    pub(crate) store: Store,
    pub(crate) credentials: Arc<CardCredentials>,
    pub(crate) random: Box<dyn Random>,
    pub(crate) now: Clock,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    session: Session,
    /// Switching commands that will still be answered catBusy.
    cat_busy_left: u32,
    /// A proactive command waits for the terminal.
    terminal_busy: bool,
    refresh_requested: bool,
    silent: bool,
    /// The last enabled profile was switched off, and the card plays one that is gone then. Only a power cycle helps.
    vanished: bool,
}

/// Why a command has no ES10 answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    Status(Status),
    Memory(NvmError),
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<NvmError> for Refusal {
    fn from(error: NvmError) -> Self {
        Self::Memory(error)
    }
}

type Answer = Result<Vec<u8>, Refusal>;

impl Isdr {
    pub(crate) fn new(store: Store, credentials: Arc<CardCredentials>) -> Self {
        Self {
            store,
            credentials,
            random: Box::new(OsRandom),
            now: Arc::new(SystemTime::now),
            recorder: None,
            session: Session::Idle,
            cat_busy_left: 0,
            terminal_busy: false,
            refresh_requested: false,
            silent: false,
            vanished: false,
        }
    }

    /// The power is gone, and RAM with it.
    pub(crate) fn forget(&mut self) {
        self.session = Session::Idle;
        self.refresh_requested = false;
        self.silent = false;
    }

    /// How far the RSP session has come.
    pub(crate) fn session_status(&self) -> SessionStatus {
        self.session.status()
    }

    /// The power is back after it was gone.
    pub(crate) fn reappear(&mut self) {
        self.vanished = false;
    }

    /// The card starts: RAM is gone. A switch that waited for this is carried out; an installation that was under way
    /// is reported as interrupted.
    pub(crate) fn restart(&mut self) -> Result<(), NvmError> {
        self.forget();
        self.store.reload()?;
        self.cat_busy_left = self.config().quirks.cat_busy;
        self.carry_out_pending_switch()?;
        self.report_interruption()
    }

    /// How the card is gone, if it is.
    pub(crate) fn has_vanished(&self) -> Option<Vanishing> {
        self.config().quirks.vanishes_without_profile.filter(|_| self.vanished)
    }

    pub(crate) fn config(&self) -> &CardConfig {
        &self.store.state().config
    }

    pub(crate) fn record(&self, line: impl FnOnce() -> Value) {
        if let Some(recorder) = &self.recorder {
            recorder.record(&line());
        }
    }

    /// True once after a switch that is to be followed by a REFRESH.
    pub(crate) fn take_refresh_request(&mut self) -> bool {
        std::mem::take(&mut self.refresh_requested)
    }

    /// Carries out one whole ES10 command. `terminal_busy`: a proactive command is under way.
    pub(crate) fn execute(&mut self, command: &[u8], terminal_busy: bool) -> Answer {
        if self.silent {
            return Err(Status::CONDITIONS_NOT_SATISFIED.into());
        }
        self.terminal_busy = terminal_busy;
        let tag = Reader::new(command).peek().ok().flatten().ok_or(Status::WRONG_DATA)?;
        // The segments of a package are parts of one element that comes in many commands.
        if install::is_segment(tag) {
            return self.load(command);
        }
        let element = Tlv::parse(command).map_err(|_| Status::WRONG_DATA)?;
        if names_short_iccid(element) {
            return Err(Status::WRONG_DATA.into());
        }
        match element.tag.octets() {
            0xBF20 => Ok(self.euicc_info1()),
            0xBF21 => self.prepare_download(command),
            0xBF22 => Ok(self.euicc_info2_answer()),
            0xBF28 => self.list_notifications(command),
            0xBF29 => self.set_nickname(command),
            0xBF2B => self.retrieve_notifications(command),
            0xBF2D => self.profiles_info(command),
            0xBF2E => self.challenge(),
            0xBF30 => self.remove_notification(command),
            0xBF31 => self.enable(command),
            0xBF32 => self.disable(command),
            0xBF33 => self.delete(command),
            0xBF34 => self.memory_reset(command),
            0xBF35 => self.load_crl(command),
            0xBF38 => self.authenticate_server(command),
            0xBF3C => Ok(self.configured_addresses()),
            0xBF3E => self.eid_answer(element),
            0xBF3F => self.set_default_dp_address(command),
            0xBF41 => self.cancel_session(command),
            0xBF42 => Ok(LpaeActivationResponse(LpaeActivationResult::NotSupported).encode()),
            0xBF43 => Ok(self.config().rules_authorisation_table().encode()),
            _ => Err(Status::REFERENCED_DATA_NOT_FOUND.into()),
        }
    }
}

/// Reads a request; one that cannot be read is wrong data.
fn request<T: Object>(command: &[u8]) -> Result<T, Status> {
    T::decode(command).map_err(|_| Status::WRONG_DATA)
}

/// Whether a command that changes a profile names it by an ICCID that is not ten octets long, as some programs do
/// with one of 18 digits.
fn names_short_iccid(element: Tlv<'_>) -> bool {
    let short = |fields: &Fields<'_>| fields.get(Tag::ICCID).is_some_and(|it| it.value.len() != 10);
    let Ok(fields) = element.fields() else { return false };
    match element.tag.octets() {
        0xBF29 | 0xBF33 => short(&fields),
        0xBF31 | 0xBF32 => fields
            .get(Tag::context_constructed(0))
            .and_then(|id| id.fields().ok())
            .is_some_and(|id| short(&id)),
        _ => false,
    }
}
