//! `download`: from a code to an installed profile, with a person in between.

use lpakit::lpa::{
    Answers, Installation, InstallationOutcome, Installed, Need, Offer, RejectReason, ReportState,
};
use lpakit::progress::Phase;
use lpakit::rsp::profiles::ProfileId;
use lpakit::{ConfirmationCode, Error, Lpa, ProfileSource};
use serde_json::json;

use super::discover;
use super::profiles::class_name;
use crate::args::Download;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};
use crate::progress::ProgressView;
use crate::{picture, terminal};

/// How often an answer that is none is asked for again.
const MAX_QUESTIONS: usize = 5;

pub(super) async fn run(
    args: &Download,
    lpa: &Lpa,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let mut person = Person { args, output, interrupt, code: None, agreed: args.yes };
    person.code = person.code_from_options().await?;
    let source = source(args, lpa, output).await?;
    let mut offer = tokio::select! {
        offer = lpa.authenticate(source) => offer?,
        () = interrupt.wished() => return Err(Failure::interrupted()),
    };
    show_offer(&offer, output);
    loop {
        let installation = person.answer(offer).await?;
        match watch(installation, output, interrupt).await? {
            InstallationOutcome::Installed(installed) => {
                return finish(&installed, args.enable, lpa, output).await;
            }
            InstallationOutcome::ConfirmationCodeRefused { offer: again, error } => {
                if !output.can_ask() {
                    again.reject(RejectReason::Later).await;
                    return Err(error.into());
                }
                output.note(error.to_string());
                offer = *again;
            }
        }
    }
}

/// Where the profile comes from.
async fn source(args: &Download, lpa: &Lpa, output: &Output) -> Result<ProfileSource, Failure> {
    if let Some(text) = &args.code {
        return Ok(ProfileSource::Code(lpa.parse_activation_code(text)?));
    }
    if args.discover {
        return Ok(ProfileSource::Event(discover::choose(lpa, args.event, output).await?));
    }
    let Some(path) = args.qr.clone() else { return Ok(ProfileSource::DefaultServer) };
    let options = lpa.parse_options();
    let read = move || picture::read_activation_code(&path, &options);
    match tokio::task::spawn_blocking(read).await {
        Ok(code) => Ok(ProfileSource::Code(code?)),
        // The search ended badly; to the person it is a picture that cannot be read.
        Err(_) => Err(Error::from(lpakit::qr::QrError::Unreadable).into()),
    }
}

/// Shows an offer before anything is written to the card.
pub(crate) fn show_offer(offer: &Offer, output: &Output) {
    let metadata = offer.metadata();
    let needs = |need| offer.needs().contains(&need);
    output.line(format!("{} offers: {}", metadata.service_provider_name, metadata.profile_name));
    output.line(format!("  server             {}", offer.server()));
    if needs(Need::ConsentToNoDisabling) {
        output.line("  rule               once on, it cannot be turned off");
    }
    if needs(Need::ConsentToNoDeleting) {
        output.line("  rule               it cannot be deleted");
    }
    if needs(Need::ConsentToLowMemory) {
        output.line("  memory             the eSIM may have too little space for it");
    }
    if offer.confirmation_code_required() {
        output.line("  confirmation code  the operator asks for one");
    }
    output.object(&json!({
        "type": "offer",
        "operator": metadata.service_provider_name,
        "name": metadata.profile_name,
        "server": offer.server(),
        "class": class_name(metadata.class),
        "icon": metadata.icon.is_some(),
        "policy_rules": metadata.policy_rules.0.numbers().collect::<Vec<u8>>(),
        "needs_consent": needs(Need::ConsentToNoDisabling) || needs(Need::ConsentToNoDeleting),
        "confirmation_code_required": offer.confirmation_code_required(),
    }));
}

/// The person, or the options that speak for them.
struct Person<'a> {
    args: &'a Download,
    output: &'a Output,
    interrupt: &'a Interrupt,
    /// A confirmation code that has not been tried yet.
    code: Option<ConfirmationCode>,
    agreed: bool,
}

