//! Consent to a download: ES10b.PrepareDownload (`BF21`) and what is signed for it.

use crate::authentication::{read_error, write_error};
use crate::codes::codes;
use crate::coding;
use crate::error::Fault;
use crate::identifiers::TransactionId;
use crate::object::{Object, Raw};
use crate::tlv::{Tag, Tlv, Writer};

/// What the SM-DP+ signs with its profile-binding key (SmdpSigned2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmdpSigned2 {
    /// The session.
    pub transaction_id: TransactionId,
    /// Whether a confirmation code is due. This is the authority, not the activation code's flag.
    pub confirmation_code_required: bool,
    /// The eUICC's one-time key that a kept package is bound to.
    pub bpp_euicc_otpk: Option<Vec<u8>>,
}

impl Object for SmdpSigned2 {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "SmdpSigned2";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let required = fields.require(Tag::BOOLEAN)?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            confirmation_code_required: coding::read_boolean(required, "ccRequiredFlag")?,
            bpp_euicc_otpk: fields.get(Tag::ONE_TIME_KEY).map(|tlv| tlv.value.to_vec()),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        coding::put_boolean(out, Tag::BOOLEAN, self.confirmation_code_required);
        out.put_optional(Tag::ONE_TIME_KEY, self.bpp_euicc_otpk.as_deref());
    }
}

/// ES10b.PrepareDownload request: the server's objects as they came, and the hash of the confirmation code.
#[derive(Clone, PartialEq, Eq)]
pub struct PrepareDownloadRequest {
    /// What the server signed.
    pub smdp_signed2: Raw<SmdpSigned2>,
    /// smdpSignature2 as it came, header included (`5F37`).
    pub smdp_signature2: Vec<u8>,
    /// hashCc, when a confirmation code is due. A secret.
    pub hash_cc: Option<[u8; 32]>,
    /// CERT.DPpb, DER.
    pub smdp_certificate: Vec<u8>,
}

impl std::fmt::Debug for PrepareDownloadRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrepareDownloadRequest")
            .field("smdp_signed2", &self.smdp_signed2)
            .field("hash_cc", &self.hash_cc.map(|_| "…"))
            .finish_non_exhaustive()
    }
}

impl Object for PrepareDownloadRequest {
    const TAG: Tag = Tag::new(0xBF21);
    const NAME: &'static str = "PrepareDownloadRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut reader = element.reader();
        let smdp_signed2 = Raw::from_element(reader.take(Tag::SEQUENCE)?)?;
        let smdp_signature2 = reader.take(Tag::SIGNATURE)?.raw.to_vec();
        let hash_cc = reader.take_optional(Tag::OCTET_STRING)?;
        Ok(Self {
            smdp_signed2,
            smdp_signature2,
            hash_cc: hash_cc.map(|tlv| coding::read_octets(tlv, "hashCc")).transpose()?,
            smdp_certificate: reader.take(Tag::SEQUENCE)?.raw.to_vec(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_raw(self.smdp_signed2.raw());
        out.put_raw(&self.smdp_signature2);
        out.put_optional(Tag::OCTET_STRING, self.hash_cc);
        out.put_raw(&self.smdp_certificate);
    }
}

/// What the eUICC signs when it is ready to receive (EuiccSigned2).
#[derive(Clone, PartialEq, Eq)]
pub struct EuiccSigned2 {
    /// The session.
    pub transaction_id: TransactionId,
    /// The eUICC's one-time public key: 65 octets, uncompressed point.
    pub euicc_otpk: Vec<u8>,
    /// hashCc, when one was given. A secret.
    pub hash_cc: Option<[u8; 32]>,
}

impl std::fmt::Debug for EuiccSigned2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EuiccSigned2")
            .field("transaction_id", &self.transaction_id)
            .field("hash_cc", &self.hash_cc.map(|_| "…"))
            .finish_non_exhaustive()
    }
}

impl Object for EuiccSigned2 {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "EUICCSigned2";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let hash_cc = fields.get(Tag::OCTET_STRING);
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            euicc_otpk: fields.require(Tag::ONE_TIME_KEY)?.value.to_vec(),
            hash_cc: hash_cc.map(|tlv| coding::read_octets(tlv, "hashCc")).transpose()?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        out.put(Tag::ONE_TIME_KEY, &self.euicc_otpk);
        out.put_optional(Tag::OCTET_STRING, self.hash_cc);
    }
}

codes! {
    /// Why the eUICC would not prepare (DownloadErrorCode).
    pub enum DownloadErrorCode {
        InvalidCertificate = 1,
        InvalidSignature = 2,
        UnsupportedCurve = 3,
        NoSessionContext = 4,
        InvalidTransactionId = 5,
        UndefinedError = 127,
    }
}

/// The answer to ES10b.PrepareDownload. Both forms go to ES9+.GetBoundProfilePackage unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrepareDownloadResponse {
    /// The eUICC is ready.
    Ok {
        /// What it signed.
        euicc_signed2: Raw<EuiccSigned2>,
        /// euiccSignature2: 64 octets.
        euicc_signature2: Vec<u8>,
    },
    /// The eUICC is not ready.
    Error {
        /// The session.
        transaction_id: TransactionId,
        /// Why.
        code: DownloadErrorCode,
    },
}

impl Object for PrepareDownloadResponse {
    const TAG: Tag = Tag::new(0xBF21);
    const NAME: &'static str = "PrepareDownloadResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(ok) = fields.get(Tag::context_constructed(0)) {
            let mut reader = ok.reader();
            return Ok(Self::Ok {
                euicc_signed2: Raw::from_element(reader.take(Tag::SEQUENCE)?)?,
                euicc_signature2: reader.take(Tag::SIGNATURE)?.value.to_vec(),
            });
        }
        let (transaction_id, code) = read_error(fields.require(Tag::context_constructed(1))?)?;
        Ok(Self::Error { transaction_id, code: DownloadErrorCode::from_code(code) })
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Ok { euicc_signed2, euicc_signature2 } => {
                out.put_with(Tag::context_constructed(0), |out| {
                    out.put_raw(euicc_signed2.raw());
                    out.put(Tag::SIGNATURE, euicc_signature2);
                });
            }
            Self::Error { transaction_id, code } => write_error(out, transaction_id, code.code()),
        }
    }
}
