//! English texts of errors, by key, and what the subject/reason pairs of servers mean (facts 7.3).

use std::fmt;

use crate::error::{Advice, Error, PlanState};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self))
    }
}

/// What happened, what it means for the plan, and what to do, in English.
fn text(error: &Error) -> String {
    let mut text = what_happened(error);
    for sentence in [plan_sentence(error.plan()), advice_sentence(error.advice())] {
        if !sentence.is_empty() {
            text.push(' ');
            text.push_str(sentence);
        }
    }
    text
}

const fn plan_sentence(plan: PlanState) -> &'static str {
    match plan {
        PlanState::NotConcerned => "",
        PlanState::StillValid => "Your code can still be used.",
        PlanState::NoLongerValid => "This code can no longer be used.",
        PlanState::Installed => "The plan is installed.",
        PlanState::Unknown => "It is not certain whether the plan was installed.",
    }
}

const fn advice_sentence(advice: Advice) -> &'static str {
    match advice {
        Advice::Nothing => "",
        Advice::TryAgain => "Please try again.",
        Advice::TryLater => "Please try again later.",
        Advice::ChangeInput => "Please check what you entered and try again.",
        Advice::FreeSpace => "Delete a plan that you no longer need, then try again.",
        Advice::CheckProfiles => "Look at your list of plans.",
        Advice::AskOperator => "Please ask your operator.",
    }
}

