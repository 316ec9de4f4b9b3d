//! Installing a profile: the session's last step, its result, and what becomes of one that was cut off.

use lpakit_rsp::bpp::BOUND_PROFILE_PACKAGE;
use lpakit_rsp::identifiers::{Iccid, TransactionId};
use lpakit_rsp::installation::{
    BppCommandId, InstallErrorReason, InstallOutcome, ProfileInstallationResult,
    ProfileInstallationResultData, SimaResponse,
};
use lpakit_rsp::notifications::{Event, EventSet, NotificationMetadata};
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_rsp::tlv::{Reader, Tag};
use lpakit_rsp::{Object, ObjectIdentifier, Raw};

use super::session::{Loading, Prepared, Session};
use super::{Answer, Isdr};
use crate::apdu::Status;
use crate::card::CardError;
use crate::credentials::CardCredentials;
use crate::load_bpp::{self, Failure, Fault, Installation, OpenRequest, Progress};
use crate::nvm::{BlobId, NvmError};
use crate::state::{CardState, LoadingRecord, NotificationBody, StoredNotification, StoredProfile};

/// Whether a command is a segment of a bound profile package.
pub(super) fn is_segment(tag: Tag) -> bool {
    tag == BOUND_PROFILE_PACKAGE || matches!(tag.octets(), 0x86..=0x88 | 0xA0..=0xA3)
}

impl Isdr {
    /// ES10b.LoadBoundProfilePackage, one segment.
    pub(super) fn load(&mut self, command: &[u8]) -> Answer {
        match std::mem::take(&mut self.session) {
            Session::Prepared(prepared) => self.begin(command, *prepared),
            Session::Loading(loading) => self.go_on(command, loading),
            other => {
                self.session = other;
                Err(Status::CONDITIONS_NOT_SATISFIED.into())
            }
        }
    }

    fn begin(&mut self, command: &[u8], prepared: Prepared) -> Answer {
        if Reader::new(command).peek() != Ok(Some(BOUND_PROFILE_PACKAGE)) {
            self.session = Session::Prepared(Box::new(prepared));
            return Err(Status::CONDITIONS_NOT_SATISFIED.into());
        }
        let authenticated = prepared.authenticated;
        let opened = load_bpp::open(
            command,
            &OpenRequest {
                transaction_id: authenticated.transaction_id.octets(),
                one_time_key: &prepared.one_time_key,
                binding_key: &prepared.binding_key,
                smdp_oid: &authenticated.server_oid,
                eid: self.credentials.eid(),
                max_segment: self.config().quirks.max_segment,
            },
        );
        let record = LoadingRecord {
            transaction_id: authenticated.transaction_id.octets().into(),
            address: authenticated.server_address.clone(),
            smdp_oid: authenticated.server_oid.der_value().into(),
            ci_key_id: authenticated.ci_key_id.clone().into(),
            command: BppCommandId::ConfigureIsdp.code(),
            iccid: None,
        };
        match opened {
            Ok(loader) => {
                self.store.update(|state| state.loading = Some(record))?;
                self.session = Session::Loading(Box::new(Loading { authenticated, loader }));
                Ok(Vec::new())
            }
            Err(Fault::Misplaced) => {
                self.session = Session::Broken(authenticated);
                Err(Status::WRONG_DATA.into())
            }
            Err(Fault::Failed(failure)) => self.fail(&record, failure),
        }
    }

    fn go_on(&mut self, command: &[u8], mut loading: Box<Loading>) -> Answer {
        let progress = loading.loader.feed(command, self.store.state());
        match progress {
            Ok(Progress::More) => {}
            Ok(Progress::Known(iccid)) => self.store.update(|state| {
                if let Some(record) = &mut state.loading {
                    record.iccid = Some(iccid.octets().as_slice().into());
                    record.command = BppCommandId::LoadProfileElements.code();
                }
            })?,
            Ok(Progress::Complete(installation)) => return self.install(*installation),
            Err(Fault::Misplaced) => {
                self.session = Session::Broken(loading.authenticated);
                return Err(Status::WRONG_DATA.into());
            }
            Err(Fault::Failed(failure)) => {
                let record = self.store.state().loading.clone().ok_or(Status::MEMORY_FAILURE)?;
                return self.fail(&record, failure);
            }
        }
        self.session = Session::Loading(loading);
        Ok(Vec::new())
    }

    /// The profile, its result and its notifications become visible together, by one commit.
    fn install(&mut self, installation: Installation) -> Answer {
        let record = self.store.state().loading.clone().ok_or(Status::MEMORY_FAILURE)?;
        let Some(isdp_aid) = self.store.state().free_isdp_aid() else {
            let failure = Failure {
                command: BppCommandId::LoadProfileElements,
                reason: InstallErrorReason::InsufficientMemory,
                sima_response: None,
            };
            return self.fail(&record, failure);
        };
        let package = self.store.put_blob(&installation.package)?;
        let profile = stored_profile(&installation, isdp_aid, package, &record);
        let outcome = InstallOutcome::Success {
            isdp_aid: profile.aid().ok_or(Status::MEMORY_FAILURE)?,
            sima_response: SimaResponse::ok().octets(),
        };
        let credentials = &self.credentials;
        let result = self.store.update(|state| {
            let result = add_result(state, credentials, &record, Some(installation.iccid), outcome);
            state.notify(&profile, Event::Install, Some(&record.address));
            state.profiles.push(profile);
            state.forget_key(&record.smdp_oid);
            state.loading = None;
            result
        })?;
        Ok(result.ok_or(Status::MEMORY_FAILURE)?)
    }

