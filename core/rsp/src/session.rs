//! Ending an RSP session: ES10b.CancelSession (`BF41`).

use crate::codes::codes;
use crate::coding;
use crate::error::Fault;
use crate::identifiers::TransactionId;
use crate::object::{Object, Raw};
use crate::oid::ObjectIdentifier;
use crate::tlv::{Tag, Tlv, Writer};

codes! {
    /// Why an RSP session is cancelled (CancelSessionReason; 16 to 29 are of v3.0, 30 of v3.1: a card of version 2
    /// may not know them).
    pub enum CancelReason {
        EndUserRejection = 0,
        Postponed = 1,
        Timeout = 2,
        PprNotAllowed = 3,
        MetadataMismatch = 4,
        LoadBppExecutionError = 5,
        SessionAborted = 16,
        EnterpriseProfilesNotSupported = 17,
        EnterpriseRulesNotAllowed = 18,
        EnterpriseProfileNotAllowed = 19,
        EnterpriseOidMismatch = 20,
        EnterpriseRulesError = 21,
        EnterpriseProfilesOnly = 22,
        LprNotSupported = 23,
        LprNetworkDataNotAllowed = 24,
        EmptyProfileOrSpName = 25,
        RpmDisabled = 27,
        InvalidRpmPackage = 28,
        LoadRpmPackageError = 29,
        OperationAbandoned = 30,
        UndefinedReason = 127,
    }
}

codes! {
    /// Why a session could not be cancelled.
    pub enum CancelSessionError {
        InvalidTransactionId = 5,
        UndefinedError = 127,
    }
}

/// ES10b.CancelSession request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelSessionRequest {
    /// The session.
    pub transaction_id: TransactionId,
    /// Why.
    pub reason: CancelReason,
}

impl Object for CancelSessionRequest {
    const TAG: Tag = Tag::new(0xBF41);
    const NAME: &'static str = "CancelSessionRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let reason = coding::read_unsigned(fields.require(Tag::context(1))?, "reason")?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            reason: CancelReason::from_code(reason),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        coding::put_unsigned(out, Tag::context(1), self.reason.code());
    }
}

/// What the eUICC signs when it cancels (EuiccCancelSessionSigned).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EuiccCancelSessionSigned {
    /// The session.
    pub transaction_id: TransactionId,
    /// The SM-DP+ of the session.
    pub smdp_oid: ObjectIdentifier,
    /// Why.
    pub reason: CancelReason,
}

impl Object for EuiccCancelSessionSigned {
    const TAG: Tag = Tag::SEQUENCE;
    const NAME: &'static str = "EuiccCancelSessionSigned";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let reason = coding::read_unsigned(fields.require(Tag::context(2))?, "reason")?;
        Ok(Self {
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            smdp_oid: ObjectIdentifier::read(fields.require(Tag::context(1))?, "smdpOid")?,
            reason: CancelReason::from_code(reason),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.transaction_id.octets());
        out.put(Tag::context(1), self.smdp_oid.as_bytes());
        coding::put_unsigned(out, Tag::context(2), self.reason.code());
    }
}

/// The answer to ES10b.CancelSession. Its bytes go to ES9+.CancelSession unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelSessionResponse {
    /// The session is over.
    Ok {
        /// What was signed.
        signed: Raw<EuiccCancelSessionSigned>,
        /// euiccCancelSessionSignature: 64 octets.
        signature: Vec<u8>,
    },
    /// The card did not cancel.
    Error(CancelSessionError),
}

impl Object for CancelSessionResponse {
    const TAG: Tag = Tag::new(0xBF41);
    const NAME: &'static str = "CancelSessionResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(error) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(error, "cancelSessionResponseError")?;
            return Ok(Self::Error(CancelSessionError::from_code(code)));
        }
        let mut reader = fields.require(Tag::context_constructed(0))?.reader();
        Ok(Self::Ok {
            signed: Raw::from_element(reader.take(Tag::SEQUENCE)?)?,
            signature: reader.take(Tag::SIGNATURE)?.value.to_vec(),
        })
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Ok { signed, signature } => out.put_with(Tag::context_constructed(0), |out| {
                out.put_raw(signed.raw());
                out.put(Tag::SIGNATURE, signature);
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}