fn what_happened(error: &Error) -> String {
    let key = error.key();
    if let Some(pair) = key.strip_prefix("server.refused.") {
        let what = refusal(pair).map_or("The operator's server refused.", |row| row.text);
        return format!("{what} (code {pair})");
    }
    let text = TEXTS.iter().find(|(row, _)| *row == key).map_or(GENERAL, |(_, text)| *text);
    error
        .args()
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

const GENERAL: &str = "Something went wrong.";

const TEXTS: &[(&str, &str)] = &[
    ("activation_code.empty", "There is no activation code."),
    ("activation_code.too_long", "This is too long to be an activation code."),
    (
        "activation_code.control_character",
        "The activation code holds a character that cannot be in one.",
    ),
    ("activation_code.not_an_activation_code", "This is no activation code."),
    ("activation_code.web_page", "This is a web page's address and no activation code."),
    ("activation_code.unsupported_version", "This kind of activation code is not supported."),
    (
        "activation_code.missing_address",
        "The activation code is cut short: it has no server address.",
    ),
    (
        "activation_code.missing_token",
        "The activation code is cut short: its last part is missing.",
    ),
    ("activation_code.invalid_address", "The server address in the activation code is not valid."),
    ("activation_code.port_not_allowed", "The server address in the activation code has a port."),
    (
        "activation_code.ip_address_not_allowed",
        "The server address in the activation code is a number.",
    ),
    (
        "activation_code.invalid_token",
        "The activation code holds a character that cannot be in one.",
    ),
    ("activation_code.token_too_long", "The activation code is too long."),
    ("activation_code.invalid_oid", "The server's identifier in the activation code is not valid."),
    ("activation_code.invalid_confirmation_flag", "The end of the activation code is not valid."),
    ("activation_code.invalid_ci_pkid", "The issuer in the activation code is not valid."),
    ("confirmation_code.empty", "There is no confirmation code."),
    ("confirmation_code.too_long", "This is too long to be a confirmation code."),
    (
        "confirmation_code.invalid_character",
        "The confirmation code holds a character that cannot be in one.",
    ),
    ("qr.no_qr_code", "There is no QR code in this picture."),
    ("qr.unreadable", "The QR code in this picture cannot be read."),
    ("qr.not_text", "The QR code in this picture holds no text."),
    ("qr.took_too_long", "The picture is too complicated to find a QR code in it."),
    ("qr.busy", "Other pictures are being read."),
    ("qr.too_large", "The picture is too large."),
    ("qr.invalid_dimensions", "The picture has no size."),
    ("qr.buffer_too_short", "The picture is cut short."),
    ("card.delete.enabled", "A plan must be switched off before it can be deleted."),
    ("input.address", "This server address cannot be used."),
    ("input.confirmation_code_missing", "The operator asks for a confirmation code."),
    ("input.confirmation_code_refused", "The confirmation code is wrong."),
    ("input.consent_missing", "The rules of this plan need your consent."),
    ("input.nickname_too_long", "This name is too long."),
    ("input.no_such_profile", "There is no such plan on this eSIM."),
    ("input.no_default_server", "This eSIM has no default server to ask."),
    ("card.gone", "The eSIM is not there, or was taken out."),
    ("card.access_denied", "This app may not use the eSIM."),
    ("card.no_isdr", "This card is no eSIM, or hides from this app."),
    ("card.no_channel", "The eSIM has no free channel."),
    ("card.failed", "The connection to the eSIM failed."),
    ("card.timeout", "The eSIM did not answer in time."),
    ("card.status", "The eSIM answered with an error ({status})."),
    ("discovery.too_many_events", "The search server named too many plans."),
    ("discovery.too_deep", "The search led from server to server."),
    ("discovery.loop", "The search server named itself."),
    ("discovery.no_server", "This eSIM names no search server."),
    ("input.event_gone", "The plan that waited is no longer there."),
    ("trust.ci_not_allowed", "The code does not allow who vouches for this server."),
    ("card.refused", "The eSIM refused (code {code})."),
    ("card.switch.no_effect", "The eSIM said that it did it, and did not."),
    ("card.switch.unknown", "The eSIM was lost; whether it did it is not known."),
    ("notifications.refused", "The operator's server refused a report (HTTP {status})."),
    ("notifications.bad_address", "A report names a server that there cannot be."),
    ("card.empty_answer", "The eSIM gave no answer."),
    ("card.malformed", "The eSIM gave an answer that cannot be read."),
    ("card.command_too_long", "The request is too long for the eSIM."),
    ("card.lost_during_installation", "The connection to the eSIM broke during the installation."),
    ("card.no_installation_result", "The eSIM broke off the installation."),
    ("card.refused_server", "The eSIM did not accept the operator's server (code {code})."),
    ("card.unknown_ci", "The eSIM does not know who vouches for this operator's server."),
    ("card.refused_download", "The eSIM did not accept the download (code {code})."),
    ("card.session_lost", "The eSIM has lost this download's session."),
    ("card.install.already_installed", "This plan is already on the eSIM."),
    ("card.install.memory", "There is not enough space on the eSIM."),
    ("card.install.interrupted", "The installation was interrupted."),
    ("card.install.not_accepted", "The eSIM did not accept the plan's content (code {code})."),
    ("card.install.security", "The plan arrived damaged (code {code})."),
    ("card.install.policy", "The rules of this plan are not allowed on this device."),
    ("card.install.failed", "The eSIM could not install the plan (code {code})."),
    ("card.switch.policy", "The rules of a plan on this eSIM forbid it."),
    ("card.switch.not_found", "There is no such plan on this eSIM."),
    ("card.switch.already", "The plan is already in this state."),
    ("card.switch.failed", "The eSIM could not do it (code {code})."),
    ("card.reset.nothing", "There is nothing to delete."),
    ("busy.card", "Another program is using the eSIM."),
    ("busy.toolkit", "The eSIM is busy."),
    ("busy.offer_open", "Another download is waiting for an answer."),
    ("server.http_status", "The operator's server has a fault (HTTP {status})."),
    ("server.not_a_message", "What answered is not an operator's server."),
    ("server.malformed", "The operator's server gave an answer that cannot be read."),
    ("server.answer_too_long", "The operator's server sent too much."),
    ("server.bad_package", "The package that the operator sent cannot be read."),
    ("network.unreachable", "The operator's server cannot be reached."),
    ("network.timeout", "The operator's server did not answer in time."),
    ("network.connection_lost", "The connection to the operator's server broke."),
    ("trust.unknown_issuer", "It is not certain that this is the operator's server."),
    ("trust.certificate_expired", "The certificate of the operator's server has expired."),
    (
        "trust.certificate_not_yet_valid",
        "The certificate of the operator's server is not valid yet; is the clock right?",
    ),
    ("trust.wrong_name", "The server that answered has another name than the code says."),
    ("trust.bad_certificate", "The certificate of the operator's server is not in order."),
    ("trust.handshake", "No secure connection to the operator's server could be made."),
    ("trust.no_common_ci", "This eSIM trusts none of the issuers that this app knows."),
    ("trust.transaction_id", "The operator's server mixed up two downloads."),
    ("trust.challenge", "The operator's server did not answer this eSIM's challenge."),
    ("trust.server_address", "The server that answered signs for another address."),
    ("trust.oid", "The server that answered is not the one that the code names."),
    ("trust.role", "The server that answered may not offer plans."),
    ("trust.metadata_changed", "The operator changed the plan during the download."),
    ("policy.not_allowed", "The rules of this plan are not allowed on this device."),
    ("cancelled.by_user", "The download was cancelled."),
    ("cancelled.offer_expired", "The offer was open for too long."),
    ("closed", "lpakit was shut down."),
];

struct Refusal {
    pair: &'static str,
    plan: PlanState,
    advice: Advice,
    text: &'static str,
}

macro_rules! refusals {
    ($($pair:literal $plan:ident $advice:ident $text:literal;)*) => {
        const REFUSALS: &[Refusal] = &[$(Refusal {
            pair: $pair,
            plan: PlanState::$plan,
            advice: Advice::$advice,
            text: $text,
        }),*];
    };
}

refusals! {
    "8.1/4.8" StillValid FreeSpace "There is not enough space on the eSIM.";
    "8.1/6.1" StillValid TryAgain "The operator's server could not verify this eSIM.";
    "8.1.1/2.2" StillValid AskOperator "The operator has not set up this plan well.";
    "8.1.1/3.8" NoLongerValid AskOperator "This code was made for another device.";
    "8.1.1/3.9" StillValid AskOperator "The operator does not know this device.";
    "8.1.1/3.10" NoLongerValid AskOperator "This code is already used by another device.";
    "8.1.2/6.1" StillValid Nothing "The operator does not accept the certificate of the eSIM's maker.";
    "8.1.2/6.3" StillValid Nothing "The certificate of the eSIM's maker has expired.";
    "8.1.3/6.1" StillValid Nothing "The operator does not accept the eSIM's certificate.";
    "8.1.3/6.3" StillValid Nothing "The eSIM's certificate has expired.";
    "8.1.4/6.1" StillValid Nothing "The operator's server could not verify this eSIM.";
    "8.2/1.2" StillValid TryLater "The operator has not released this plan yet.";
    "8.2/3.7" NoLongerValid AskOperator "This download was started before and cannot be repeated.";
    "8.2.5/4.3" StillValid AskOperator "This plan does not work with this device or eSIM.";
    "8.2.6/2.1" StillValid ChangeInput "The code is not complete.";
    "8.2.6/2.2" StillValid ChangeInput "The code is not complete.";
    "8.2.6/3.3" StillValid TryLater "This code is being used elsewhere.";
    "8.2.6/3.8" NoLongerValid AskOperator "This code is not valid, or was already used.";
    "8.2.6/3.10" NoLongerValid AskOperator "This code was made for another device.";
    "8.2.7/2.2" StillValid ChangeInput "The operator asks for a confirmation code.";
    "8.2.7/3.8" StillValid ChangeInput "The confirmation code is wrong.";
    "8.2.7/6.4" NoLongerValid AskOperator "The confirmation code was wrong too often.";
    "8.2.8/1.2" StillValid AskOperator "The rules of this plan are not allowed on this device.";
    "8.2.9/2.1" StillValid TryLater "The operator's data for this plan are not in order.";
    "8.2.9/3.8" StillValid TryLater "The operator's data for this plan are not in order.";
    "8.2.9/3.11" StillValid TryLater "The operator changed the plan during the download.";
    "8.2.10/4.2" StillValid TryLater "The installation failed.";
    "8.8/3.10" StillValid AskOperator "The server could not be verified for this code.";
    "8.8.1/3.8" StillValid ChangeInput "The server address in the code is not right.";
    "8.8.2/3.1" StillValid Nothing "The operator's server does not work with this eSIM.";
    "8.8.3/3.1" StillValid Nothing "This eSIM's version is too old or too new for the operator's server.";
    "8.8.4/3.7" StillValid Nothing "The operator's server does not work with this eSIM.";
    "8.8.5/3.8" NoLongerValid AskOperator "The download was cancelled.";
    "8.8.5/4.10" NoLongerValid AskOperator "This code has expired.";
    "8.8.5/6.4" NoLongerValid AskOperator "This code was tried too often.";
    "8.9/4.2" StillValid TryLater "The search for plans failed.";
    "8.9/5.1" StillValid TryLater "The search for plans failed.";
    "8.9.5/3.9" StillValid TryLater "No plan was found.";
    "8.10.1/3.9" StillValid TryAgain "The operator's server has forgotten this download.";
    "8.11.1/3.9" StillValid Nothing "The operator's server does not know the maker of this eSIM.";
    "8.11.1/5.1" StillValid Nothing "The operator's server does not know the maker of this eSIM.";
    "8.12/3.3" StillValid TryLater "Another download is going on.";
}

fn refusal(pair: &str) -> Option<&'static Refusal> {
    let (subject, reason) = pair.split_once('/')?;
    let mut subject = subject;
    // An unknown pair is read by the next wider subject: 8.8.5, then 8.8, then 8.
    loop {
        let found = REFUSALS.iter().find(|row| row.pair.split_once('/') == Some((subject, reason)));
        if found.is_some() {
            return found;
        }
        subject = subject.rsplit_once('.')?.0;
    }
}

