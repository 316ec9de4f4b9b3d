//! What the result codes of the card's functions mean (facts 3).

use crate::Meaning;
use crate::rooms::{self, Row};

/// A function of the card whose answer can be a result code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardFunction {
    /// ES10b.AuthenticateServer: AuthenticateErrorCode.
    AuthenticateServer,
    /// ES10b.PrepareDownload: DownloadErrorCode.
    PrepareDownload,
    /// ES10b.LoadBoundProfilePackage: errorReason of ProfileInstallationResult.
    Install,
    /// ES10c.EnableProfile.
    Enable,
    /// ES10c.DisableProfile.
    Disable,
    /// ES10c.DeleteProfile.
    Delete,
    /// ES10c.eUICCMemoryReset.
    MemoryReset,
    /// ES10c.SetNickname.
    SetNickname,
    /// ES10b.LoadCRL.
    LoadCrl,
    /// ES10c.GetProfilesInfo.
    ProfilesInfo,
    /// ES10b.ListNotification, RetrieveNotificationsList and RemoveNotificationFromList.
    Notifications,
    /// ES10b.CancelSession.
    CancelSession,
    /// ES10a.SetDefaultDpAddress.
    SetDefaultAddress,
}

impl CardFunction {
    /// Every function.
    pub const ALL: &[Self] = &[
        Self::AuthenticateServer,
        Self::PrepareDownload,
        Self::Install,
        Self::Enable,
        Self::Disable,
        Self::Delete,
        Self::MemoryReset,
        Self::SetNickname,
        Self::LoadCrl,
        Self::ProfilesInfo,
        Self::Notifications,
        Self::CancelSession,
        Self::SetDefaultAddress,
    ];
}

/// The key and the usual meaning of a result code. A code that is not known has the function's general key, whose text
/// wants the argument `code`. Code 0, success, is none of these and is not to be asked for.
pub fn card_result(function: CardFunction, code: u32) -> (&'static str, Meaning) {
    // Every key has a row, by a test.
    const NEVER: &Row = rooms::first(rooms::card_results::ROWS);
    let row = rooms::find(key(function, code)).unwrap_or(NEVER);
    (row.key, row.meaning)
}

fn key(function: CardFunction, code: u32) -> &'static str {
    match function {
        CardFunction::AuthenticateServer => authenticate(code),
        CardFunction::PrepareDownload => prepare(code),
        CardFunction::Install => install(code),
        CardFunction::Enable => enable(code),
        CardFunction::Disable => disable(code),
        CardFunction::Delete => delete(code),
        CardFunction::MemoryReset => match code {
            1 => "card.reset.nothing",
            5 => "busy.toolkit",
            127 => "card.reset.undefined",
            _ => "card.reset.failed",
        },
        CardFunction::SetNickname => match code {
            1 => "card.switch.not_found",
            127 => "card.rename.undefined",
            _ => "card.rename.failed",
        },
        CardFunction::LoadCrl => load_crl(code),
        CardFunction::ProfilesInfo => match code {
            1 => "card.profiles.bad_request",
            11 => "busy.profile_change",
            127 => "card.profiles.undefined",
            _ => "card.profiles.failed",
        },
        CardFunction::Notifications => match code {
            1 => "card.notifications.nothing",
            127 => "card.notifications.undefined",
            _ => "card.notifications.failed",
        },
        CardFunction::CancelSession => match code {
            5 => "card.cancel.no_session",
            127 => "card.cancel.undefined",
            _ => "card.cancel.failed",
        },
        CardFunction::SetDefaultAddress => match code {
            8 => "card.default_address.unknown_issuer",
            127 => "card.default_address.undefined",
            _ => "card.default_address.failed",
        },
    }
}

const fn authenticate(code: u32) -> &'static str {
    match code {
        1 => "card.authenticate.invalid_certificate",
        2 => "card.refused_server",
        3 => "card.authenticate.unsupported_curve",
        4 => "card.session_lost",
        5 => "card.authenticate.wrong_oid",
        6 => "card.authenticate.wrong_challenge",
        7 => "card.unknown_ci",
        8 => "card.authenticate.transaction_id",
        9 => "card.authenticate.missing_crl",
        10 => "card.authenticate.invalid_crl",
        11 => "card.authenticate.revoked",
        12 => "card.authenticate.certificate_time",
        13 => "card.authenticate.certificate_configuration",
        14 => "card.authenticate.invalid_iccid",
        127 => "card.authenticate.undefined",
        _ => "card.authenticate.failed",
    }
}

const fn prepare(code: u32) -> &'static str {
    match code {
        1 => "card.prepare.invalid_certificate",
        2 => "card.refused_download",
        3 => "card.prepare.unsupported_curve",
        4 => "card.session_lost",
        5 => "card.prepare.transaction_id",
        127 => "card.prepare.undefined",
        _ => "card.prepare.failed",
    }
}

const fn install(code: u32) -> &'static str {
    match code {
        1 => "card.install.bad_input",
        2 => "card.install.invalid_signature",
        3 => "card.install.transaction_id",
        4 => "card.install.unsupported_keys",
        5 => "card.install.unsupported_operation",
        6 => "card.install.unsupported_class",
        7 => "card.install.structure",
        8 => "card.install.security",
        9 => "card.install.already_installed",
        10 => "card.install.memory",
        11 => "card.install.interrupted",
        12 => "card.install.not_accepted",
        13 => "card.install.data_mismatch",
        14 => "card.install.test_key",
        15 => "card.install.policy",
        17 => "card.install.enterprise_unsupported",
        18 => "card.install.enterprise_rules",
        19 => "card.install.enterprise_not_allowed",
        20 => "card.install.enterprise_oid",
        21 => "card.install.enterprise_rules_error",
        22 => "card.install.enterprise_only",
        23 => "card.install.lpr_unsupported",
        24 => "card.install.lpr_network",
        25 => "card.install.no_name",
        26 => "card.install.unknown_metadata",
        127 => "card.install.undefined",
        _ => "card.install.failed",
    }
}

const fn enable(code: u32) -> &'static str {
    match code {
        1 => "card.switch.not_found",
        2 => "card.switch.already",
        3 => "card.switch.policy",
        4 => "card.enable.wrong_profile",
        5 => "busy.toolkit",
        6 => "card.enable.enterprise",
        7 => "card.enable.command",
        9 => "card.enable.remote",
        10 => "card.enable.no_port",
        127 => "card.enable.undefined",
        _ => "card.switch.failed",
    }
}

const fn disable(code: u32) -> &'static str {
    match code {
        1 => "card.switch.not_found",
        2 => "card.switch.already",
        3 => "card.switch.policy",
        5 => "busy.toolkit",
        7 => "card.disable.command",
        10 => "card.disable.remote",
        127 => "card.disable.undefined",
        _ => "card.switch.failed",
    }
}

const fn delete(code: u32) -> &'static str {
    match code {
        1 => "card.switch.not_found",
        2 => "card.delete.enabled",
        3 => "card.switch.policy",
        4 => "card.delete.not_now",
        7 => "card.delete.command",
        127 => "card.delete.undefined",
        _ => "card.delete.failed",
    }
}

const fn load_crl(code: u32) -> &'static str {
    match code {
        1 => "card.crl.invalid_signature",
        2 => "card.crl.format",
        3 => "card.crl.memory",
        4 => "card.crl.unknown_issuer",
        5 => "card.crl.fresher",
        6 => "card.crl.base_missing",
        127 => "card.crl.undefined",
        _ => "card.crl.failed",
    }
}
