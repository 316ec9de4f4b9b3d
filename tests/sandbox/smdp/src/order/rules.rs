//! What becomes of an order as its download goes on. Pure decisions; the store makes them last.

use std::time::SystemTime;

use lpakit_rsp::installation::InstallErrorReason;
use lpakit_rsp::session::CancelReason;

use super::{Download, Order, OrderState, Report};
use crate::status::{Refusal, StatusCode};

/// Results can come late, but not for more handings-out than this.
const KEPT_DOWNLOADS: usize = 16;

const INSTALLATION_FAILED: StatusCode = StatusCode::new("8.2.10", "4.2");

/// What the operator is told of a cancelled session, if the order is over with it (facts 5.8).
fn reported(reason: CancelReason) -> Option<(StatusCode, &'static str)> {
    use CancelReason as Reason;
    let (subject, code, message) = match reason {
        Reason::Postponed | Reason::Timeout => return None,
        Reason::EndUserRejection => ("8.8.5", "3.8", "rejected by user"),
        Reason::PprNotAllowed => ("8.2.8", "1.2", "PPR not allowed"),
        Reason::MetadataMismatch => ("8.2.9", "3.11", "metadata mismatch"),
        Reason::LoadBppExecutionError => ("8.2.10", "4.2", "loading failed"),
        Reason::EnterpriseProfilesNotSupported => ("8.2.13", "3.1", "enterprise profiles unknown"),
        Reason::EnterpriseRulesNotAllowed => ("8.2.13", "1.2", "enterprise rules not allowed"),
        Reason::EnterpriseProfileNotAllowed
        | Reason::EnterpriseRulesError
        | Reason::EnterpriseProfilesOnly => ("8.2.13", "3.8", "enterprise profile refused"),
        Reason::EnterpriseOidMismatch => ("8.2.13", "3.12", "enterprise OID mismatch"),
        Reason::LprNotSupported => ("8.2.14", "3.1", "LPA proxy not supported"),
        Reason::EmptyProfileOrSpName => ("8.2.9", "3.8", "empty name"),
        Reason::LprNetworkDataNotAllowed | Reason::RpmDisabled => ("8.8.6", "3.8", "not allowed"),
        Reason::InvalidRpmPackage => ("8.8.6", "2.1", "RPM package invalid"),
        Reason::LoadRpmPackageError => ("8.8.6", "4.2", "RPM package failed"),
        Reason::OperationAbandoned => ("8.10.3", "4.3", "operation abandoned"),
        Reason::SessionAborted | Reason::UndefinedReason | Reason::Other(_) => {
            ("8", "4.2", "cancelled")
        }
    };
    Some((StatusCode::new(subject, code), message))
}

impl Report {
    pub(crate) fn new(code: &StatusCode, message: &str) -> Self {
        Self {
            subject: code.subject.to_string(),
            reason: code.reason.to_string(),
            message: message.to_owned(),
        }
    }

    /// The eUICC could not install the profile, for this errorReason (facts 3.7).
    pub(crate) fn installation_failed(reason: u32) -> Self {
        Self::new(&INSTALLATION_FAILED, &format!("installation failed with reason {reason}"))
    }
}

impl Order {
    /// Whether a download by this eUICC may begin or go on.
    ///
    /// # Errors
    /// The [`Refusal`] that says why not. An order whose time or tries are over says so, whatever its state.
    pub(crate) fn check(&self, eid: &str, now: SystemTime) -> Result<(), Refusal> {
        if self.eid.as_deref().is_some_and(|bound| bound != eid) {
            return Err(Refusal::EID);
        }
        if self.state < OrderState::Released {
            return Err(Refusal::NOT_RELEASED);
        }
        if self.state == OrderState::Installed {
            return Err(Refusal::MATCHING_ID);
        }
        if self.expires_at().is_some_and(|end| now > end) {
            return Err(Refusal::ORDER_EXPIRED);
        }
        let locked = |code: &super::ConfirmationCode| code.is_locked();
        if self.confirmation_code.as_ref().is_some_and(locked) {
            return Err(Refusal::CODE_TRIES);
        }
        if self.download_attempts >= self.max_download_attempts {
            return Err(Refusal::ORDER_ATTEMPTS);
        }
        if matches!(self.state, OrderState::Error | OrderState::Unavailable) {
            return Err(Refusal::MATCHING_ID);
        }
        Ok(())
    }

    /// Checks the confirmation code that came, and counts a wrong one.
    ///
    /// # Errors
    /// 8.2.7 with 2.2, 3.8 or, for the last try, 6.4; the order is locked then.
    pub(crate) fn try_code(
        &mut self,
        transaction_id: &[u8],
        hash_cc: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let Some(code) = &mut self.confirmation_code else {
            return Ok(());
        };
        let hash_cc = hash_cc.ok_or(Refusal::CODE_MISSING)?;
        if code.matches(transaction_id, hash_cc) {
            return Ok(());
        }
        code.wrong_tries = code.wrong_tries.saturating_add(1);
        if code.is_locked() {
            self.fail(&Refusal::CODE_TRIES.code, "confirmation code locked");
            return Err(Refusal::CODE_TRIES);
        }
        Err(Refusal::CODE_WRONG)
    }

    /// The package is handed out: the order belongs to this eUICC from now on.
    pub(crate) fn handed_out(&mut self, eid: String, download: Download) {
        self.state = OrderState::Downloaded;
        self.eid = Some(eid);
        self.download_attempts = self.download_attempts.saturating_add(1);
        self.binding_open = true;
        self.downloads.push(download);
        if self.downloads.len() > KEPT_DOWNLOADS {
            self.downloads.remove(0);
        }
    }

    /// The session was cancelled. "Later" and "no answer" leave the order as it is; anything else ends it, and the
    /// operator gets the pair of facts 5.8. The answer is whether it ended now.
    pub(crate) fn cancelled(&mut self, reason: CancelReason) -> bool {
        let reported = reported(reason).filter(|_| self.state.is_open());
        if let Some((code, message)) = &reported {
            self.fail(code, message);
        }
        reported.is_some()
    }

    /// The eUICC has the profile.
    pub(crate) fn installed(&mut self) {
        self.state = OrderState::Installed;
        self.binding_open = false;
        self.report = None;
    }

    /// The eUICC reported a failure. What may be different the next time (power, space, a damaged transfer) leaves
    /// the order open for the same eUICC, with a new one-time key; anything else ends it.
    pub(crate) fn installation_failed(&mut self, reason: InstallErrorReason) {
        if !self.state.is_open() {
            return;
        }
        let again = matches!(
            reason,
            InstallErrorReason::Interruption
                | InstallErrorReason::InsufficientMemory
                | InstallErrorReason::Scp03tSecurityError
        );
        if again {
            self.state = OrderState::Released;
            self.binding_open = false;
        } else {
            let Report { message, .. } = Report::installation_failed(reason.code());
            self.fail(&INSTALLATION_FAILED, &message);
        }
    }

    fn fail(&mut self, code: &StatusCode, message: &str) {
        self.state = OrderState::Error;
        self.binding_open = false;
        self.report = Some(Report::new(code, message));
    }

    /// The handing-out of a session.
    pub(crate) fn download(&self, transaction_id: &[u8]) -> Option<&Download> {
        self.downloads.iter().find(|download| download.transaction_id == transaction_id)
    }

    /// Whether this is the session of the last handing-out; results of older ones change nothing any more.
    pub(crate) fn is_latest(&self, transaction_id: &[u8]) -> bool {
        self.downloads.last().is_some_and(|download| download.transaction_id == transaction_id)
    }
}
