//! lpakit's own core on a stage, so that transcripts of its runs exist beside lpac's.

use std::future::Future;
use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::lpa::{Answers, InstallationOutcome, Offer};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::{Tac, Version};
use lpakit::{Error, Lpa, LpaOptions, ProfileSource};

use crate::error::InteropError;
use crate::stage::Stage;

/// lpakit with the stage's card in a reader, and the stage's CI added by hand.
pub struct Lpakit<'a> {
    stage: &'a Stage,
    lpa: Lpa,
}

impl<'a> Lpakit<'a> {
    /// Gives the card power and opens an LPA on it. Nothing goes on after a result has been told, so that the end of
    /// a story is its end.
    ///
    /// # Errors
    /// [`InteropError`].
    pub fn open(stage: &'a Stage) -> Result<Self, InteropError> {
        Self::open_with(stage, |options| options.delivery = lpakit::lpa::Delivery::ByHand)
    }

    /// As [`Self::open`], with other options.
    ///
    /// # Errors
    /// [`InteropError`].
    pub fn open_with(
        stage: &'a Stage,
        change: impl FnOnce(&mut LpaOptions),
    ) -> Result<Self, InteropError> {
        let anchors = TrustAnchors::with_test_cis(vec![TestCi::parse(stage.ci().der())?]);
        let http = HttpOptions { connect_to: stage.names(), ..HttpOptions::default() };
        let mut options = LpaOptions::new(device());
        change(&mut options);
        let port = CardPort::Raw(Box::new(stage.reader()?));
        let transport = Arc::new(ReqwestTransport::new(anchors, http));
        let lpa = stage.wait(async { Lpa::open(port, transport, options) })?;
        Ok(Self { stage, lpa })
    }

    /// The LPA itself.
    pub const fn lpa(&self) -> &Lpa {
        &self.lpa
    }

    /// Waits for something that the LPA does.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.stage.wait(work)
    }

    /// From the text of an activation code to an offer.
    ///
    /// # Errors
    /// lpakit's own.
    pub fn offer(&self, code: &str) -> Result<Offer, Error> {
        let code = self.lpa.parse_activation_code(code)?;
        self.wait(self.lpa.authenticate(ProfileSource::Code(code)))
    }

    /// From an offer to its outcome.
    ///
    /// # Errors
    /// lpakit's own; an offer that could not be accepted as answered is cancelled.
    pub fn install(&self, offer: Offer, answers: Answers) -> Result<InstallationOutcome, Error> {
        self.wait(async {
            let mut installation = offer.accept(answers).map_err(|refused| refused.error)?;
            installation.outcome().await
        })
    }

    /// From the text of an activation code to the outcome.
    ///
    /// # Errors
    /// lpakit's own.
    pub fn download(&self, code: &str, answers: Answers) -> Result<InstallationOutcome, Error> {
        let offer = self.offer(code)?;
        self.install(offer, answers)
    }
}

impl std::fmt::Debug for Lpakit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lpakit")
    }
}

/// A device of nobody's, with an LTE modem.
fn device() -> DeviceInfo {
    DeviceInfo {
        tac: Tac::from_octets([0x01, 0x23, 0x45, 0x67]),
        capabilities: DeviceCapabilities {
            gsm: Some(Version([9, 0, 0])),
            utran: Some(Version([9, 0, 0])),
            eutran_epc: Some(Version([15, 0, 0])),
            ..DeviceCapabilities::default()
        },
        imei: None,
    }
}
