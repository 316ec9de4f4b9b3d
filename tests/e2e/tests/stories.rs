//! Plays the stories of `stories/`, whose README explains their grammar, over lpakit's public API. The drivers in Kotlin
//! and Swift play the same files and must hear the same answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::lpa::{
    Answers, Delivery, Installation, InstallationOutcome, Need, Offer, Profile, RejectReason,
};
use lpakit::messages::{Meaning, meaning};
use lpakit::qr::{LuminancePlane, scan_activation_code};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::{Iccid, Tac};
use lpakit::rsp::profiles::ProfileId;
use lpakit::rsp::switching::MemoryResetRequest;
use lpakit::{ConfirmationCode, Error, Lpa, LpaOptions, ProfileSource};
use lpakit_sandbox::stage::{Stage, StageError};
use tokio::runtime::Runtime;

const FILES: [(&str, &str); 3] = [
    ("plans.txt", include_str!("../stories/plans.txt")),
    ("troubles.txt", include_str!("../stories/troubles.txt")),
    ("profiles.txt", include_str!("../stories/profiles.txt")),
];

#[test]
fn every_story_ends_as_it_says() {
    let (mut stories, mut wrong, mut player) = (0, Vec::new(), None::<Player>);
    for (file, text) in FILES {
        for (at, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("story ") {
                stories += 1;
                player = Some(Player::new());
                continue;
            }
            let (asked, must) = line.split_once(" -> ").unwrap_or((line, "ok"));
            let player = player.as_mut().expect("a story");
            let was = player.play(asked).unwrap_or_else(|error| format!("(stage) {error}"));
            if was != must {
                wrong.push(format!("{file}:{at}: {asked}\n  must be {must}\n  but was {was}"));
            }
        }
    }
    assert!(wrong.is_empty() && stories >= 25, "\n{}", wrong.join("\n"));
    println!("stories: {stories} passed");
}

/// One card's LPA, and how far a download on it has come.
struct Seat {
    lpa: Lpa,
    closed: bool,
    source: Option<ProfileSource>,
    offer: Option<Offer>,
    installation: Option<Installation>,
}

struct Player {
    seats: BTreeMap<usize, Seat>,
    runtime: Runtime,
    stage: Stage,
    /// The card whose LPA is spoken to.
    card: usize,
    /// What was installed, in order: p1, p2 …
    installed: Vec<Iccid>,
}

