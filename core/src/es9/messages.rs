//! The JSON messages of ES9+.

use std::borrow::Cow;

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::{Es9Error, ServerRefusal};

/// Base64 as ES9+ writes it.
pub(super) fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// A request as the octets of its JSON object.
pub(super) fn to_json(request: &impl Serialize) -> Vec<u8> {
    // Structs of texts always have a JSON form.
    serde_json::to_vec(request).unwrap_or_default()
}

/// ES9+.InitiateAuthentication request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InitiateAuthenticationRequest<'a> {
    pub(super) euicc_challenge: String,
    pub(super) euicc_info1: String,
    pub(super) smdp_address: &'a str,
}

/// ES9+.AuthenticateClient request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticateClientRequest<'a> {
    pub(super) transaction_id: &'a str,
    pub(super) authenticate_server_response: String,
}

/// ES9+.GetBoundProfilePackage request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetBoundProfilePackageRequest<'a> {
    pub(super) transaction_id: &'a str,
    pub(super) prepare_download_response: String,
}

/// ES9+.HandleNotification request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HandleNotificationRequest {
    pub(super) pending_notification: String,
}

/// ES9+.CancelSession request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelSessionRequest<'a> {
    pub(super) transaction_id: &'a str,
    pub(super) cancel_session_response: String,
}

/// ES9+.InitiateAuthentication response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InitiateAuthenticationResponse<'a> {
    #[serde(borrow)]
    pub(super) transaction_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) server_signed1: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) server_signature1: Cow<'a, str>,
    #[serde(borrow, rename = "euiccCiPKIdToBeUsed")]
    pub(super) euicc_ci_pk_id_to_be_used: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) server_certificate: Cow<'a, str>,
}

/// ES9+.AuthenticateClient response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticateClientResponse<'a> {
    #[serde(borrow)]
    pub(super) transaction_id: Cow<'a, str>,
    // The ASN.1 module spells it with a capital D.
    #[serde(borrow, alias = "profileMetaData")]
    pub(super) profile_metadata: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) smdp_signed2: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) smdp_signature2: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) smdp_certificate: Cow<'a, str>,
}

/// ES9+.GetBoundProfilePackage response, without the package, which was decoded as it came.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetBoundProfilePackageResponse<'a> {
    #[serde(borrow)]
    pub(super) transaction_id: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(default)]
    header: Option<Header>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Header {
    #[serde(default)]
    function_execution_status: Option<FunctionExecutionStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct FunctionExecutionStatus {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    status_code_data: Option<StatusCodeData>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct StatusCodeData {
    #[serde(default)]
    subject_code: Option<String>,
    #[serde(default)]
    reason_code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// What a header says of its function.
enum Verdict {
    /// It worked.
    Success,
    /// It failed.
    Failed(ServerRefusal),
    /// It does not say; what else is in the answer decides.
    Unsaid(Option<ServerRefusal>),
}

impl FunctionExecutionStatus {
    fn verdict(self) -> Verdict {
        let refusal = self.status_code_data.map(|data| {
            let text = |field: Option<String>| field.unwrap_or_default().trim().to_owned();
            ServerRefusal {
                subject: text(data.subject_code),
                reason: text(data.reason_code),
                message: data.message,
            }
        });
        let status: String = self
            .status
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphabetic)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match status.as_str() {
            // Servers send statusCodeData with success, too.
            "executedsuccess" | "executedwithwarning" => Verdict::Success,
            "failed" | "expired" => Verdict::Failed(refusal.unwrap_or_else(unexplained)),
            _ => Verdict::Unsaid(refusal),
        }
    }
}

const fn unexplained() -> ServerRefusal {
    ServerRefusal { subject: String::new(), reason: String::new(), message: None }
}

fn verdict(body: &[u8]) -> Result<Verdict, Es9Error> {
    // serde would read a JSON array into a struct, too.
    if body.iter().find(|octet| !octet.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Es9Error::NotAMessage);
    }
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| Es9Error::NotAMessage)?;
    let status = envelope.header.and_then(|header| header.function_execution_status);
    Ok(status.map_or(Verdict::Unsaid(None), FunctionExecutionStatus::verdict))
}

