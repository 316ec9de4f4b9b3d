//! What the SM-DP+ tells of downloads (ES2+.HandleDownloadProgressInfo, SGP.22 5.3.5), and the status that follows.

use lpakit_sandbox_rsp_server::http::{Request, Response};
use serde_json::Value;

use crate::purchase::Status;

/// One call.
pub(crate) struct Told {
    /// Digits.
    pub(crate) iccid: String,
    /// What follows from it, if anything does.
    pub(crate) status: Option<Status>,
}

/// Reads a call; an answer instead when it is none.
pub(crate) fn read(request: &Request) -> Result<Told, Response> {
    if request.method != "POST" {
        return Err(Response::status(405));
    }
    let bad = || Response::status(400);
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| bad())?;
    let iccid = body.get("iccid").and_then(Value::as_str).ok_or_else(bad)?;
    let point = body.get("notificationPointId").and_then(Value::as_u64).ok_or_else(bad)?;
    let outcome = body.get("notificationPointStatus").ok_or_else(bad)?;
    Ok(Told {
        iccid: iccid.trim_end_matches(['F', 'f']).to_owned(),
        status: status(point, outcome),
    })
}

/// Step 3 is the download, 4 the installation. What fails earlier can be tried again by the person.
fn status(point: u64, outcome: &Value) -> Option<Status> {
    let good = outcome.get("status").and_then(Value::as_str) == Some("Executed-Success");
    match (point, good) {
        (3, true) => Some(Status::Downloading),
        (4, true) => Some(Status::Installed),
        (3 | 4, false) if is_rejection(outcome) => Some(Status::Cancelled),
        (3 | 4, false) => Some(Status::Failed),
        _ => None,
    }
}

/// 8.8.5/3.8: the person has said no (facts 5.8).
fn is_rejection(outcome: &Value) -> bool {
    let data = outcome.get("statusCodeData");
    let code = |name| data.and_then(|data| data.get(name)).and_then(Value::as_str);
    (code("subjectCode"), code("reasonCode")) == (Some("8.8.5"), Some("3.8"))
}
