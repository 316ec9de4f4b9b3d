//! What a person does with the app, and what the card is to look like afterwards.

use std::time::Duration;

use lpakit::lpa::{
    Answers, Discovery, InstallationOutcome, Need, Offer, Profile, RejectReason, ReportState,
    SendReport, WaitingPlan,
};
use lpakit::rsp::profiles::{ProfileId, ProfileState};
use lpakit::rsp::switching::MemoryResetRequest;
use lpakit::{ConfirmationCode, Error, Lpa, ProfileSource};
use lpakit_sandbox_smdp::order::PlacedOrder;

use crate::plan::Operation;
use crate::stage::{CONFIRMATION_CODE, SERVER};
use crate::view::Visible;
use crate::world::World;

/// The name that a profile is given: long, so that the command has more than one octet of length.
pub(crate) const NICKNAME: &str = "The one for the summer, with the red sticker on it";
/// An offer is open for so long.
const OFFER_LIMIT: Duration = Duration::from_secs(5 * 60);

/// What the app was told when it went well.
#[derive(Debug)]
pub(crate) enum Report {
    /// It is done.
    Done,
    /// A profile was installed.
    Installed(ReportState),
    /// The server did not take the confirmation code, which was right.
    CodeRefused,
    /// A profile was switched, and is now as told.
    Switched(Box<Profile>),
    /// These profiles are on the card.
    Listed(Vec<Profile>),
    /// These notifications were sent, those were not.
    Sent(SendReport),
    /// An offer was turned down; whether the server was told.
    TurnedDown(bool),
    /// What an SM-DS knows of.
    Found(Discovery),
}

impl Operation {
    /// Whether a plan (a download order) is concerned.
    pub(crate) const fn concerns_a_plan(self) -> bool {
        self.is_download()
            || matches!(self, Self::Cancel | Self::Later | Self::Refuse | Self::Expire)
    }

    /// Whether it ends with a profile on the card.
    pub(crate) const fn is_download(self) -> bool {
        matches!(self, Self::Download | Self::Default | Self::Event)
    }

    /// Whether the card has a session with a server meanwhile.
    pub(crate) const fn has_session(self) -> bool {
        self.concerns_a_plan() || matches!(self, Self::Discover)
    }

    /// What the person does at the next start, if it is not as it should be.
    pub(crate) const fn second_try(self) -> Self {
        match self {
            Self::Cancel | Self::Later | Self::Expire => Self::Download,
            other => other,
        }
    }

    /// The key of the error with which it ends when nothing goes wrong.
    pub(crate) const fn ends_with(self) -> Option<&'static str> {
        match self {
            Self::Cancel => Some("cancelled.by_user"),
            Self::Expire => Some("cancelled.offer_expired"),
            _ => None,
        }
    }
}

/// What the card looks like when the operation is done.
pub(crate) fn wanted(world: &World<'_>, operation: Operation) -> Visible {
    let mut visible = world.before.visible.clone();
    let stage = world.stage;
    let mut set = |iccid, on: bool| {
        for (known, state, _) in &mut visible.profiles {
            if *known == iccid {
                *state = on;
            }
        }
    };
    match operation {
        Operation::Download | Operation::Default | Operation::Event => {
            visible.profiles.push((world.placed().iccid, false, None));
            visible.sort();
        }
        Operation::Enable => {
            set(stage.home, false);
            set(stage.spare, true);
        }
        Operation::Disable => set(stage.home, false),
        Operation::Delete => visible.profiles.retain(|(iccid, ..)| *iccid != stage.spare),
        Operation::Rename => {
            for (known, _, name) in &mut visible.profiles {
                if *known == stage.spare {
                    *name = Some(NICKNAME.to_owned());
                }
            }
        }
        Operation::SetDefaultAddress => visible.default_address = Some(SERVER.to_owned()),
        Operation::MemoryReset => visible.profiles.clear(),
        Operation::Cancel
        | Operation::Later
        | Operation::Refuse
        | Operation::Expire
        | Operation::Discover
        | Operation::List
        | Operation::Notify => {}
    }
    visible
}

