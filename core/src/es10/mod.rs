//! ES10a, ES10b and ES10c: the functions of an eUICC, typed, over a channel to its ISD-R. Plain blocking Rust on the
//! card's thread; flows belong to [`crate::lpa`].

mod load_bpp;

use lpakit_rsp::authentication::{AuthenticateServerRequest, AuthenticateServerResponse};
use lpakit_rsp::chip::{
    ConfiguredAddresses, EuiccChallenge, EuiccInfo1, EuiccInfo2, GET_EID, GET_EUICC_CHALLENGE,
    GET_EUICC_CONFIGURED_ADDRESSES, GET_EUICC_INFO1, GET_EUICC_INFO2, GET_RAT, GetEidResponse,
    RulesAuthorisationTable, SetDefaultDpAddressRequest,
};
use lpakit_rsp::identifiers::{Eid, Iccid, TransactionId};
use lpakit_rsp::notifications::{
    LIST_ALL_NOTIFICATIONS, ListNotificationResponse, NotificationMetadata, NotificationsError,
    PendingNotification, RemoveNotificationRequest, RetrieveNotificationsRequest,
    RetrieveNotificationsResponse,
};
use lpakit_rsp::preparation::{PrepareDownloadRequest, PrepareDownloadResponse};
use lpakit_rsp::profiles::{
    ProfileId, ProfileInfo, ProfileInfoListError, ProfileInfoListRequest, ProfileInfoListResponse,
};
use lpakit_rsp::session::{CancelReason, CancelSessionRequest, CancelSessionResponse};
use lpakit_rsp::switching::{
    DeleteProfileRequest, DeleteProfileResponse, DeleteResult, DisableProfileRequest,
    DisableProfileResponse, DisableResult, EnableProfileRequest, EnableProfileResponse,
    EnableResult, MemoryResetRequest, MemoryResetResponse, MemoryResetResult,
    RemoveNotificationResponse, RemoveNotificationResult, SetDefaultDpAddressResponse,
    SetDefaultDpAddressResult, SetNicknameRequest, SetNicknameResponse, SetNicknameResult,
};
use lpakit_rsp::switching::{LoadCrlRequest, LoadCrlResponse};
use lpakit_rsp::{Object, Raw, RspError};

use zeroize::Zeroizing;

pub use load_bpp::{LoadEnd, LoadProgress};

use crate::card::{CardError, IsdrChannel, is_repeatable};

/// The functions of an eUICC.
pub struct Es10<'a> {
    channel: &'a mut IsdrChannel,
}

impl<'a> Es10<'a> {
    /// The functions over this channel, which is opened when it is first needed.
    pub const fn new(channel: &'a mut IsdrChannel) -> Self {
        Self { channel }
    }

    /// Sends a command and reads its answer. One that cannot be read was perhaps garbled on its way, so it is asked for
    /// once more where that does no harm.
    fn ask<T>(
        &mut self,
        command: &[u8],
        read: impl Fn(&[u8]) -> Result<T, RspError>,
    ) -> Result<T, CardError> {
        match read(&self.channel.command(command)?) {
            Err(_) if is_repeatable(command) => Ok(read(&self.channel.command(command)?)?),
            answer => Ok(answer?),
        }
    }

    fn call<T: Object>(&mut self, command: &[u8]) -> Result<T, CardError> {
        self.ask(command, T::decode)
    }

    fn call_raw<T: Object>(&mut self, command: &[u8]) -> Result<Raw<T>, CardError> {
        self.ask(command, Raw::decode)
    }