/// Reads the header first, then the fields: a refusal is told before a missing field.
pub(super) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Es9Error> {
    let refusal = match verdict(body)? {
        Verdict::Failed(refusal) => return Err(Es9Error::Refused(refusal)),
        Verdict::Success => None,
        Verdict::Unsaid(refusal) => refusal,
    };
    serde_json::from_slice(body)
        .map_err(|_| refusal.map_or(Es9Error::BadField("a mandatory element"), Es9Error::Refused))
}

/// Reads the header of an answer that has nothing else. An empty body is success.
pub(super) fn check_status(body: &[u8]) -> Result<(), Es9Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    match verdict(body)? {
        Verdict::Failed(refusal) | Verdict::Unsaid(Some(refusal)) => {
            Err(Es9Error::Refused(refusal))
        }
        Verdict::Success | Verdict::Unsaid(None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(header: &str) -> Vec<u8> {
        format!(r#"{{{header}"transactionId":"0A","boundProfilePackage":"QUJD","extra":[1,{{}}]}}"#)
            .into_bytes()
    }

    fn status(inner: &str) -> String {
        format!(r#""header":{{"functionExecutionStatus":{{{inner}}}}},"#)
    }

    #[test]
    fn success_is_understood_however_it_is_written() {
        let code = r#""statusCodeData":{"subjectCode":"8.1","reasonCode":"4.2"}"#;
        let headers = [
            String::new(),
            r#""header":null,"#.to_owned(),
            r#""header":{},"#.to_owned(),
            status(""),
            status(r#""status":null"#),
            status(r#""status":"Executed-Success""#),
            status(r#""status":"executed-success""#),
            status(r#""status":"ExecutedSuccess""#),
            status(&format!(r#""status":"Executed-Success",{code}"#)),
            status(&format!(r#""status":"Executed-WithWarning",{code}"#)),
            status(&format!(r#""status":"",{code}"#)),
        ];
        for header in headers {
            let body = answer(&header);
            let parsed: GetBoundProfilePackageResponse<'_> = parse(&body).expect(&header);
            assert_eq!(parsed.transaction_id, "0A");
        }
    }

    #[test]
    fn a_refusal_is_told_before_a_missing_field() {
        let code =
            r#""statusCodeData":{"subjectCode":" 8.8.5 ","reasonCode":"4.10","message":null}"#;
        for inner in [
            format!(r#""status":"Failed",{code}"#),
            format!(r#""status":"FAILED",{code}"#),
            format!(r#""status":"Expired",{code}"#),
        ] {
            let body = answer(&status(&inner));
            let error = parse::<GetBoundProfilePackageResponse<'_>>(&body);
            let Err(Es9Error::Refused(refusal)) = error else { panic!("{inner}") };
            assert!(refusal.is("8.8.5", "4.10"));
        }
        // No status word and no fields: the code is all there is.
        let body = format!(r#"{{{}"x":1}}"#, status(code));
        let error = parse::<GetBoundProfilePackageResponse<'_>>(body.as_bytes());
        assert!(matches!(error, Err(Es9Error::Refused(refusal)) if refusal.is("8.8.5", "4.10")));
    }

    #[test]
    fn what_is_no_message_is_said_to_be_none() {
        for body in ["", "<html></html>", "[]", "\"x\"", "{"] {
            let error = parse::<GetBoundProfilePackageResponse<'_>>(body.as_bytes()).err();
            assert_eq!(error, Some(Es9Error::NotAMessage), "{body}");
        }
        let error = parse::<GetBoundProfilePackageResponse<'_>>(b"{}").err();
        assert_eq!(error, Some(Es9Error::BadField("a mandatory element")));
    }

    #[test]
    fn a_bare_answer_may_be_empty() {
        assert_eq!(check_status(b""), Ok(()));
        assert_eq!(check_status(b" \r\n"), Ok(()));
        let failed = format!("{{{}\"x\":1}}", status(r#""status":"Failed""#));
        assert!(matches!(check_status(failed.as_bytes()), Err(Es9Error::Refused(_))));
    }

    #[test]
    fn a_servers_message_is_not_shown_by_debug() {
        let refusal = ServerRefusal {
            subject: "8.2.6".to_owned(),
            reason: "3.8".to_owned(),
            message: Some("matching id PLANTED".to_owned()),
        };
        assert_eq!(format!("{refusal:?}"), "ServerRefusal(8.2.6/3.8)");
    }
}