/// Does it.
pub(crate) async fn perform(
    world: &World<'_>,
    lpa: &Lpa,
    operation: Operation,
    waiting: Option<WaitingPlan>,
) -> Result<Report, Error> {
    let stage = world.stage;
    match operation {
        Operation::Download => download(lpa, code(lpa, world.placed())?, false).await,
        Operation::Cancel => download(lpa, code(lpa, world.placed())?, true).await,
        Operation::Default => download(lpa, ProfileSource::DefaultServer, false).await,
        Operation::Event => {
            let plan = waiting.expect("it was found before");
            download(lpa, ProfileSource::Event(plan), false).await
        }
        Operation::Discover => lpa.discover().await.map(Report::Found),
        Operation::Later => turn_down(world, lpa, RejectReason::Later).await,
        Operation::Refuse => turn_down(world, lpa, RejectReason::Refused).await,
        Operation::Expire => expire(world, lpa).await,
        Operation::Enable => lpa.enable(ProfileId::Iccid(stage.spare)).await.map(switched),
        Operation::Disable => lpa.disable(ProfileId::Iccid(stage.home)).await.map(switched),
        Operation::Delete => lpa.delete(ProfileId::Iccid(stage.spare)).await.map(done),
        Operation::Rename => lpa.rename(ProfileId::Iccid(stage.spare), NICKNAME).await.map(done),
        Operation::List => {
            let profiles = lpa.profiles().await?;
            lpa.chip().await?;
            Ok(Report::Listed(profiles))
        }
        Operation::SetDefaultAddress => lpa.set_default_address(SERVER).await.map(done),
        Operation::MemoryReset => lpa.reset_memory(EVERYTHING).await.map(done),
        Operation::Notify => lpa.send_notifications().await.map(Report::Sent),
    }
}

const EVERYTHING: MemoryResetRequest = MemoryResetRequest {
    operational_profiles: true,
    field_loaded_test_profiles: true,
    default_dp_address: true,
    pre_loaded_test_profiles: false,
    provisioning_profiles: false,
};

const fn done((): ()) -> Report {
    Report::Done
}

fn switched(profile: Profile) -> Report {
    Report::Switched(Box::new(profile))
}

/// The activation code of an order.
pub(crate) fn code(lpa: &Lpa, order: &PlacedOrder) -> Result<ProfileSource, Error> {
    lpa.parse_activation_code(&order.activation_code(None)).map(ProfileSource::Code)
}

async fn offer_of(world: &World<'_>, lpa: &Lpa) -> Result<Offer, Error> {
    lpa.authenticate(code(lpa, world.placed())?).await
}

/// Downloads.
pub(crate) async fn download(
    lpa: &Lpa,
    source: ProfileSource,
    cancel: bool,
) -> Result<Report, Error> {
    let offer = lpa.authenticate(source).await?;
    let mut installation = offer.accept(answers()).map_err(|refused| refused.error)?;
    if cancel {
        installation.cancel();
    }
    Ok(match installation.outcome().await? {
        InstallationOutcome::Installed(installed) => Report::Installed(installed.report),
        InstallationOutcome::ConfirmationCodeRefused { .. } => Report::CodeRefused,
    })
}

fn answers() -> Answers {
    let code = ConfirmationCode::new(CONFIRMATION_CODE).expect("a confirmation code");
    Answers::yes().agree(Need::ConsentToNoDeleting).with_code(code)
}

async fn turn_down(world: &World<'_>, lpa: &Lpa, reason: RejectReason) -> Result<Report, Error> {
    let offer = offer_of(world, lpa).await?;
    Ok(Report::TurnedDown(offer.reject(reason).await))
}

async fn expire(world: &World<'_>, lpa: &Lpa) -> Result<Report, Error> {
    let offer = offer_of(world, lpa).await?;
    world.clock.advance(OFFER_LIMIT);
    // The offer's timer has its turn before the person's answer.
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
    let mut installation = offer.accept(answers()).map_err(|refused| refused.error)?;
    installation.outcome().await.map(|_| Report::Done)
}

/// Whether a listed profile is on.
pub(crate) fn is_on(profile: &Profile) -> bool {
    profile.state == ProfileState::Enabled
}
