//! The end of a download: ProfileInstallationResult (`BF37`).

use crate::codes::codes;
use crate::coding;
use crate::error::Fault;
use crate::events::NotificationMetadata;
use crate::identifiers::{Aid, TransactionId};
use crate::object::{Object, Raw};
use crate::oid::ObjectIdentifier;
use crate::tlv::{self, Fields, Tag, Tlv, Writer};

codes! {
    /// Which command of the package failed (BppCommandId).
    pub enum BppCommandId {
        InitialiseSecureChannel = 0,
        ConfigureIsdp = 1,
        StoreMetadata = 2,
        StoreMetadata2 = 3,
        ReplaceSessionKeys = 4,
        LoadProfileElements = 5,
    }
}

codes! {
    /// Why an installation failed (ErrorReason; 17 to 26 are of v3).
    pub enum InstallErrorReason {
        IncorrectInputValues = 1,
        InvalidSignature = 2,
        InvalidTransactionId = 3,
        UnsupportedCrtValues = 4,
        UnsupportedRemoteOperationType = 5,
        UnsupportedProfileClass = 6,
        Scp03tStructureError = 7,
        Scp03tSecurityError = 8,
        IccidAlreadyExists = 9,
        InsufficientMemory = 10,
        Interruption = 11,
        PeProcessingError = 12,
        DataMismatch = 13,
        InvalidNaaKey = 14,
        PprNotAllowed = 15,
        EnterpriseProfilesNotSupported = 17,
        EnterpriseRulesNotAllowed = 18,
        EnterpriseProfileNotAllowed = 19,
        EnterpriseOidMismatch = 20,
        EnterpriseRulesError = 21,
        EnterpriseProfilesOnly = 22,
        LprNotSupported = 23,
        UnknownTlvInMetadata = 26,
        UnknownError = 127,
    }
}

/// How an installation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallOutcome {
    /// The profile is on the card, disabled.
    Success {
        /// The ISD-P that holds it.
        isdp_aid: Aid,
        /// EUICCResponse of the profile package interpreter, as it came.
        sima_response: Vec<u8>,
    },
    /// The profile is not on the card.
    Failure {
        /// What failed.
        command: BppCommandId,
        /// Why.
        reason: InstallErrorReason,
        /// EUICCResponse of the profile package interpreter, as it came.
        sima_response: Option<Vec<u8>>,
    },
}

impl InstallOutcome {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(success) = fields.get(Tag::context_constructed(0)) {
            let fields = success.fields()?;
            return Ok(Self::Success {
                isdp_aid: Aid::read(fields.require(Tag::AID)?, "aid")?,
                sima_response: fields
                    .get(Tag::OCTET_STRING)
                    .map(|tlv| tlv.value.to_vec())
                    .unwrap_or_default(),
            });
        }
        let fields = fields.require(Tag::context_constructed(1))?.fields()?;
        let code = |number, field| {
            fields.require(Tag::context(number)).and_then(|tlv| coding::read_unsigned(tlv, field))
        };
        Ok(Self::Failure {
            command: BppCommandId::from_code(code(0, "bppCommandId")?),
            reason: InstallErrorReason::from_code(code(1, "errorReason")?),
            sima_response: fields.get(Tag::context(2)).map(|tlv| tlv.value.to_vec()),
        })
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Success { isdp_aid, sima_response } => {
                out.put_with(Tag::context_constructed(0), |out| {
                    out.put(Tag::AID, isdp_aid.octets());
                    out.put(Tag::OCTET_STRING, sima_response);
                });
            }
            Self::Failure { command, reason, sima_response } => {
                out.put_with(Tag::context_constructed(1), |out| {
                    coding::put_unsigned(out, Tag::context(0), command.code());
                    coding::put_unsigned(out, Tag::context(1), reason.code());
                    out.put_optional(Tag::context(2), sima_response.as_deref());
                });
            }
        }
    }
}