    /// ES10b.GetEUICCInfo1. The raw bytes go to the server.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_euicc_info1(&mut self) -> Result<Raw<EuiccInfo1>, CardError> {
        self.call_raw(GET_EUICC_INFO1)
    }

    /// ES10b.GetEUICCInfo2.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_euicc_info2(&mut self) -> Result<Raw<EuiccInfo2>, CardError> {
        self.call_raw(GET_EUICC_INFO2)
    }

    /// ES10b.GetEUICCChallenge. It ends any RSP session of the card and starts a new one.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_euicc_challenge(&mut self) -> Result<EuiccChallenge, CardError> {
        self.call(GET_EUICC_CHALLENGE)
    }

    /// ES10b.AuthenticateServer. The raw answer goes to the server in both its forms.
    ///
    /// # Errors
    /// [`CardError`]; a server that the card refuses is an answer, not an error.
    pub fn authenticate_server(
        &mut self,
        request: &AuthenticateServerRequest,
    ) -> Result<Raw<AuthenticateServerResponse>, CardError> {
        self.call_raw(&Zeroizing::new(request.encode()))
    }

    /// ES10b.PrepareDownload. The raw answer goes to the server in both its forms.
    ///
    /// # Errors
    /// [`CardError`]; a refusal is an answer, not an error.
    pub fn prepare_download(
        &mut self,
        request: &PrepareDownloadRequest,
    ) -> Result<Raw<PrepareDownloadResponse>, CardError> {
        self.call_raw(&Zeroizing::new(request.encode()))
    }

    /// ES10b.CancelSession. The raw answer goes to the server.
    ///
    /// # Errors
    /// [`CardError`]; a card that has no such session says so in its answer.
    pub fn cancel_session(
        &mut self,
        transaction_id: &TransactionId,
        reason: CancelReason,
    ) -> Result<Raw<CancelSessionResponse>, CardError> {
        let request = CancelSessionRequest { transaction_id: transaction_id.clone(), reason };
        self.call_raw(&request.encode())
    }

    /// ES10b.GetRAT.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_rat(&mut self) -> Result<RulesAuthorisationTable, CardError> {
        self.call(GET_RAT)
    }

    /// ES10a.GetEuiccConfiguredAddresses.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_configured_addresses(&mut self) -> Result<ConfiguredAddresses, CardError> {
        self.call(GET_EUICC_CONFIGURED_ADDRESSES)
    }

    /// ES10a.SetDefaultDpAddress; an empty address clears it.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn set_default_dp_address(
        &mut self,
        address: &str,
    ) -> Result<SetDefaultDpAddressResult, CardError> {
        let request =
            SetDefaultDpAddressRequest { address: address.to_owned(), allowed_ci_key_id: None };
        self.call::<SetDefaultDpAddressResponse>(&request.encode()).map(|answer| answer.0)
    }

    /// ES10c.GetEID.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn get_eid(&mut self) -> Result<Eid, CardError> {
        self.call::<GetEidResponse>(GET_EID).map(|answer| answer.0)
    }

    /// ES10c.GetProfilesInfo.
    ///
    /// # Errors
    /// [`CardError`]; a refusal is the inner `Err`.
    pub fn get_profiles_info(
        &mut self,
        request: &ProfileInfoListRequest,
    ) -> Result<Result<Vec<ProfileInfo>, ProfileInfoListError>, CardError> {
        Ok(match self.call(&request.encode())? {
            ProfileInfoListResponse::Profiles(profiles) => Ok(profiles),
            ProfileInfoListResponse::Error(error) => Err(error),
        })
    }

    /// ES10c.EnableProfile.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn enable_profile(
        &mut self,
        profile: ProfileId,
        refresh: bool,
    ) -> Result<EnableResult, CardError> {
        let request = EnableProfileRequest { profile, refresh, target_esim_port: None };
        self.call::<EnableProfileResponse>(&request.encode()).map(|answer| answer.result)
    }

    /// ES10c.DisableProfile.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn disable_profile(
        &mut self,
        profile: ProfileId,
        refresh: bool,
    ) -> Result<DisableResult, CardError> {
        let request = DisableProfileRequest { profile, refresh };
        self.call::<DisableProfileResponse>(&request.encode()).map(|answer| answer.0)
    }

    /// ES10c.DeleteProfile.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn delete_profile(&mut self, profile: ProfileId) -> Result<DeleteResult, CardError> {
        let request = DeleteProfileRequest(profile);
        self.call::<DeleteProfileResponse>(&request.encode()).map(|answer| answer.0)
    }

    /// ES10c.SetNickname; an empty name takes the nickname away.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn set_nickname(
        &mut self,
        iccid: Iccid,
        nickname: &str,
    ) -> Result<SetNicknameResult, CardError> {
        let request = SetNicknameRequest { iccid, nickname: nickname.to_owned() };
        self.call::<SetNicknameResponse>(&request.encode()).map(|answer| answer.0)
    }

    /// ES10c.eUICCMemoryReset.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn memory_reset(
        &mut self,
        request: &MemoryResetRequest,
    ) -> Result<MemoryResetResult, CardError> {
        self.call::<MemoryResetResponse>(&request.encode()).map(|answer| answer.0)
    }

    /// ES10b.LoadCRL, on cards of version 2.
    ///
    /// # Errors
    /// [`CardError`]; a refusal is an answer, not an error.
    pub fn load_crl(&mut self, request: &LoadCrlRequest) -> Result<LoadCrlResponse, CardError> {
        self.call(&request.encode())
    }

    /// ES10b.ListNotification, all events.
    ///
    /// # Errors
    /// [`CardError`]; a refusal is the inner `Err`.
    pub fn list_notifications(
        &mut self,
    ) -> Result<Result<Vec<NotificationMetadata>, NotificationsError>, CardError> {
        Ok(match self.call(LIST_ALL_NOTIFICATIONS)? {
            ListNotificationResponse::Notifications(list) => Ok(list),
            ListNotificationResponse::Error(error) => Err(error),
        })
    }

    /// ES10b.RetrieveNotificationsList. A number that is not there gives an empty list; cards that say so with
    /// "no result available" are understood.
    ///
    /// # Errors
    /// [`CardError`]; a refusal is the inner `Err`.
    pub fn retrieve_notifications(
        &mut self,
        request: &RetrieveNotificationsRequest,
    ) -> Result<Result<Vec<PendingNotification>, NotificationsError>, CardError> {
        Ok(match self.call(&request.encode())? {
            RetrieveNotificationsResponse::Notifications(list) => Ok(list),
            RetrieveNotificationsResponse::Error(NotificationsError::NoResultAvailable) => {
                Ok(Vec::new())
            }
            RetrieveNotificationsResponse::Error(error) => Err(error),
        })
    }

    /// ES10b.RemoveNotificationFromList.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn remove_notification(
        &mut self,
        seq_number: u32,
    ) -> Result<RemoveNotificationResult, CardError> {
        let request = RemoveNotificationRequest { seq_number };
        self.call::<RemoveNotificationResponse>(&request.encode()).map(|answer| answer.0)
    }
}
