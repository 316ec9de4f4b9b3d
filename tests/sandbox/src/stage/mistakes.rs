//! What a server is to do wrong, in words.

use lpakit_sandbox_smdp::misbehaviour::Misbehaviour;
use lpakit_sandbox_smdp::status::StatusCode;

use super::StageError;
use super::orders::number;

/// Reads what comes after the function in `misbehave`.
pub(super) fn misbehaviour(text: &str) -> Result<Misbehaviour, StageError> {
    let unknown = || StageError::Unknown(text.to_owned());
    let (what, value) = text.split_once('=').unwrap_or((text, ""));
    Ok(match what {
        "html" => Misbehaviour::Html,
        "empty_body" => Misbehaviour::EmptyBody,
        "status" => Misbehaviour::HttpStatus(number(value)?),
        "refuse" => {
            let (subject, reason) = value.split_once('/').ok_or_else(unknown)?;
            Misbehaviour::Refuse(StatusCode::any(subject, reason))
        }
        "other_transaction_id" => Misbehaviour::OtherTransactionId,
        "other_server_address" => Misbehaviour::OtherServerAddress,
        "wrong_signature" => Misbehaviour::WrongSignature,
        "other_metadata" => Misbehaviour::OtherMetadata,
        "wrong_outline" => Misbehaviour::WrongOutline,
        "garbage_package" => Misbehaviour::GarbagePackage,
        "truncated_package" => Misbehaviour::TruncatedPackage,
        "incomplete_package" => Misbehaviour::IncompletePackage,
        "wrong_mac" => Misbehaviour::WrongMac,
        _ => return Err(unknown()),
    })
}
