//! `chip`, `euiccs`, `set-default-address`.

use lpakit::Lpa;
use lpakit::lpa::{ChipInfo, share_text};
use lpakit::rsp::chip::PolicyAuthorisationRule;
use lpakit::rsp::identifiers::{Eid, Imei, KeyId};
use serde_json::{Value, json};

use crate::failure::{self, Failure};
use crate::output::{Done, Output};
use crate::qr_code::QrPicture;

pub(super) async fn show(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let chip = lpa.chip().await?;
    for (name, value) in rows(&chip) {
        output.line(format!("{name:<18} {value}"));
    }
    output.object(&object(&chip));
    Ok(Done::default())
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

fn rows(chip: &ChipInfo) -> Vec<(&'static str, String)> {
    let info = &chip.info;
    let memory = &info.ext_card_resource;
    let default_server = chip.addresses.default_dp_address.as_deref().unwrap_or_default();
    let mut rows = vec![
        ("EID", chip.eid.to_string()),
        ("EID's check digits", check(&chip.eid)),
        ("SGP.22", info.svn.to_string()),
        ("Firmware", info.firmware_version.to_string()),
        ("Profile format", info.profile_version.to_string()),
        ("Free memory", format!("{} octets", memory.free_non_volatile)),
        ("Default SM-DP+", or_none(default_server)),
        ("Root SM-DS", or_none(&chip.addresses.root_ds_address)),
        ("Trusted issuers", or_none(&keys(&info.verification_keys).join(", "))),
        ("Own issuers", or_none(&keys(&info.signing_keys).join(", "))),
    ];
    rows.extend(chip.rules.0.iter().map(|rule| ("Rule", rule_text(rule))));
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

fn object(chip: &ChipInfo) -> Value {
    let info = &chip.info;
    let rule = |rule: &PolicyAuthorisationRule| {
        json!({
            "policy_rules": rule.ppr_ids.numbers().collect::<Vec<u8>>(),
            "operators": operators(rule),
            "consent_required": rule.consent_required,
        })
    };
    json!({
        "type": "chip",
        "eid": chip.eid.to_string(),
        "svn": info.svn.to_string(),
        "firmware_version": info.firmware_version.to_string(),
        "profile_version": info.profile_version.to_string(),
        "free_non_volatile_memory": info.ext_card_resource.free_non_volatile,
        "free_volatile_memory": info.ext_card_resource.free_volatile,
        "installed_applications": info.ext_card_resource.installed_applications,
        "default_dp_address": chip.addresses.default_dp_address,
        "root_ds_address": chip.addresses.root_ds_address,
        "verification_keys": keys(&info.verification_keys),
        "signing_keys": keys(&info.signing_keys),
        "rules": chip.rules.0.iter().map(rule).collect::<Vec<Value>>(),
    })
}
