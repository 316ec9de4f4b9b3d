//! The first segment: ES8+.InitialiseSecureChannel (SGP.22 5.5.1).

use lpakit_rsp::Object;
use lpakit_rsp::bpp::{BOUND_PROFILE_PACKAGE, InitialiseSecureChannel};
use lpakit_rsp::installation::{BppCommandId, InstallErrorReason};
use lpakit_rsp::tlv::{self, Reader, Tag, Tlv};
use lpakit_sandbox_crypto::certificate::RegisteredId;
use lpakit_sandbox_crypto::session_keys::{KEY_LENGTH, KEY_TYPE_AES};
use lpakit_sandbox_crypto::{BspReader, Eid, OneTimeKeyPair, PublicKey, SessionKeys};

use super::outline::Outline;
use super::{Failure, Fault, Loader};

/// remoteOpId installBoundProfilePackage.
const INSTALL: u32 = 1;

/// What the card knows when a package begins.
pub(crate) struct OpenRequest<'a> {
    /// Octets of the session's transaction ID.
    pub(crate) transaction_id: &'a [u8],
    pub(crate) one_time_key: &'a OneTimeKeyPair,
    /// Of CERT.DPpb.
    pub(crate) binding_key: &'a PublicKey,
    pub(crate) smdp_oid: &'a RegisteredId,
    pub(crate) eid: &'a Eid,
    /// Longest protected segment; `None` takes any.
    pub(crate) max_segment: Option<usize>,
}

/// Takes the header of BF36 together with BF23, and derives the session keys.
pub(crate) fn open(command: &[u8], session: &OpenRequest<'_>) -> Result<Loader, Fault> {
    let (left, element) = cut(command).ok_or(Fault::Misplaced)?;
    let refused =
        |reason| Fault::Failed(Failure::of(BppCommandId::InitialiseSecureChannel, reason));
    let request = InitialiseSecureChannel::decode(element.raw)
        .map_err(|_| refused(InstallErrorReason::IncorrectInputValues))?;
    check(&request, element, session).map_err(refused)?;
    let keys = session_keys(&request, session)
        .ok_or_else(|| refused(InstallErrorReason::IncorrectInputValues))?;
    let reader = BspReader::new(keys);
    Ok(Loader {
        outline: Outline::new(left),
        reader: match session.max_segment {
            Some(octets) => reader.with_max_segment(octets),
            None => reader,
        },
        smdp_oid: session.smdp_oid.clone(),
        content: Vec::new(),
        dp_proprietary_data: None,
        metadata: None,
    })
}

/// BF23, and how many octets of the package follow it.
fn cut(command: &[u8]) -> Option<(usize, Tlv<'_>)> {
    let (tag, header, length) = Reader::new(command).peek_header().ok()?;
    if tag != BOUND_PROFILE_PACKAGE {
        return None;
    }
    let element = Tlv::parse_as(command.get(header..)?, InitialiseSecureChannel::TAG).ok()?;
    let left = length.checked_sub(element.raw.len())?;
    (left > 0).then_some((left, element))
}

fn check(
    request: &InitialiseSecureChannel,
    element: Tlv<'_>,
    session: &OpenRequest<'_>,
) -> Result<(), InstallErrorReason> {
    if request.remote_op_id != INSTALL {
        return Err(InstallErrorReason::UnsupportedRemoteOperationType);
    }
    if request.transaction_id.octets() != session.transaction_id {
        return Err(InstallErrorReason::InvalidTransactionId);
    }
    if (request.key_type, request.key_length) != (KEY_TYPE_AES, KEY_LENGTH) {
        return Err(InstallErrorReason::UnsupportedCrtValues);
    }
    let mut signed = before_signature(element);
    signed.extend(tlv::encode(Tag::ONE_TIME_KEY, &session.one_time_key.public_point()));
    session
        .binding_key
        .verify(&signed, &request.signature)
        .map_err(|_| InstallErrorReason::InvalidSignature)
}

/// Everything in BF23 that stands before smdpSign, as it came.
fn before_signature(element: Tlv<'_>) -> Vec<u8> {
    let mut reader = element.reader();
    let mut signed = Vec::new();
    while let Ok(field) = reader.read() {
        if field.tag == Tag::SIGNATURE {
            break;
        }
        signed.extend_from_slice(field.raw);
    }
    signed
}

fn session_keys(
    request: &InitialiseSecureChannel,
    session: &OpenRequest<'_>,
) -> Option<SessionKeys> {
    let secret = session.one_time_key.agree(&request.smdp_otpk).ok()?;
    SessionKeys::derive(&secret, &request.host_id, session.eid).ok()
}
