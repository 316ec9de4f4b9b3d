//! What the operator is told while a profile is downloaded (ES2+.HandleDownloadProgressInfo, SGP.22 5.3.5).

use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit_sandbox_rsp_server::clock::w3c_time;
use serde_json::{Map, Value, json};

use crate::order::{Order, OrderId, Report};

/// The step of a download that is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotificationPoint {
    /// 1: the eUICC may have the profile, and has not tried too often.
    Eligibility,
    /// 2: a confirmation code was missing or wrong.
    ConfirmationFailure,
    /// 3: the bound package went out.
    Download,
    /// 4: the eUICC installed it.
    Installation,
}

impl NotificationPoint {
    /// notificationPointId.
    pub const fn id(self) -> u8 {
        match self {
            Self::Eligibility => 1,
            Self::ConfirmationFailure => 2,
            Self::Download => 3,
            Self::Installation => 4,
        }
    }
}

/// Whether the operator has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It is on its way.
    Waiting,
    /// The operator has acknowledged it.
    Yes,
    /// Every attempt failed; no more are made.
    No,
}

/// One step of a download, for the operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Progress {
    /// The order.
    pub order: OrderId,
    /// The eUICC, 32 digits.
    pub eid: Option<String>,
    /// The profile, digits.
    pub iccid: String,
    /// What the operator calls this kind of profile.
    pub profile_type: String,
    /// When it happened.
    pub at: SystemTime,
    /// The step.
    pub point: NotificationPoint,
    /// Why it failed; `None` when it succeeded.
    pub failure: Option<Report>,
    /// The eUICC's ProfileInstallationResult.
    pub result: Option<Vec<u8>>,
    /// Whether the operator has been told.
    pub told: Told,
}

impl Progress {
    pub(crate) fn new(
        order: &Order,
        eid: &str,
        at: SystemTime,
        point: NotificationPoint,
        failure: Option<Report>,
    ) -> Self {
        Self {
            order: order.id.clone(),
            eid: Some(eid.to_owned()),
            iccid: order.iccid.clone(),
            profile_type: order.profile_type().to_owned(),
            at,
            point,
            failure,
            result: None,
            told: Told::Waiting,
        }
    }

    /// The fields of the call, without the header.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(eid) = &self.eid {
            put("eid", json!(eid));
        }
        put("iccid", json!(self.iccid));
        put("profileType", json!(self.profile_type));
        put("timestamp", json!(w3c_time(self.at)));
        put("notificationPointId", json!(self.point.id()));
        put("notificationPointStatus", self.status());
        if let Some(result) = &self.result {
            put("resultData", json!(STANDARD.encode(result)));
        }
        fields
    }

    fn status(&self) -> Value {
        match &self.failure {
            None => json!({ "status": "Executed-Success" }),
            Some(report) => json!({
                "status": "Failed",
                "statusCodeData": {
                    "subjectCode": report.subject,
                    "reasonCode": report.reason,
                    "message": report.message,
                },
            }),
        }
    }
}

/// Shows how far it came; neither whose profile it is nor which.
impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("order", &self.order)
            .field("point", &self.point)
            .field("failure", &self.failure)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}
