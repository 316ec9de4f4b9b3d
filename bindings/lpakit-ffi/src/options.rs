//! Settings of an LPA. Every field has a default.

use std::sync::Arc;
use std::time::Duration;

use lpakit::card::CardHints;
use lpakit::clock::TokioClock;
use lpakit::es9::TimeLimits;
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::lpa::{Delivery, DeliveryMemory};
use lpakit::rsp::authentication;
use lpakit::rsp::identifiers::{Aid, Imei, Tac, Version};

use crate::error::LpaError;
use crate::{runtime, testing};

/// What the device can do, each the newest release of its standard as `major.minor.revision` (SGP.22, 4.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct DeviceCapabilities {
    /// GSM.
    #[uniffi(default)]
    pub gsm: Option<String>,
    /// UTRAN.
    #[uniffi(default)]
    pub utran: Option<String>,
    /// E-UTRAN with EPC.
    #[uniffi(default)]
    pub eutran_epc: Option<String>,
    /// E-UTRAN with 5GC.
    #[uniffi(default)]
    pub eutran_5gc: Option<String>,
    /// NR with EPC.
    #[uniffi(default)]
    pub nr_epc: Option<String>,
    /// NR with 5GC.
    #[uniffi(default)]
    pub nr_5gc: Option<String>,
    /// Contactless.
    #[uniffi(default)]
    pub contactless: Option<String>,
    /// CRL support of the LPA.
    #[uniffi(default)]
    pub rsp_crl: Option<String>,
}

/// What eUICC and server learn of the device (SGP.22, 4.2 DeviceInfo).
#[derive(Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct DeviceInfo {
    /// The model's type allocation code, eight digits. lpakit borrows nobody's: without one it says zeros.
    #[uniffi(default)]
    pub tac: Option<String>,
    /// The very device, 15 digits, only if the app wants it told.
    #[uniffi(default)]
    pub imei: Option<String>,
    /// What it can do.
    #[uniffi(default)]
    pub capabilities: Option<DeviceCapabilities>,
}

/// A host name that is sent to a socket of its own, for tests and laboratories.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConnectTo {
    /// The host's name.
    pub host: String,
    /// `address:port`.
    pub socket: String,
}

/// Settings of an LPA.
#[derive(Clone, uniffi::Record)]
pub struct LpaOptions {
    /// What the device tells about itself.
    #[uniffi(default)]
    pub device: Option<DeviceInfo>,
    /// AIDs of the ISD-R to look for, in hexadecimal, in order; none for all that are known.
    #[uniffi(default)]
    pub isdr_aids: Vec<String>,
    /// What an earlier run learned of this card ([`crate::Lpa::hints`]).
    #[uniffi(default)]
    pub hints: Option<String>,
    /// What an earlier run remembered of deliveries ([`crate::Lpa::delivery_memory`]).
    #[uniffi(default)]
    pub delivery_memory: Option<String>,
    /// When to give up connecting to a server, TLS handshake included, in seconds.
    #[uniffi(default = 15)]
    pub connect_limit_seconds: u32,
    /// When to give up waiting for a server's answer, in seconds.
    #[uniffi(default = 30)]
    pub answer_limit_seconds: u32,
    /// When to give up waiting for a package, in seconds.
    #[uniffi(default = 120)]
    pub package_limit_seconds: u32,
    /// How long one call of the card's port may take, in seconds; then the card is given up (`card.stuck`).
    #[uniffi(default = 120)]
    pub card_limit_seconds: u32,
    /// A proxy for all requests, as a URL with scheme `http` or `https`.
    #[uniffi(default)]
    pub proxy: Option<String>,
    /// Certificates of test issuers, DER or PEM. Only for tests: with one, servers' addresses may have ports.
    #[uniffi(default)]
    pub test_issuers: Vec<Vec<u8>>,
    /// Host names with sockets of their own. Only with a test issuer.
    #[uniffi(default)]
    pub connect_to: Vec<ConnectTo>,
    /// Whether pending notifications are sent in the background, again and again until they arrive.
    #[uniffi(default = true)]
    pub deliver_automatically: bool,
}