    fn fail(&mut self, record: &LoadingRecord, failure: Failure) -> Answer {
        let iccid = record.iccid();
        let outcome = InstallOutcome::Failure {
            command: failure.command,
            reason: failure.reason,
            sima_response: failure.sima_response,
        };
        let credentials = &self.credentials;
        let result = self.store.update(|state| {
            state.loading = None;
            add_result(state, credentials, record, iccid, outcome)
        })?;
        Ok(result.ok_or(Status::MEMORY_FAILURE)?)
    }

    /// An installation that has begun and will not go on is reported (facts 3.7, reason 11).
    pub(super) fn report_interruption(&mut self) -> Result<(), NvmError> {
        let Some(record) = self.store.state().loading.clone() else {
            return Ok(());
        };
        let credentials = &self.credentials;
        self.store.update(|state| {
            let outcome = InstallOutcome::Failure {
                command: BppCommandId::from_code(record.command),
                reason: InstallErrorReason::Interruption,
                sima_response: None,
            };
            state.loading = None;
            add_result(state, credentials, &record, record.iccid(), outcome);
        })
    }

    /// A profile that is there from the start.
    pub(crate) fn preload(
        &mut self,
        metadata: &ProfileMetadata,
        package: &[u8],
        enabled: bool,
    ) -> Result<(), CardError> {
        let state = self.store.state();
        if state.holds_iccid(&metadata.iccid) {
            return Err(CardError::Profile("its ICCID is there already"));
        }
        let length = u32::try_from(package.len()).unwrap_or(u32::MAX);
        let fits = length.saturating_add(state.config.profile_overhead) <= state.free_memory();
        let isdp_aid = state
            .free_isdp_aid()
            .filter(|_| fits)
            .ok_or(CardError::Profile("the memory is full"))?;
        let ci_key_id =
            self.credentials.identities().first().map(|identity| identity.ci_key_id().into());
        let package_id = self.store.put_blob(package)?;
        let profile = StoredProfile {
            iccid: *metadata.iccid.octets(),
            isdp_aid,
            enabled,
            suspended: false,
            nickname: None,
            metadata: metadata.encode().into(),
            dp_proprietary_data: None,
            preloaded: true,
            package: package_id.to_string(),
            package_length: length,
            ci_key_id: ci_key_id.unwrap_or_default(),
        };
        self.store.update(|state| {
            if enabled {
                state.profiles.iter_mut().for_each(|other| other.enabled = false);
            }
            state.profiles.push(profile);
        })?;
        Ok(())
    }
}

impl LoadingRecord {
    fn iccid(&self) -> Option<Iccid> {
        let octets = self.iccid.as_ref()?;
        <[u8; 10]>::try_from(&**octets).ok().map(Iccid::from_octets)
    }
}

fn stored_profile(
    installation: &Installation,
    isdp_aid: [u8; 16],
    package: BlobId,
    record: &LoadingRecord,
) -> StoredProfile {
    StoredProfile {
        iccid: *installation.iccid.octets(),
        isdp_aid,
        enabled: false,
        suspended: false,
        nickname: None,
        metadata: installation.metadata.clone().into(),
        dp_proprietary_data: installation.dp_proprietary_data.clone().map(Into::into),
        preloaded: false,
        package: package.to_string(),
        package_length: u32::try_from(installation.package.len()).unwrap_or(u32::MAX),
        ci_key_id: record.ci_key_id.clone(),
    }
}

/// Makes and signs the ProfileInstallationResult and queues it as a notification. `None` when the record in memory
/// is not one of this card.
fn add_result(
    state: &mut CardState,
    credentials: &CardCredentials,
    record: &LoadingRecord,
    iccid: Option<Iccid>,
    outcome: InstallOutcome,
) -> Option<Vec<u8>> {
    let identity = credentials.identity(&record.ci_key_id)?;
    let seq_number = state.take_seq_number();
    let data = Raw::new(ProfileInstallationResultData {
        transaction_id: TransactionId::from_octets(&record.transaction_id).ok()?,
        notification: NotificationMetadata {
            seq_number,
            events: EventSet::of(&[Event::Install]),
            address: record.address.clone(),
            iccid,
            ..NotificationMetadata::default()
        },
        smdp_oid: ObjectIdentifier::from_bytes(&record.smdp_oid).ok()?,
        outcome,
    });
    let result =
        ProfileInstallationResult { signature: identity.euicc.sign(data.raw()).to_vec(), data };
    let result = result.encode();
    state.notifications.push(StoredNotification {
        seq_number,
        event: Event::Install.bit(),
        address: record.address.clone(),
        iccid: iccid.map(|iccid| iccid.octets().as_slice().into()),
        body: NotificationBody::Result(result.clone().into()),
    });
    Some(result)
}