impl Player {
    fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self {
            seats: BTreeMap::new(),
            runtime: builder.worker_threads(1).enable_all().build().unwrap(),
            stage: Stage::new().unwrap(),
            card: 1,
            installed: Vec::new(),
        }
    }

    fn play(&mut self, line: &str) -> Result<String, StageError> {
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = arguments.split(' ').collect();
        let answer = match verb {
            "stage" => return self.stage.act(arguments),
            "open" => self.open(&words),
            "code" => self.code(&words),
            "offer" => self.offer(),
            "accept" => self.accept(&words),
            "reject" => self.reject(arguments),
            "cancel" => ok(self.seat().installation.as_ref().map(Installation::cancel)),
            "outcome" => self.outcome(),
            "change" => self.change(&words),
            "list" => self.list(arguments),
            "send" => self.send(),
            "close" => self.close(arguments),
            _ => panic!("there is no verb {verb}"),
        };
        Ok(answer.unwrap_or_else(|error| tell(&error)))
    }

    fn seat(&mut self) -> &mut Seat {
        self.seats.get_mut(&self.card).expect("an open LPA")
    }

    fn lpa(&mut self) -> Lpa {
        self.seat().lpa.clone()
    }

    fn open(&mut self, words: &[&str]) -> Result<String, Error> {
        let option = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        self.card = option("card=").map_or(1, |number| number.parse().unwrap());
        if self.seats.get(&self.card).is_some_and(|seat| !seat.closed) {
            return ok("still open");
        }
        let card = self.stage.card(self.card).unwrap();
        let port = match option("port=") {
            Some("channels") => CardPort::Channels(Box::new(card.channels())),
            _ => CardPort::Raw(Box::new(card)),
        };
        let transport = self.stage.transport().unwrap();
        let tac = Tac::from_digits("35693803").unwrap();
        let capabilities = DeviceCapabilities::default();
        let mut options = LpaOptions::new(DeviceInfo { tac, capabilities, imei: None });
        options.delivery = Delivery::ByHand;
        options.clock = Arc::new(self.stage.clock());
        let _runtime = self.runtime.enter();
        let lpa = Lpa::open(port, Arc::new(transport), options)?;
        let seat = Seat { lpa, closed: false, source: None, offer: None, installation: None };
        ok(self.seats.insert(self.card, seat))
    }

    fn code(&mut self, words: &[&str]) -> Result<String, Error> {
        let lpa = self.lpa();
        let text = words.get(1).copied().unwrap_or_default();
        let code = match words[0] {
            "text" => lpa.parse_activation_code(text)?,
            "plane" => {
                let plane = self.stage.qr_plane(text).unwrap();
                let (width, height) = (plane.width, plane.height);
                let (row, pixel) = (plane.row_stride, plane.pixel_stride);
                let plane = LuminancePlane::new(&plane.data, width, height, row, pixel).unwrap();
                scan_activation_code(&plane, &lpa.parse_options())?
            }
            "discover" => {
                let found = self.runtime.block_on(lpa.discover())?.plans;
                let answer = format!("plans={}", found.len());
                self.seat().source = found.into_iter().next().map(ProfileSource::Event);
                return Ok(answer);
            }
            _ => return ok(self.seat().source.replace(ProfileSource::DefaultServer)),
        };
        let answer = format!("server={}", code.address().as_entered());
        self.seat().source = Some(ProfileSource::Code(code));
        Ok(answer)
    }

    fn offer(&mut self) -> Result<String, Error> {
        let (lpa, source) = (self.lpa(), self.seat().source.clone());
        let offer = self.runtime.block_on(lpa.authenticate(source.expect("a code")))?;
        let needs = NEEDS.iter().filter(|(need, _)| offer.needs().contains(need));
        let (needs, shown) = (list(needs.map(|(_, word)| *word)), offer.metadata());
        let (operator, name) = (&shown.service_provider_name, &shown.profile_name);
        let answer = format!("operator={operator} name={name} needs={needs}");
        self.seat().offer = Some(offer);
        Ok(answer)
    }

    fn accept(&mut self, words: &[&str]) -> Result<String, Error> {
        let mut answers = Answers::default();
        for (need, _) in NEEDS.iter().filter(|(_, word)| words.contains(word)) {
            answers = answers.agree(*need);
        }
        if let Some(code) = words.iter().find_map(|word| word.strip_prefix("code=")) {
            answers = answers.with_code(ConfirmationCode::new(code)?);
        }
        let Some(offer) = self.seat().offer.take() else { return Ok(used_up()) };
        match offer.accept(answers) {
            Ok(installation) => ok(self.seat().installation.replace(installation)),
            Err(refused) => {
                self.seat().offer = Some(refused.offer);
                Err(refused.error)
            }
        }
    }

    fn reject(&mut self, reason: &str) -> Result<String, Error> {
        let Some(offer) = self.seat().offer.take() else { return Ok(used_up()) };
        let refused = reason == "refused";
        let reason = if refused { RejectReason::Refused } else { RejectReason::Later };
        Ok(format!("told={}", self.runtime.block_on(offer.reject(reason))))
    }

    fn outcome(&mut self) -> Result<String, Error> {
        let mut installation = self.seat().installation.take().expect("an installation");
        let installed = match self.runtime.block_on(installation.outcome())? {
            InstallationOutcome::Installed(installed) => installed,
            InstallationOutcome::ConfirmationCodeRefused { offer, error } => {
                self.seat().offer = Some(*offer);
                return Ok(format!("again {}", tell(&error)));
            }
        };
        self.installed.push(installed.iccid);
        let (number, name) = (self.installed.len(), installed.metadata.profile_name);
        let (report, wish) = (word(installed.report), installed.cancel_requested);
        Ok(format!("installed p{number} name={name} report={report} cancel_requested={wish}"))
    }

    fn change(&mut self, words: &[&str]) -> Result<String, Error> {
        let lpa = self.lpa();
        let number = words.get(1).and_then(|word| word.strip_prefix('p')?.parse::<usize>().ok());
        let id = number.map(|number| ProfileId::Iccid(self.installed[number - 1]));
        self.runtime.block_on(async {
            match (words[0], id) {
                ("enable", Some(id)) => lpa.enable(id).await.map(|profile| word(profile.state)),
                ("disable", Some(id)) => lpa.disable(id).await.map(|profile| word(profile.state)),
                ("delete", Some(id)) => lpa.delete(id).await.and_then(ok),
                ("rename", Some(id)) => lpa.rename(id, &words[2..].join(" ")).await.and_then(ok),
                ("reset", None) => {
                    let what = MemoryResetRequest {
                        operational_profiles: words.contains(&"profiles"),
                        default_dp_address: words.contains(&"default_server"),
                        ..MemoryResetRequest::default()
                    };
                    lpa.reset_memory(what).await.and_then(ok)
                }
                _ => panic!("there is no such change"),
            }
        })
    }

    fn list(&mut self, what: &str) -> Result<String, Error> {
        let lpa = self.lpa();
        if what == "notifications" {
            let pending = self.runtime.block_on(lpa.notifications())?;
            return Ok(list(pending.iter().flat_map(|report| &report.events).map(word)));
        }
        let profiles = self.runtime.block_on(lpa.profiles())?;
        let shown = |one: &Profile| format!("{}:{}", one.display_name(), word(one.state));
        Ok(list(profiles.iter().map(shown)))
    }

    fn send(&mut self) -> Result<String, Error> {
        let lpa = self.lpa();
        let sent = self.runtime.block_on(lpa.send_notifications())?;
        let unsent = list(sent.unsent.iter().map(|unsent| unsent.error.key()));
        Ok(format!("delivered={} unsent={unsent}", sent.delivered.len()))
    }

    fn close(&mut self, what: &str) -> Result<String, Error> {
        if what == "offer" {
            return ok(self.seat().offer.take());
        }
        let lpa = self.lpa();
        self.runtime.block_on(lpa.close());
        ok(std::mem::replace(&mut self.seat().closed, true))
    }
}

