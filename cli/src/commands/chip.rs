//! `chip`, `euiccs`, `set-default-address`.

use lpakit::lpa::share_text;
use lpakit::rsp::chip::{
    ConfiguredAddresses, EuiccInfo2, PolicyAuthorisationRule, RulesAuthorisationTable,
};
use lpakit::rsp::identifiers::{Eid, Imei, KeyId};
use lpakit::{Error, Lpa};
use serde_json::{Value, json};

use crate::failure::{self, Failure};
use crate::output::{Done, Output};
use crate::qr_code::QrPicture;

/// Errors of one answer, where the card may still answer other questions.
const UNREADABLE: [&str; 3] = ["card.malformed", "card.empty_answer", "card.status"];

/// Shows whatever can be read, and fails if something cannot.
pub(super) async fn show(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let chip = Chip::read(lpa).await?;
    for (name, value) in rows(&chip) {
        output.line(format!("{name:<18} {value}"));
    }
    output.object(&object(&chip));
    match chip.unreadable.into_iter().next() {
        Some((_, failure)) => Err(failure),
        None => Ok(Done::default()),
    }
}

/// What the eUICC says of itself, each object read by itself: one that is malformed hides no other.
#[derive(Default)]
struct Chip {
    eid: Option<Eid>,
    info: Option<EuiccInfo2>,
    addresses: Option<ConfiguredAddresses>,
    rules: Option<RulesAuthorisationTable>,
    /// SGP.22's names of the objects that cannot be read, and why.
    unreadable: Vec<(&'static str, Failure)>,
}

impl Chip {
    async fn read(lpa: &Lpa) -> Result<Self, Failure> {
        let mut chip = Self::default();
        chip.eid = chip.keep("EID", lpa.eid().await)?;
        chip.info = chip.keep("EUICCInfo2", lpa.euicc_info2().await)?;
        chip.addresses = chip.keep("EuiccConfiguredAddresses", lpa.configured_addresses().await)?;
        chip.rules = chip.keep("RulesAuthorisationTable", lpa.rules_authorisation_table().await)?;
        Ok(chip)
    }

    /// Notes an answer that cannot be read; the rest can still be. Without a card nothing can.
    fn keep<T>(
        &mut self,
        object: &'static str,
        answer: Result<T, Error>,
    ) -> Result<Option<T>, Failure> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(error) if UNREADABLE.contains(&error.key()) => {
                self.unreadable.push((object, error.into()));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a person sends to an operator, or has photographed.
pub(super) async fn share(
    lpa: &Lpa,
    imei: Option<&Imei>,
    output: &Output,
) -> Result<Done, Failure> {
    let eid = lpa.eid().await?;
    let text = share_text(&eid, imei, failure::language());
    output.line(&text);
    output.line("");
    output.line(QrPicture::new(&eid.to_string())?.to_terminal());
    output.object(&json!({ "type": "share", "text": text }));
    Ok(Done::default())
}

pub(super) async fn list_euiccs(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let found = lpa.euiccs().await?;
    for euicc in &found {
        output.line(format!("{}  EID {}", euicc.isdr_aid, euicc.eid.grouped()));
        output.object(&json!({
            "type": "euicc",
            "isdr_aid": euicc.isdr_aid.to_string(),
            "eid": euicc.eid.to_string(),
        }));
    }
    Ok(Done::with(json!({ "euiccs": found.len() })))
}

pub(super) async fn set_default_address(
    lpa: &Lpa,
    address: &str,
    output: &Output,
) -> Result<Done, Failure> {
    lpa.set_default_address(address).await?;
    output.line(if address.is_empty() {
        "The card has no default SM-DP+ any more."
    } else {
        "The card's default SM-DP+ is set."
    });
    Ok(Done::default())
}

fn rows(chip: &Chip) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(eid) = &chip.eid {
        rows.extend([("EID", eid.to_string()), ("EID's check digits", check(eid))]);
    }
    if let Some(info) = &chip.info {
        let memory = &info.ext_card_resource;
        rows.extend([
            ("SGP.22", info.svn.to_string()),
            ("Firmware", info.firmware_version.to_string()),
            ("Profile format", info.profile_version.to_string()),
            ("Free memory", format!("{} bytes", memory.free_non_volatile)),
        ]);
    }
    if let Some(addresses) = &chip.addresses {
        let default_server = addresses.default_dp_address.as_deref().unwrap_or_default();
        rows.extend([
            ("Default SM-DP+", or_none(default_server)),
            ("Root SM-DS", or_none(&addresses.root_ds_address)),
        ]);
    }
    if let Some(info) = &chip.info {
        rows.extend([
            ("Trusted issuers", or_none(&keys(&info.verification_keys).join(", "))),
            ("Own issuers", or_none(&keys(&info.signing_keys).join(", "))),
        ]);
    }
    let rules = chip.rules.iter().flat_map(|table| &table.0);
    rows.extend(rules.map(|rule| ("Rule", rule_text(rule))));
    for (object, failure) in &chip.unreadable {
        rows.push((object, format!("cannot be read [{}]", failure.key())));
    }
    rows
}

fn check(eid: &Eid) -> String {
    if eid.check_digits_ok() { "right" } else { "wrong" }.to_owned()
}

fn rule_text(rule: &PolicyAuthorisationRule) -> String {
    let names: Vec<String> = rule.ppr_ids.numbers().map(|number| format!("PPR{number}")).collect();
    let operators: Vec<String> = operators(rule);
    let consent = if rule.consent_required { ", if the person consents" } else { "" };
    format!("{} for {}{consent}", names.join(" and "), operators.join(", "))
}

fn operators(rule: &PolicyAuthorisationRule) -> Vec<String> {
    rule.allowed_operators.iter().map(|operator| operator.mcc_mnc.to_string()).collect()
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

fn keys(keys: &[KeyId]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

fn object(chip: &Chip) -> Value {
    let rule = |rule: &PolicyAuthorisationRule| {
        json!({
            "policy_rules": rule.ppr_ids.numbers().collect::<Vec<u8>>(),
            "operators": operators(rule),
            "consent_required": rule.consent_required,
        })
    };
    let info = chip.info.as_ref();
    let memory = info.map(|info| &info.ext_card_resource);
    let addresses = chip.addresses.as_ref();
    let rules = chip.rules.as_ref().map(|table| table.0.iter().map(rule).collect::<Vec<Value>>());
    let unreadable = chip.unreadable.iter();
    let unreadable =
        unreadable.map(|(object, failure)| json!({ "object": object, "error": failure.to_json() }));
    json!({
        "type": "chip",
        "eid": chip.eid.as_ref().map(ToString::to_string),
        "svn": info.map(|info| info.svn.to_string()),
        "firmware_version": info.map(|info| info.firmware_version.to_string()),
        "profile_version": info.map(|info| info.profile_version.to_string()),
        "free_non_volatile_memory": memory.map(|memory| memory.free_non_volatile),
        "free_volatile_memory": memory.map(|memory| memory.free_volatile),
        "installed_applications": memory.map(|memory| memory.installed_applications),
        "default_dp_address": addresses.and_then(|all| all.default_dp_address.as_deref()),
        "root_ds_address": addresses.map(|all| all.root_ds_address.as_str()),
        "verification_keys": info.map(|info| keys(&info.verification_keys)),
        "signing_keys": info.map(|info| keys(&info.signing_keys)),
        "rules": rules,
        "unreadable": unreadable.collect::<Vec<Value>>(),
    })
}