/// The signed part of a result (ProfileInstallationResultData `BF27`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileInstallationResultData {
    /// The session.
    pub transaction_id: TransactionId,
    /// The notification that this result is.
    pub notification: NotificationMetadata,
    /// The SM-DP+.
    pub smdp_oid: ObjectIdentifier,
    /// How it ended.
    pub outcome: InstallOutcome,
}

impl Object for ProfileInstallationResultData {
    const TAG: Tag = Tag::new(0xBF27);
    const NAME: &'static str = "ProfileInstallationResultData";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            notification: NotificationMetadata::from_fields(&fields)?,
            smdp_oid: ObjectIdentifier::read(fields.require(Tag::OID)?, "smdpOid")?,
            outcome: InstallOutcome::read(fields.require(Tag::context_constructed(2))?)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        self.notification.put(out);
        out.put(Tag::OID, self.smdp_oid.as_bytes());
        out.put_with(Tag::context_constructed(2), |out| self.outcome.write(out));
    }
}

/// ProfileInstallationResult (`BF37`): the signed result of a download, and itself a pending notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileInstallationResult {
    /// What is signed.
    pub data: Raw<ProfileInstallationResultData>,
    /// euiccSignPIR: 64 octets.
    pub signature: Vec<u8>,
}

impl Object for ProfileInstallationResult {
    const TAG: Tag = Tag::new(0xBF37);
    const NAME: &'static str = "ProfileInstallationResult";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let data = fields.require(ProfileInstallationResultData::TAG)?;
        Ok(Self {
            data: Raw::from_element(data)?,
            signature: fields.require(Tag::SIGNATURE)?.value.to_vec(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_raw(self.data.raw());
        out.put(Tag::SIGNATURE, &self.signature);
    }
}

/// EUICCResponse (TCA profile package): what the card says of the profile elements it processed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimaResponse {
    /// Status of each profile element that the card reports on; 0 is ok (facts 3.7).
    pub pe_statuses: Vec<u32>,
}

impl SimaResponse {
    /// One element, processed well: the shortest answer of a success.
    pub fn ok() -> Self {
        Self { pe_statuses: vec![0] }
    }

    /// Reads what can be read; an answer in another shape gives no statuses.
    pub fn read_lenient(octets: &[u8]) -> Self {
        let statuses = || -> Result<Vec<u32>, Fault> {
            let response = Tlv::parse_as(octets, Tag::SEQUENCE)?.fields()?;
            let list = response.require(Tag::context_constructed(0))?.fields()?;
            // Entries of any tag, as the interpreter wrote them.
            let mut statuses = Vec::new();
            for entry in list.iter() {
                let status = entry.fields()?.require(Tag::context(0))?;
                tlv::push(&mut statuses, coding::read_unsigned(status, "status")?);
            }
            Ok(statuses)
        };
        Self { pe_statuses: statuses().unwrap_or_default() }
    }

    /// The answer, coded.
    pub fn octets(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.put_with(Tag::SEQUENCE, |out| {
            out.put_with(Tag::context_constructed(0), |list| {
                for status in &self.pe_statuses {
                    list.put_with(Tag::SEQUENCE, |entry| {
                        coding::put_unsigned(entry, Tag::context(0), *status);
                    });
                }
            });
        });
        out.into_bytes()
    }

    /// True when an element failed for lack of memory: status 2 or 4 (facts 3.7).
    pub fn says_memory(&self) -> bool {
        self.pe_statuses.iter().any(|status| matches!(status, 2 | 4))
    }
}

pub(crate) fn read_dp_oid(fields: &Fields<'_>) -> Result<Option<ObjectIdentifier>, Fault> {
    fields
        .get(Tag::context_constructed(24))
        .map(|data| data.fields()?.require(Tag::context(0)))
        .transpose()?
        .map(|oid| ObjectIdentifier::read(oid, "dpOid"))
        .transpose()
}
