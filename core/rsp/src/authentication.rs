//! Common mutual authentication: ES10b.AuthenticateServer (`BF38`) and what server and eUICC sign for it.

use crate::chip::EuiccInfo2;
use crate::codes::codes;
use crate::coding;
use crate::error::{Fault, RspError};
use crate::identifiers::{Imei, KeyId, Tac, TransactionId, Version};
use crate::object::{Object, Raw};
use crate::tlv::{Tag, Tlv, Writer};

/// What the server signs first (ServerSigned1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSigned1 {
    /// The session.
    pub transaction_id: TransactionId,
    /// The eUICC's challenge, given back.
    pub euicc_challenge: [u8; 16],
    /// The server's own address.
    pub server_address: String,
    /// The server's challenge.
    pub server_challenge: [u8; 16],
}

impl Object for ServerSigned1 {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "ServerSigned1";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let octets =
            |number, field| coding::read_octets(fields.require(Tag::context(number))?, field);
        let address = fields.require(Tag::context(3))?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            euicc_challenge: octets(1, "euiccChallenge")?,
            server_address: coding::read_text(address, 255, "serverAddress")?,
            server_challenge: octets(4, "serverChallenge")?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        out.put(Tag::context(1), &self.euicc_challenge);
        out.put(Tag::context(3), self.server_address.as_bytes());
        out.put(Tag::context(4), &self.server_challenge);
    }
}

/// What the device can do (DeviceCapabilities): per technology the supported release in three octets. Everything is
/// optional; what is absent is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceCapabilities {
    /// GSM.
    pub gsm: Option<Version>,
    /// UTRAN.
    pub utran: Option<Version>,
    /// CDMA2000 1X.
    pub cdma2000_onex: Option<Version>,
    /// CDMA2000 HRPD.
    pub cdma2000_hrpd: Option<Version>,
    /// CDMA2000 eHRPD.
    pub cdma2000_ehrpd: Option<Version>,
    /// E-UTRAN with EPC.
    pub eutran_epc: Option<Version>,
    /// Contactless.
    pub contactless: Option<Version>,
    /// CRL support of the LPA.
    pub rsp_crl: Option<Version>,
    /// NR with EPC (v2.2.2; an eUICC must state deviceInfoExtensibility to take it).
    pub nr_epc: Option<Version>,
    /// NR with 5GC (v2.2.2).
    pub nr_5gc: Option<Version>,
    /// E-UTRAN with 5GC (v2.2.2).
    pub eutran_5gc: Option<Version>,
}

impl DeviceCapabilities {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let release = |number| -> Result<Option<Version>, Fault> {
            let field = fields.get(Tag::context(number));
            field.map(|tlv| coding::read_octets(tlv, "deviceCapabilities").map(Version)).transpose()
        };
        Ok(Self {
            gsm: release(0)?,
            utran: release(1)?,
            cdma2000_onex: release(2)?,
            cdma2000_hrpd: release(3)?,
            cdma2000_ehrpd: release(4)?,
            eutran_epc: release(5)?,
            contactless: release(6)?,
            rsp_crl: release(7)?,
            nr_epc: release(8)?,
            nr_5gc: release(9)?,
            eutran_5gc: release(10)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        let releases = [
            self.gsm,
            self.utran,
            self.cdma2000_onex,
            self.cdma2000_hrpd,
            self.cdma2000_ehrpd,
            self.eutran_epc,
            self.contactless,
            self.rsp_crl,
            self.nr_epc,
            self.nr_5gc,
            self.eutran_5gc,
        ];
        for (number, release) in (0..).zip(releases) {
            out.put_optional(Tag::context(number), release.map(|version| version.0));
        }
    }
}

/// What the eUICC and server learn of the device (DeviceInfo).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The model.
    pub tac: Tac,
    /// What it can do.
    pub capabilities: DeviceCapabilities,
    /// The very device, only if the app wants it told.
    pub imei: Option<Imei>,
}

impl DeviceInfo {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let tac = coding::read_octets(fields.require(Tag::context(0))?, "tac")?;
        let imei = fields.get(Tag::context(2)).map(|tlv| coding::read_octets(tlv, "imei"));
        Ok(Self {
            tac: Tac::from_octets(tac),
            capabilities: DeviceCapabilities::read(fields.require(Tag::context_constructed(1))?)?,
            imei: imei.transpose()?.map(Imei::from_octets),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.tac.octets());
        out.put_with(Tag::context_constructed(1), |out| self.capabilities.write(out));
        out.put_optional(Tag::context(2), self.imei.map(|imei| *imei.octets()));
    }
}