impl Person<'_> {
    async fn code_from_options(&self) -> Result<Option<ConfirmationCode>, Failure> {
        let code = match self.args.confirmation_code.as_deref() {
            None => return Ok(None),
            Some("-") => {
                let typed = terminal::secret_from_stdin("Confirmation code: ", self.interrupt);
                ConfirmationCode::new(&typed.await?)
            }
            Some(code) => ConfirmationCode::new(code),
        };
        Ok(Some(code.map_err(Error::from)?))
    }

    /// Accepts the offer as the person wants, or rejects it and says why.
    async fn answer(&mut self, offer: Offer) -> Result<Installation, Failure> {
        let answers = match self.answers(&offer).await {
            Ok(answers) => answers,
            Err((reason, failure)) => {
                offer.reject(reason).await;
                return Err(failure);
            }
        };
        match offer.accept(answers) {
            Ok(installation) => Ok(installation),
            Err(not_accepted) => {
                not_accepted.offer.reject(RejectReason::Later).await;
                Err(not_accepted.error.into())
            }
        }
    }

    async fn answers(&mut self, offer: &Offer) -> Result<Answers, (RejectReason, Failure)> {
        if !self.agreed {
            self.ask_for_consent().await?;
            self.agreed = true;
        }
        let mut confirmation_code = self.code.take();
        let missing = offer.confirmation_code_required() && confirmation_code.is_none();
        if missing && self.output.can_ask() {
            let later = |failure| (RejectReason::Later, failure);
            let typed = terminal::ask_secret("Confirmation code: ", self.interrupt);
            let code = ConfirmationCode::new(&typed.await.map_err(later)?);
            confirmation_code = Some(code.map_err(|fault| later(Error::from(fault).into()))?);
        }
        // Everything that the offer needs was shown before the question.
        let agreed =
            offer.needs().iter().fold(Answers::yes(), |answers, need| answers.agree(*need));
        Ok(match confirmation_code {
            Some(code) => agreed.with_code(code),
            None => agreed,
        })
    }

    async fn ask_for_consent(&self) -> Result<(), (RejectReason, Failure)> {
        let later = |key, text| (RejectReason::Later, Failure::cancelled(key, text));
        if !self.output.can_ask() {
            let text =
                "Nobody is there to ask. Nothing was installed; --yes installs without asking.";
            return Err(later("cancelled.nobody_to_ask", text));
        }
        for _ in 0..MAX_QUESTIONS {
            let question = "Install it? [y]es, [n]o or [l]ater: ";
            let answer = terminal::ask(question, self.interrupt).await;
            let answer = answer.map_err(|failure| (RejectReason::Later, failure))?;
            match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(()),
                "n" | "no" => {
                    let failure =
                        Failure::cancelled("cancelled.rejected", "The offer is rejected.");
                    return Err((RejectReason::Refused, failure));
                }
                "" | "l" | "later" => break,
                _ => {}
            }
        }
        Err(later("cancelled.postponed", "Nothing was installed; the code can be used later."))
    }
}

/// Shows how far it is until it is over. Ctrl-C wishes it cancelled.
pub(crate) async fn watch(
    mut installation: Installation,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<InstallationOutcome, Failure> {
    let mut view = ProgressView::new(output);
    let canceller = installation.canceller();
    let mut cancelling = false;
    view.show(installation.progress());
    loop {
        tokio::select! {
            progress = installation.next_progress() => match progress {
                Some(progress) => {
                    view.show(progress);
                    if progress.phase == Phase::Finished {
                        break;
                    }
                }
                None => break,
            },
            () = interrupt.wished(), if !cancelling => {
                cancelling = true;
                canceller.cancel();
                view.cancelling();
            }
        }
    }
    view.finish();
    Ok(installation.outcome().await?)
}

async fn finish(
    installed: &Installed,
    enable: bool,
    lpa: &Lpa,
    output: &Output,
) -> Result<Done, Failure> {
    tell_installed(installed, output);
    if installed.cancel_requested {
        output.note("It was too late to cancel; 'lpakit delete' deletes the profile.");
    }
    let enable = enable && !installed.cancel_requested;
    if enable {
        lpa.enable(ProfileId::Iccid(installed.iccid)).await?;
        output.line("It is on.");
    }
    let mut done = Done::with(json!({
        "installed": true,
        "enabled": enable,
        "iccid": installed.iccid.to_string(),
    }));
    done.sweep = true;
    Ok(done)
}

/// Tells that a profile is on the card, and whether the operator knows.
pub(crate) fn tell_installed(installed: &Installed, output: &Output) {
    let knows = installed.report == ReportState::Delivered;
    let operator = if knows {
        "and its operator knows"
    } else {
        "and its operator will be told with the next notifications"
    };
    output.line(format!("{} is installed, {operator}.", installed.metadata.profile_name));
    output.object(&json!({
        "type": "installed",
        "iccid": installed.iccid.to_string(),
        "operator": installed.metadata.service_provider_name,
        "name": installed.metadata.profile_name,
        "report": if knows { "delivered" } else { "queued" },
        "cancel_requested": installed.cancel_requested,
    }));
}
