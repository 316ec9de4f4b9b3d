//! ES9+.InitiateAuthentication: address, version and CI in common; then the server signs first (SGP.22 5.6.1).

use lpakit_rsp::authentication::ServerSigned1;
use lpakit_rsp::chip::EuiccInfo1;
use lpakit_rsp::identifiers::{KeyId, TransactionId, Version};
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{Object, Tag};

use super::{Call, Field, Reply};
use crate::misbehaviour::Misbehaviour;
use crate::session::{Session, Stage};
use crate::smdp::Smdp;
use crate::status::Refusal;

/// SGP.22 versions of eUICCs that are served.
const SVN: std::ops::Range<Version> = Version([2, 0, 0])..Version([4, 0, 0]);

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let smdp = call.smdp;
    let challenge: [u8; 16] =
        call.arguments.bytes("euiccChallenge")?.try_into().map_err(|_| Refusal::FORMAT)?;
    let info: EuiccInfo1 = call.arguments.object("euiccInfo1")?;
    let address = smdp.own_address(call.arguments.text("smdpAddress")?).ok_or(Refusal::ADDRESS)?;
    if !SVN.contains(&info.svn) {
        return Err(Refusal::SVN);
    }
    let ci_key_id = signing_key(smdp, &info)?;
    let credential = credential(smdp, &info)?;

    let session = Session {
        transaction_id: smdp.new_transaction_id()?,
        begun: smdp.now(),
        address: address.to_owned(),
        server_challenge: smdp.orders().random_octets(),
        ci_key_id: ci_key_id.octets().to_vec(),
        credential,
        stage: Stage::Challenged,
    };
    let reply = signed_reply(call, &session, &ci_key_id, challenge)?;
    smdp.sessions.put(session);
    Ok(reply)
}

fn signed_reply(
    call: &Call<'_>,
    session: &Session,
    ci_key_id: &KeyId,
    euicc_challenge: [u8; 16],
) -> Result<Reply, Refusal> {
    let other_address = call.quirks.has(&Misbehaviour::OtherServerAddress);
    let signed = ServerSigned1 {
        transaction_id: call.signed(&session.transaction_id),
        euicc_challenge,
        server_address: if other_address {
            "another-server.invalid".to_owned()
        } else {
            session.address.clone()
        },
        server_challenge: session.server_challenge,
    }
    .encode();
    let credential = call.smdp.credential(session.credential, call.quirks)?;
    let signature = call.signature(credential.auth.sign(&signed));
    Ok(Reply::Fields(vec![
        ("transactionId", call.told(&session.transaction_id)),
        ("serverSigned1", Field::Bytes(signed)),
        ("serverSignature1", Field::Bytes(encode(Tag::SIGNATURE, &signature))),
        ("euiccCiPKIdToBeUsed", Field::Bytes(encode(Tag::OCTET_STRING, ci_key_id.octets()))),
        ("serverCertificate", Field::Bytes(credential.auth.certificate().der().to_vec())),
    ]))
}

/// The CI under which the eUICC is to show its certificates: the first on its list that is known here.
fn signing_key(smdp: &Smdp, info: &EuiccInfo1) -> Result<KeyId, Refusal> {
    let known = |key: &&KeyId| smdp.roots().find(key.octets()).is_ok();
    info.signing_keys.iter().find(known).cloned().ok_or(Refusal::NO_COMMON_CI)
}

/// The server's certificates under the first CI on the eUICC's list that has issued any.
fn credential(smdp: &Smdp, info: &EuiccInfo1) -> Result<usize, Refusal> {
    let with_certificate =
        info.verification_keys.iter().find_map(|key| smdp.credential_under(key.octets()));
    if let Some(index) = with_certificate {
        return Ok(index);
    }
    let known = |key: &KeyId| smdp.roots().find(key.octets()).is_ok();
    if info.verification_keys.iter().any(known) {
        Err(Refusal::NO_CERTIFICATE)
    } else {
        Err(Refusal::NO_COMMON_CI)
    }
}

impl Smdp {
    /// A transaction ID that no one can guess, of the next length in turn.
    fn new_transaction_id(&self) -> Result<TransactionId, Refusal> {
        let octets: [u8; 16] = self.orders().random_octets();
        let length = self.next_transaction_id_length();
        octets
            .get(..length)
            .and_then(|cut| TransactionId::from_octets(cut).ok())
            .ok_or(Refusal::INTERNAL)
    }
}