/// What the device adds to the authentication (CtxParams1, common authentication).
#[derive(Clone, PartialEq, Eq)]
pub struct CtxParams1 {
    /// The matching ID; present and empty when the code has none, absent on the default SM-DP+ way. A secret.
    pub matching_id: Option<String>,
    /// The device.
    pub device_info: DeviceInfo,
}

impl std::fmt::Debug for CtxParams1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CtxParams1")
            .field("matching_id", &self.matching_id.as_ref().map(|_| "…"))
            .field("device_info", &self.device_info)
            .finish()
    }
}

impl Object for CtxParams1 {
    const TAG: Tag = Tag::context_constructed(0);
    const NAME: &'static str = "CtxParams1";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let matching_id = fields.get(Tag::context(0));
        let matching_id = matching_id.map(|tlv| coding::read_text(tlv, 255, "matchingId"));
        Ok(Self {
            matching_id: matching_id.transpose()?,
            device_info: DeviceInfo::read(fields.require(Tag::context_constructed(1))?)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_optional(Tag::context(0), self.matching_id.as_deref());
        out.put_with(Tag::context_constructed(1), |out| self.device_info.write(out));
    }
}

/// ES10b.AuthenticateServer request: four objects from the server, pasted as they came, and the device's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticateServerRequest {
    /// What the server signed; the raw bytes matter.
    pub server_signed1: Raw<ServerSigned1>,
    /// serverSignature1 as it came, header included (`5F37`).
    pub server_signature1: Vec<u8>,
    /// Which CI public key is to be used.
    pub ci_key_id: KeyId,
    /// CERT.DPauth or CERT.DSauth, DER.
    pub server_certificate: Vec<u8>,
    /// The device's part.
    pub ctx_params1: CtxParams1,
}

impl Object for AuthenticateServerRequest {
    const TAG: Tag = Tag::new(0xBF38);
    const NAME: &'static str = "AuthenticateServerRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut reader = element.reader();
        Ok(Self {
            server_signed1: Raw::from_element(reader.take(Tag::SEQUENCE)?)?,
            server_signature1: reader.take(Tag::SIGNATURE)?.raw.to_vec(),
            ci_key_id: KeyId::from_octets(reader.take(Tag::OCTET_STRING)?.value),
            server_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
            ctx_params1: CtxParams1::read(reader.take(CtxParams1::TAG)?)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_raw(self.server_signed1.raw());
        out.put_raw(&self.server_signature1);
        out.put(Tag::OCTET_STRING, self.ci_key_id.octets());
        out.put_raw(&self.server_certificate);
        self.ctx_params1.put(out);
    }
}

/// What the eUICC signs first (EuiccSigned1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EuiccSigned1 {
    /// The session.
    pub transaction_id: TransactionId,
    /// The server's address, as the server signed it.
    pub server_address: String,
    /// The server's challenge, given back.
    pub server_challenge: [u8; 16],
    /// What the eUICC can do.
    pub euicc_info2: Raw<EuiccInfo2>,
    /// The device's part.
    pub ctx_params1: CtxParams1,
}

impl Object for EuiccSigned1 {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "EuiccSigned1";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let address = fields.require(Tag::context(3))?;
        let challenge = fields.require(Tag::context(4))?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            server_address: coding::read_text(address, 255, "serverAddress")?,
            server_challenge: coding::read_octets(challenge, "serverChallenge")?,
            euicc_info2: Raw::from_element(fields.require(EuiccInfo2::TAG)?)?,
            ctx_params1: CtxParams1::from_fields(&fields)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        out.put(Tag::context(3), self.server_address.as_bytes());
        out.put(Tag::context(4), &self.server_challenge);
        out.put_raw(self.euicc_info2.raw());
        self.ctx_params1.put(out);
    }
}