/// What an offer can need, by the words for it.
const NEEDS: [(Need, &str); 5] = [
    (Need::Consent, "consent"),
    (Need::ConsentToNoDisabling, "no_disabling"),
    (Need::ConsentToNoDeleting, "no_deleting"),
    (Need::ConsentToLowMemory, "low_memory"),
    (Need::ConfirmationCode, "confirmation_code"),
];

/// What something is called here, by the name of its variant.
fn word(variant: impl std::fmt::Debug) -> String {
    format!("{variant:?}").to_lowercase()
}

fn list(items: impl Iterator<Item = impl Into<String>>) -> String {
    format!("[{}]", items.map(Into::into).collect::<Vec<_>>().join(","))
}

fn tell(error: &Error) -> String {
    told(error.key(), Meaning { kind: error.kind(), plan: error.plan(), advice: error.advice() })
}

/// What is said in languages in which an offer can be named after its use. Rust takes it away with the first one.
fn used_up() -> String {
    const KEY: &str = "input.offer_used";
    told(KEY, meaning(KEY).expect("a key"))
}

fn told(key: &str, Meaning { kind, plan, advice }: Meaning) -> String {
    format!("error {key} kind={} plan={} advice={}", kind.name(), plan.name(), advice.name())
}

/// Done, and there is nothing to tell of it.
fn ok<T>(_: T) -> Result<String, Error> {
    Ok("ok".to_owned())
}
