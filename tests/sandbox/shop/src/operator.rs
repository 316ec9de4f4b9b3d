//! Buying from the SM-DP+ (ES2+, SGP.22 5.3): the shop is its operator's.

use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_rsp_server::client::{CallError, HttpsClient};
use serde_json::{Map, Value, json};

use crate::config::{ShopConfig, ShopError};

/// A profile that was ordered.
pub(crate) struct Ordered {
    /// Digits.
    pub(crate) iccid: String,
    /// `None` when the profile finds its eUICC without.
    pub(crate) activation_code: Option<String>,
}

/// The way to the SM-DP+.
pub(crate) struct Operator {
    client: HttpsClient,
    address: String,
    smds: Option<String>,
}

impl Operator {
    pub(crate) fn new(config: &ShopConfig) -> Result<Self, ShopError> {
        Ok(Self {
            client: HttpsClient::new(&config.client)?,
            address: config.es2_address.clone(),
            smds: config.smds.clone(),
        })
    }

    /// Orders a profile of this type and has it released.
    pub(crate) fn order(
        &self,
        profile_type: &str,
        eid: Option<&Eid>,
    ) -> Result<Ordered, CallError> {
        let eid = eid.map(Eid::to_string);
        let ordered =
            self.call("downloadOrder", json!({ "profileType": profile_type, "eid": eid }))?;
        let iccid = text(&ordered, "iccid")?;
        match self.confirm(iccid, eid.as_deref()) {
            Ok(activation_code) => {
                let iccid = iccid.trim_end_matches(['F', 'f']).to_owned();
                Ok(Ordered { iccid, activation_code })
            }
            Err(fault) => {
                // Nobody has bought it. If this fails too, the profile is lost to the shop, and the fault is told.
                let _ = self.give_back(iccid, eid.as_deref());
                Err(fault)
            }
        }
    }

    fn confirm(&self, iccid: &str, eid: Option<&str>) -> Result<Option<String>, CallError> {
        let mut fields = json!({ "iccid": iccid, "eid": eid, "releaseFlag": true });
        match (eid, &self.smds) {
            (Some(_), Some(smds)) => fields["smdsAddress"] = json!(smds),
            (Some(_), None) => fields["matchingId"] = json!(""),
            (None, _) => {}
        }
        let confirmed = self.call("confirmOrder", fields)?;
        let (address, id) = (text(&confirmed, "smdpAddress")?, text(&confirmed, "matchingId")?);
        Ok(eid.is_none().then(|| format!("LPA:1${address}${id}")))
    }

    fn give_back(&self, iccid: &str, eid: Option<&str>) -> Result<(), CallError> {
        let fields =
            json!({ "iccid": iccid, "eid": eid, "finalProfileStatusIndicator": "Available" });
        self.call("cancelOrder", fields).map(|_| ())
    }

    fn call(&self, function: &str, fields: Value) -> Result<Map<String, Value>, CallError> {
        let url = format!("https://{}/gsma/rsp2/es2plus/{function}", self.address);
        let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        self.client.call(&url, fields)
    }
}

fn text<'a>(answer: &'a Map<String, Value>, name: &str) -> Result<&'a str, CallError> {
    answer.get(name).and_then(Value::as_str).ok_or(CallError::Answer)
}