codes! {
    /// Why the eUICC did not accept the server (AuthenticateErrorCode; 8 to 14 are of v3).
    pub enum AuthenticateErrorCode {
        InvalidCertificate = 1,
        InvalidSignature = 2,
        UnsupportedCurve = 3,
        NoSessionContext = 4,
        InvalidOid = 5,
        EuiccChallengeMismatch = 6,
        CiPkUnknown = 7,
        TransactionIdError = 8,
        MissingCrl = 9,
        InvalidCrlSignature = 10,
        RevokedCert = 11,
        InvalidCertOrCrlTime = 12,
        InvalidCertOrCrlConfiguration = 13,
        InvalidIccid = 14,
        UndefinedError = 127,
    }
}

/// The answer to ES10b.AuthenticateServer. Both forms go to ES9+.AuthenticateClient unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticateServerResponse {
    /// The server was accepted.
    Ok {
        /// What the eUICC signed.
        euicc_signed1: Box<Raw<EuiccSigned1>>,
        /// euiccSignature1: 64 octets.
        euicc_signature1: Vec<u8>,
        /// The eUICC certificate, DER.
        euicc_certificate: Vec<u8>,
        /// The EUM certificate, DER.
        eum_certificate: Vec<u8>,
    },
    /// The server was not accepted.
    Error {
        /// The session.
        transaction_id: TransactionId,
        /// Why.
        code: AuthenticateErrorCode,
    },
}

impl Object for AuthenticateServerResponse {
    const TAG: Tag = Tag::new(0xBF38);
    const NAME: &'static str = "AuthenticateServerResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(ok) = fields.get(Tag::context_constructed(0)) {
            let mut reader = ok.reader();
            return Ok(Self::Ok {
                euicc_signed1: Box::new(Raw::from_element(reader.take(Tag::SEQUENCE)?)?),
                euicc_signature1: reader.take(Tag::SIGNATURE)?.value.to_vec(),
                euicc_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
                eum_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
            });
        }
        let (transaction_id, code) = read_error(fields.require(Tag::context_constructed(1))?)?;
        Ok(Self::Error { transaction_id, code: AuthenticateErrorCode::from_code(code) })
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Ok { euicc_signed1, euicc_signature1, euicc_certificate, eum_certificate } => {
                out.put_with(Tag::context_constructed(0), |out| {
                    out.put_raw(euicc_signed1.raw());
                    out.put(Tag::SIGNATURE, euicc_signature1);
                    out.put_raw(euicc_certificate);
                    out.put_raw(eum_certificate);
                });
            }
            Self::Error { transaction_id, code } => write_error(out, transaction_id, code.code()),
        }
    }
}

/// Reads the error form that BF38 and BF21 share. One broken card is known to write the code under 81 (facts 3.4).
pub(crate) fn read_error(element: Tlv<'_>) -> Result<(TransactionId, u32), Fault> {
    let fields = element.fields()?;
    let transaction_id = TransactionId::read(fields.require(Tag::context(0))?)?;
    let code = fields.get(Tag::INTEGER).or_else(|| fields.get(Tag::context(1)));
    let code = code.ok_or(Fault::Missing(Tag::INTEGER))?;
    Ok((transaction_id, coding::read_unsigned(code, "errorCode")?))
}

pub(crate) fn write_error(out: &mut Writer, transaction_id: &TransactionId, code: u32) {
    out.put_with(Tag::context_constructed(1), |out| {
        out.put(Tag::context(0), transaction_id.octets());
        coding::put_unsigned(out, Tag::INTEGER, code);
    });
}

/// The 64 octets of a signature that stands alone in `5F37`.
///
/// # Errors
/// [`RspError`] when it is something else.
pub fn decode_signature(bytes: &[u8]) -> Result<[u8; 64], RspError> {
    Tlv::parse_as(bytes, Tag::SIGNATURE)
        .and_then(|tlv| coding::read_octets(tlv, "signature"))
        .map_err(|fault| fault.of("signature"))
}

/// The key identifier that stands alone in an OCTET STRING (euiccCiPKIdToBeUsed).
///
/// # Errors
/// [`RspError`] when it is something else.
pub fn decode_ci_key_id(bytes: &[u8]) -> Result<KeyId, RspError> {
    Tlv::parse_as(bytes, Tag::OCTET_STRING)
        .map(|tlv| KeyId::from_octets(tlv.value))
        .map_err(|fault| fault.of("euiccCiPKIdToBeUsed"))
}
