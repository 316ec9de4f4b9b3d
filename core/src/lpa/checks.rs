//! The checks that are the LPA's own, because the card cannot make them (facts 5.3, 5.4, 5.6). Pure functions: what
//! was asked and what was answered go in, an error or nothing comes out.

use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_rsp::session::CancelReason;

use super::certificate::{Role, ServerCertificate};
use crate::activation_code::{ActivationCode, Address};
use crate::error::Error;
use crate::es9::{AuthenticateClientOk, BoundPackage, InitiateAuthenticationOk, SessionName};

/// A check that failed while the card has a session, and the reason with which to cancel it.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) error: Error,
    pub(super) reason: CancelReason,
}

impl Violation {
    pub(super) const fn new(error: Error, reason: CancelReason) -> Self {
        Self { error, reason }
    }

    fn undefined(key: &'static str) -> Self {
        Self::new(Error::of(key), CancelReason::UndefinedReason)
    }
}

/// What a server must be that was asked for.
pub(super) struct Expected<'a> {
    /// The address it was asked at, which it must sign.
    pub(super) address: &'a Address,
    /// What it may be.
    pub(super) roles: &'a [Role],
    /// The activation code, where there is one: it may name the server's OID and its issuer.
    pub(super) code: Option<&'a ActivationCode>,
}

/// After InitiateAuthentication, before the card hears of it: the session, the challenge, the address, the OID, the
/// role and the issuer are what was asked for. Gives the server's certificate for later comparison.
pub(super) fn initiated(
    answer: &InitiateAuthenticationOk,
    challenge: &[u8; 16],
    expected: &Expected<'_>,
) -> Result<ServerCertificate, Error> {
    let signed = &answer.server_signed1;
    if signed.transaction_id != *answer.session.id() {
        return Err(Error::of("trust.transaction_id"));
    }
    if signed.euicc_challenge != *challenge {
        return Err(Error::of("trust.challenge"));
    }
    if !expected.address.matches(&signed.server_address) {
        return Err(Error::of("trust.server_address"));
    }
    let certificate = ServerCertificate::parse(&answer.server_certificate)
        .ok_or_else(|| Error::of("trust.bad_certificate"))?;
    if !certificate.role.is_some_and(|role| expected.roles.contains(&role)) {
        return Err(Error::of("trust.role"));
    }
    let Some(code) = expected.code else { return Ok(certificate) };
    if code.oid().is_some_and(|wanted| certificate.oid.as_ref() != Some(wanted)) {
        return Err(Error::of("trust.oid"));
    }
    if let Some(wanted) = code.ci_pkid()
        && (answer.ci_key_id.octets() != wanted
            || certificate.issuer_key.as_deref().is_some_and(|issuer| issuer != wanted))
    {
        return Err(Error::of("trust.ci_not_allowed"));
    }
    Ok(certificate)
}

/// After ES9+.AuthenticateClient: the same session everywhere, a profile-binding certificate of the same server,
/// metadata that can be read.
pub(super) fn offered(
    answer: &AuthenticateClientOk,
    session: &SessionName,
    server: &ServerCertificate,
) -> Result<ProfileMetadata, Violation> {
    if answer.session.id() != session.id() || answer.smdp_signed2.transaction_id != *session.id() {
        return Err(Violation::undefined("trust.transaction_id"));
    }
    let binding = ServerCertificate::parse(&answer.smdp_certificate)
        .ok_or_else(|| Violation::undefined("trust.bad_certificate"))?;
    if binding.role != Some(Role::DpPb) {
        return Err(Violation::undefined("trust.role"));
    }
    if binding.oid.is_none() || binding.oid != server.oid {
        return Err(Violation::undefined("trust.oid"));
    }
    decode_metadata(&answer.profile_metadata)
}

fn decode_metadata(bytes: &[u8]) -> Result<ProfileMetadata, Violation> {
    lpakit_rsp::Object::decode(bytes).map_err(|_| {
        let error = Error::of("server.malformed");
        Violation::new(error, CancelReason::MetadataMismatch)
    })
}

/// After ES9+.GetBoundProfilePackage, before the card sees any of it: the package is whole and of this session, and
/// binds the metadata that the person saw.
pub(super) fn bound(
    answer: &BoundPackage,
    session: &TransactionId,
    offered_bytes: &[u8],
    offered: &ProfileMetadata,
) -> Result<BppOutline, Violation> {
    let outline = BppOutline::parse(&answer.package).map_err(|_| bad_package())?;
    if answer.session.id() != session
        || outline.initialise_secure_channel.transaction_id != *session
    {
        return Err(Violation::undefined("trust.transaction_id"));
    }
    // Octets first; then by meaning, for real servers write default values in one place and not in the other.
    if outline.store_metadata != offered_bytes {
        let bound = outline.metadata().map_err(|_| changed())?;
        if bound != *offered {
            return Err(changed());
        }
    }
    Ok(outline)
}

fn bad_package() -> Violation {
    let error = Error::of("server.bad_package");
    Violation::new(error, CancelReason::LoadBppExecutionError)
}

fn changed() -> Violation {
    Violation::new(Error::of("trust.metadata_changed"), CancelReason::MetadataMismatch)
}