/// What a refusal means for the plan, and what to do.
pub(crate) fn refusal_meaning(subject: &str, reason: &str) -> (PlanState, Advice) {
    refusal(&format!("{subject}/{reason}"))
        .map_or((PlanState::StillValid, Advice::AskOperator), |row| (row.plan, row.advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::es9::ServerRefusal;

    fn refused(subject: &str, reason: &str) -> Error {
        let (subject, reason) = (subject.to_owned(), reason.to_owned());
        ServerRefusal { subject, reason, message: None }.into()
    }

    #[test]
    fn four_ten_is_not_four_one() {
        let expired = refused("8.8.5", "4.10");
        assert_eq!(expired.plan(), PlanState::NoLongerValid);
        assert!(expired.to_string().contains("expired"));
        assert!(!refused("8.8.5", "4.1").to_string().contains("expired"));
    }

    #[test]
    fn an_unknown_pair_shows_its_numbers_and_the_wider_subjects_meaning() {
        let error = refused("8.1.1.7", "3.8");
        assert!(error.to_string().contains("8.1.1.7/3.8"));
        assert!(error.to_string().contains("another device"));
        let strange = refused("9.9", "9.9");
        assert!(strange.to_string().contains("9.9/9.9"));
        assert_eq!(strange.advice(), Advice::AskOperator);
    }

    #[test]
    fn a_servers_codes_cannot_smuggle_text_into_an_error() {
        let error = refused("8.2<script>.6", "3.8 PLANTED");
        assert_eq!(error.key(), "server.refused.8.2.6/3.8");
    }
}