impl LpaOptions {
    pub(crate) fn transport(&self) -> Result<ReqwestTransport, LpaError> {
        let parse = |issuer: &Vec<u8>| TestCi::parse(issuer);
        let test_cis: Result<Vec<_>, _> = self.test_issuers.iter().map(parse).collect();
        let test_cis = test_cis.map_err(|_| LpaError::setting("testIssuers"))?;
        if test_cis.is_empty() && !self.connect_to.is_empty() {
            return Err(LpaError::setting("connectTo"));
        }
        let pair = |to: &ConnectTo| to.socket.parse().map(|socket| (to.host.clone(), socket));
        let connect_to: Result<Vec<_>, _> = self.connect_to.iter().map(pair).collect();
        let options = HttpOptions {
            connect_limit: seconds(self.connect_limit_seconds),
            proxy: self.proxy.clone(),
            connect_to: connect_to.map_err(|_| LpaError::setting("connectTo"))?,
        };
        options.check().map_err(|_| LpaError::setting("proxy"))?;
        Ok(ReqwestTransport::new(TrustAnchors::with_test_cis(test_cis), options))
    }

    pub(crate) fn for_card(&self, card_id: &str) -> Result<lpakit::LpaOptions, LpaError> {
        let device = self.device.clone().unwrap_or_default().read()?;
        let mut options = lpakit::LpaOptions::new(device);
        if !self.isdr_aids.is_empty() {
            let aids: Result<Vec<_>, _> =
                self.isdr_aids.iter().map(|aid| Aid::from_hex(aid)).collect();
            options.isdr_aids = aids.map_err(|_| LpaError::setting("isdrAids"))?;
        }
        // What an app kept may be of another version; it is worth nothing then, and no error.
        options.hints =
            self.hints.as_deref().and_then(|kept| serde_json::from_str::<CardHints>(kept).ok());
        let memory = self.delivery_memory.as_deref();
        let memory = memory.and_then(|kept| serde_json::from_str::<DeliveryMemory>(kept).ok());
        options.delivery_memory = memory.unwrap_or_default();
        options.limits = TimeLimits {
            function: seconds(self.answer_limit_seconds),
            package: seconds(self.package_limit_seconds),
        };
        options.card_limit = seconds(self.card_limit_seconds);
        options.delivery =
            if self.deliver_automatically { Delivery::Automatic } else { Delivery::ByHand };
        options.on_thread_start = Some(Arc::new(runtime::thread_started));
        options.clock = testing::clock_of(card_id).unwrap_or_else(|| Arc::new(TokioClock));
        Ok(options)
    }
}

/// Every wait has a limit.
fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.clamp(1, 3600).into())
}

impl DeviceInfo {
    fn read(&self) -> Result<authentication::DeviceInfo, LpaError> {
        let imei = self.imei.as_deref().map(Imei::from_digits).transpose();
        let imei = imei.map_err(|_| LpaError::setting("imei"))?;
        let tac = self.tac.as_deref().map(Tac::from_digits).transpose();
        let tac = tac.map_err(|_| LpaError::setting("tac"))?;
        let tac = tac.or(imei.map(|imei| imei.tac()));
        Ok(authentication::DeviceInfo {
            tac: tac.unwrap_or(Tac::from_octets([0; 4])),
            capabilities: self.capabilities.clone().unwrap_or_default().read()?,
            imei,
        })
    }
}

impl DeviceCapabilities {
    fn read(&self) -> Result<authentication::DeviceCapabilities, LpaError> {
        Ok(authentication::DeviceCapabilities {
            gsm: version(self.gsm.as_deref())?,
            utran: version(self.utran.as_deref())?,
            eutran_epc: version(self.eutran_epc.as_deref())?,
            eutran_5gc: version(self.eutran_5gc.as_deref())?,
            nr_epc: version(self.nr_epc.as_deref())?,
            nr_5gc: version(self.nr_5gc.as_deref())?,
            contactless: version(self.contactless.as_deref())?,
            rsp_crl: version(self.rsp_crl.as_deref())?,
            ..authentication::DeviceCapabilities::default()
        })
    }
}

fn version(text: Option<&str>) -> Result<Option<Version>, LpaError> {
    let Some(text) = text else { return Ok(None) };
    let parts: Result<Vec<u8>, _> = text.split('.').map(str::parse).collect();
    let octets = parts.ok().and_then(|parts| <[u8; 3]>::try_from(parts).ok());
    octets.map(|octets| Some(Version(octets))).ok_or_else(|| LpaError::setting("capabilities"))
}
