//! `demo`: the whole story on a sandbox of its own. Nothing in it is pretended but the operator.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use lpakit::card::CardPort;
use lpakit::lpa::{Answers, InstallationOutcome, Installed};
use lpakit::rsp::profiles::ProfileId;
use lpakit::{ErrorKind, Lpa, ProfileSource};
use lpakit_sandbox::smdp::notification::{NotificationKind, ReceivedNotification, Verdict};
use lpakit_sandbox::{RunningServer, Sandbox, SandboxCard, SandboxError, SandboxOptions};
use serde_json::json;

use crate::args::Demo;
use crate::commands::download::{show_offer, tell_installed, watch};
use crate::commands::sandbox::{next_steps, program};
use crate::context::{open_lpa, parse_ci, test_transport, unknown_device};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output, Stats, stats_json, stats_text};
use crate::picture;
use crate::qr_code::QrPicture;

const QR_FILE: &str = "order.png";
const SANDBOX: &str = "sandbox";
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) async fn run(
    args: &Demo,
    stats: bool,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let temporary;
    let folder = match &args.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|fault| Failure::file(folder, &fault))?;
            folder.as_path()
        }
        None => {
            let place = std::env::temp_dir();
            temporary = tempfile::tempdir().map_err(|fault| Failure::file(&place, &fault))?;
            temporary.path()
        }
    };
    let story = Story { output, interrupt };
    let counted = story.tell(folder).await?;
    story.try_by_hand(args.keep.as_deref());
    let mut done = Done::with(json!({ "installed": true, "enabled": true, "told": true }));
    if stats {
        done.fields.insert("stats".to_owned(), stats_json(&counted));
    }
    Ok(done)
}

struct Story<'a> {
    output: &'a Output,
    interrupt: &'a Interrupt,
}

impl Story<'_> {
    async fn tell(&self, folder: &Path) -> Result<Stats, Failure> {
        self.step(1, "A sandbox: a CI, an EUM, a card and an operator's SM-DP+, all with new keys");
        let sandbox = Sandbox::create(&folder.join(SANDBOX), &SandboxOptions::default())?;
        let server = sandbox.start_server(LOOPBACK).await?;
        self.output.line(format!("{} serves on {}, over TLS", sandbox.name(), server.addr()));

        self.step(2, "The operator takes an order and prints its activation code as a QR code");
        let picture = folder.join(QR_FILE);
        let order = sandbox.order(&lpakit_sandbox::sample_order())?;
        let code = QrPicture::new(&order.activation_code(None))?;
        code.write_png(&picture)?;
        self.output.line(code.to_terminal());

        self.step(3, "The phone reads the picture and asks the operator what it offers");
        let lpa = self.open_lpa(&sandbox, &server)?;
        let installed = self.download(&lpa, &picture).await?;

        self.step(5, "The profile is turned on");
        lpa.enable(ProfileId::Iccid(installed.iccid)).await?;
        for profile in lpa.profiles().await? {
            let state = crate::commands::profiles::state(&profile);
            let title = crate::commands::profiles::title(&profile);
            self.output.line(format!("{state:<3}  {title}"));
        }

        self.step(6, "The operator has been told");
        lpa.send_notifications().await?;
        self.told(&server.received()?)?;

        let stats = lpa.stats().await?;
        self.output.line(format!("\n{}", stats_text(&stats)));
        lpa.release_card().await?;
        server.stop().await;
        Ok(stats)
    }

    fn open_lpa(&self, sandbox: &Sandbox, server: &RunningServer) -> Result<Lpa, Failure> {
        let card = SandboxCard::new(sandbox.card()?).map_err(SandboxError::from)?;
        let ci = parse_ci(sandbox.ci_certificate().der())?;
        let connect_to = vec![(sandbox.name().to_owned(), server.addr())];
        let transport = test_transport(vec![ci], connect_to);
        open_lpa(CardPort::Raw(Box::new(card)), transport, unknown_device(), Vec::new())
    }

    async fn download(&self, lpa: &Lpa, picture: &Path) -> Result<Installed, Failure> {
        let (picture, options) = (picture.to_owned(), lpa.parse_options());
        let read = move || picture::read_activation_code(&picture, &options);
        let code = tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| unexpected("the picture could not be read"))??;
        let offer = lpa.authenticate(ProfileSource::Code(code)).await?;
        show_offer(&offer, self.output);

        self.step(4, "The person says yes; the profile is downloaded and installed");
        let installation = match offer.accept(Answers::yes()) {
            Ok(installation) => installation,
            Err(not_accepted) => return Err(not_accepted.error.into()),
        };
        match watch(installation, self.output, self.interrupt).await? {
            InstallationOutcome::Installed(installed) => {
                tell_installed(&installed, self.output);
                Ok(*installed)
            }
            InstallationOutcome::ConfirmationCodeRefused { error, .. } => Err(error.into()),
        }
    }

    /// What the server has received: the installation and the switching on, both signed by the card.
    fn told(&self, received: &[ReceivedNotification]) -> Result<(), Failure> {
        for notification in received {
            let event = match &notification.kind {
                NotificationKind::Installed => "installed",
                NotificationKind::InstallationFailed { .. } => "not installed",
                NotificationKind::Event(event) => event.as_str(),
            };
            let verdict = match &notification.verdict {
                Verdict::Accepted => "the card's signature is good",
                Verdict::Rejected(_) => "not believed",
            };
            self.output.line(format!("{event}: {verdict}"));
            self.output.object(&json!({ "type": "received", "event": event }));
        }
        let accepted = |wanted: &NotificationKind| {
            received.iter().any(|notification| {
                notification.kind == *wanted && notification.verdict == Verdict::Accepted
            })
        };
        let enabled = NotificationKind::Event("enable".to_owned());
        if accepted(&NotificationKind::Installed) && accepted(&enabled) {
            Ok(())
        } else {
            Err(unexpected("the operator has not been told"))
        }
    }

    fn step(&self, number: u32, text: &str) {
        self.output.line(format!("\n{number}. {text}"));
        self.output.object(&json!({ "type": "step", "number": number, "text": text }));
    }

    fn try_by_hand(&self, kept: Option<&Path>) {
        let (folder, first) = match kept {
            Some(folder) => (folder.join(SANDBOX), None),
            None => (SANDBOX.into(), Some(format!("{} sandbox new {SANDBOX}", program()))),
        };
        self.output.line("\nTry it by hand:");
        for line in first.into_iter().chain(next_steps(&folder)) {
            self.output.line(format!("  {line}"));
        }
    }
}

fn unexpected(text: &str) -> Failure {
    Failure::new(ErrorKind::Server, "demo.failed", format!("The demo failed: {text}."))
}
