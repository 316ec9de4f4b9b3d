//! From the global options to an LPA: which card, whom to trust, where names lead.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use lpakit::card::{CardChannel, CardPort, OpenChannel, PortAbilities, PortError, RawCard};
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::{Aid, Tac};
use lpakit::{ErrorKind, Lpa, LpaOptions};
use lpakit_sandbox::{Sandbox, SandboxCard};

use crate::args::{Args, Card, Command, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::stdio_card::StdioCard;

/// How long to wait for a card to be let go of.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);

/// An LPA on the card that was asked for.
pub(crate) struct Context {
    pub(crate) lpa: Lpa,
    sandbox: Option<Sandbox>,
    let_go: Receiver<()>,
}

impl Context {
    /// Opens the card.
    pub(crate) async fn open(args: &Args, output: &Output) -> Result<Self, Failure> {
        let device = device(&args.command);
        let sandbox = match &args.global.card {
            Some(Card::Sandbox(folder)) => Some(Sandbox::open(folder)?),
            _ => None,
        };
        let transport = transport(&args.global, sandbox.as_ref())?;
        let (port, let_go) = port(args.global.card.as_ref(), sandbox.as_ref(), output).await?;
        let isdr_aids = args.global.isdr.iter().cloned().collect();
        Ok(Self { lpa: open_lpa(port, transport, device, isdr_aids)?, sandbox, let_go })
    }

    /// Says what may be missing when a server cannot be reached.
    pub(crate) fn hint(&self, failure: &Failure, output: &Output) {
        let Some(sandbox) = &self.sandbox else { return };
        if failure.key() == "network.unreachable" {
            output.note(format!(
                "Is the sandbox's server running? 'lpakit sandbox serve {}' starts it.",
                sandbox.folder().display()
            ));
        }
    }

    /// Closes the channel and waits until the card has been let go of.
    pub(crate) async fn close(self) {
        let Self { lpa, let_go, .. } = self;
        let _ = lpa.release_card().await;
        drop(lpa);
        // Ends with an error as soon as the port is dropped, which is what is waited for.
        let waited = tokio::task::spawn_blocking(move || let_go.recv_timeout(CLOSING_LIMIT)).await;
        let _ = waited;
    }
}

/// An LPA that leaves it to the caller to send notifications when the outcome has been told.
pub(crate) fn open_lpa(
    port: CardPort,
    transport: ReqwestTransport,
    device: DeviceInfo,
    isdr_aids: Vec<Aid>,
) -> Result<Lpa, Failure> {
    let mut options = LpaOptions::new(device);
    if !isdr_aids.is_empty() {
        options.isdr_aids = isdr_aids;
    }
    options.delivery = lpakit::lpa::Delivery::ByHand;
    Ok(Lpa::open(port, Arc::new(transport), options)?)
}

/// A transport that trusts test CIs and sends names to sockets.
pub(crate) fn test_transport(
    test_cis: Vec<TestCi>,
    connect_to: Vec<(String, SocketAddr)>,
) -> ReqwestTransport {
    let options = HttpOptions { connect_to, ..HttpOptions::default() };
    ReqwestTransport::new(TrustAnchors::with_test_cis(test_cis), options)
}

/// A device of which nothing is known.
pub(crate) fn unknown_device() -> DeviceInfo {
    let capabilities = DeviceCapabilities::default();
    DeviceInfo { tac: Tac::from_octets([0; 4]), capabilities, imei: None }
}

fn device(command: &Command) -> DeviceInfo {
    let unknown = unknown_device();
    let Command::Download(download) = command else { return unknown };
    let tac = download.imei.map(|imei| imei.tac()).or(download.tac);
    DeviceInfo { tac: tac.unwrap_or(unknown.tac), imei: download.imei, ..unknown }
}

fn transport(global: &Global, sandbox: Option<&Sandbox>) -> Result<ReqwestTransport, Failure> {
    let mut cis: Vec<TestCi> =
        global.trust.iter().map(|path| trusted(path)).collect::<Result<_, _>>()?;
    let mut connect_to = global.connect.clone();
    if let Some(sandbox) = sandbox {
        cis.push(parse_ci(sandbox.ci_certificate().der())?);
        for (name, socket) in sandbox.connections() {
            if !connect_to.iter().any(|(given, _)| *given == name) {
                connect_to.push((name, socket));
            }
        }
    }
    Ok(test_transport(cis, connect_to))
}

fn trusted(path: &Path) -> Result<TestCi, Failure> {
    parse_ci(&std::fs::read(path).map_err(|fault| Failure::file(path, &fault))?)
}

/// Reads the certificate of a CI that the person wants trusted.
pub(crate) fn parse_ci(certificate: &[u8]) -> Result<TestCi, Failure> {
    TestCi::parse(certificate).map_err(|fault| {
        let text = format!("This CI certificate cannot be used: {fault}.");
        Failure::new(ErrorKind::Input, "input.certificate", text)
    })
}

async fn port(
    card: Option<&Card>,
    sandbox: Option<&Sandbox>,
    output: &Output,
) -> Result<(CardPort, Receiver<()>), Failure> {
    let (held, let_go) = channel();
    let port = match (card, sandbox) {
        (_, Some(sandbox)) => {
            let card = sandbox.card()?;
            let card = SandboxCard::new(card).map_err(lpakit_sandbox::SandboxError::from)?;
            CardPort::Raw(Box::new(Held { port: card, _held: held }))
        }
        (Some(Card::Pcsc(reader)), _) => {
            let port = crate::pcsc::open(reader.clone(), output).await?;
            CardPort::Raw(Box::new(Held { port, _held: held }))
        }
        _ => {
            let card = StdioCard::new(std::io::BufReader::new(std::io::stdin()), std::io::stdout());
            CardPort::Channels(Box::new(Held { port: card, _held: held }))
        }
    };
    Ok((port, let_go))
}

/// A port that tells when it is dropped. Members are dropped in their order: the port first.
struct Held<P> {
    port: P,
    _held: Sender<()>,
}

impl<P: RawCard> RawCard for Held<P> {
    fn abilities(&self) -> PortAbilities {
        self.port.abilities()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.port.transmit(command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.port.reset()
    }
}

impl<P: CardChannel> CardChannel for Held<P> {
    fn abilities(&self) -> PortAbilities {
        self.port.abilities()
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        self.port.open(aid)
    }

    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.port.transmit(channel, command)
    }

    fn close(&mut self, channel: OpenChannel) {
        self.port.close(channel);
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.port.reset()
    }
}
