//! What kind of card it is: its capabilities, its owner's rules, and the quirks of real cards that it can copy.

mod quirks;
mod version_3;

use lpakit_rsp::chip::{OperatorId, PolicyAuthorisationRule, RulesAuthorisationTable};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Aid, MccMnc};
use serde::{Deserialize, Serialize};

pub use quirks::{
    GetResponseClass, IccidFormFailure, LostAnswer, Quirks, ToolkitCommand, Vanishing,
};
pub use version_3::Version3;

/// Configuration of a card. It is stored with the card; a JSON file may leave out whatever is as by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardConfig {
    /// SGP.22 version, as EUICCInfo1, EUICCInfo2 and the answer to SELECT state it.
    pub svn: [u8; 3],
    /// Firmware version (EUICCInfo2).
    pub firmware_version: [u8; 3],
    /// Version of the profile package format (EUICCInfo2 profileVersion).
    pub profile_version: [u8; 3],
    /// Memory for profiles, in octets, on an empty card.
    pub non_volatile_memory: u32,
    /// Free volatile memory that the card states, in octets.
    pub volatile_memory: u32,
    /// What a profile costs beside its package, in octets.
    pub profile_overhead: u32,
    /// The longest ES10 command the card can hold, in octets; longer ones are answered 6A84.
    pub command_buffer: u32,
    /// The maker's default SM-DP+ address; a memory reset can go back to it.
    pub default_dp_address: Option<String>,
    /// The root SM-DS.
    pub root_ds_address: String,
    /// Which profile policy rules are allowed to whom (Rules Authorisation Table), in order.
    pub authorisation_rules: Vec<AuthorisationRule>,
    /// Profile policy rules that are never allowed.
    pub forbidden_policy_rules: PolicyRuleSet,
    /// Profile classes that the card does not take: 0 test, 1 provisioning, 2 operational.
    pub refused_profile_classes: Vec<u32>,
    /// The number of the first notification.
    pub first_seq_number: u32,
    /// The card takes certificate revocation lists (ES10b.LoadCRL, up to v2.5) and says so.
    pub loads_crls: bool,
    /// It is a card of SGP.22 v3 and says what only those say. [`Self::svn`] is then the lowest version it speaks.
    pub version_3: Option<Version3>,
    /// Behaviour of real cards that an LPA must live with. All off by default.
    pub quirks: Quirks,
}

impl Default for CardConfig {
    fn default() -> Self {
        Self {
            svn: [2, 5, 0],
            firmware_version: [1, 0, 0],
            profile_version: [2, 3, 1],
            non_volatile_memory: 512 * 1024,
            volatile_memory: 16 * 1024,
            profile_overhead: 2 * 1024,
            command_buffer: 16 * 1024,
            default_dp_address: None,
            root_ds_address: "testrootsmds.example.com".to_owned(),
            authorisation_rules: vec![AuthorisationRule::default()],
            forbidden_policy_rules: PolicyRuleSet::default(),
            refused_profile_classes: Vec::new(),
            first_seq_number: 1,
            loads_crls: false,
            version_3: None,
            quirks: Quirks::default(),
        }
    }
}

impl CardConfig {
    /// The first fault in it, in words; `None` when a card can be made of it.
    pub fn fault(&self) -> Option<&'static str> {
        if self.authorisation_rules.iter().any(|rule| !rule.is_sound()) {
            return Some(
                "an operator in authorisation_rules is not a network code with E for any digit",
            );
        }
        if self.quirks.extra_isdr_aids.iter().any(|aid| Aid::from_hex(aid).is_err()) {
            return Some("an AID in extra_isdr_aids is not 5 to 16 octets in hexadecimal");
        }
        self.quirks.fault()
    }

    pub(crate) fn rules_authorisation_table(&self) -> RulesAuthorisationTable {
        RulesAuthorisationTable(
            self.authorisation_rules.iter().map(AuthorisationRule::object).collect(),
        )
    }
}

/// PPR1 and PPR2, each set or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyRuleSet {
    /// The profile cannot be disabled.
    pub ppr1: bool,
    /// The profile cannot be deleted.
    pub ppr2: bool,
}

impl PolicyRuleSet {
    pub(crate) fn bits(self) -> Bits {
        let ppr1 = if self.ppr1 { Bits::of(&[1]) } else { Bits::EMPTY };
        if self.ppr2 { ppr1.with(2) } else { ppr1 }
    }
}

/// One rule of the Rules Authorisation Table. By default: both rules, for anybody, if the user consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorisationRule {
    /// The policy rules it is about.
    pub policy_rules: PolicyRuleSet,
    /// The operators it allows them to.
    pub operators: Vec<AllowedOperator>,
    /// Whether the user must consent.
    pub consent_required: bool,
}

impl Default for AuthorisationRule {
    fn default() -> Self {
        Self {
            policy_rules: PolicyRuleSet { ppr1: true, ppr2: true },
            operators: vec![AllowedOperator::anybody()],
            consent_required: true,
        }
    }
}

impl AuthorisationRule {
    fn is_sound(&self) -> bool {
        self.operators.iter().all(|operator| operator.object().is_some())
    }

    fn object(&self) -> PolicyAuthorisationRule {
        PolicyAuthorisationRule {
            ppr_ids: self.policy_rules.bits(),
            allowed_operators: self.operators.iter().filter_map(AllowedOperator::object).collect(),
            consent_required: self.consent_required,
        }
    }
}

/// Whom a rule covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedOperator {
    /// Country code, three digits; E is any digit.
    pub mcc: String,
    /// Network code, two or three digits; E is any digit.
    pub mnc: String,
    /// Group identifier 1 in hexadecimal; empty covers any, absent covers profiles without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid1: Option<String>,
    /// Group identifier 2, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid2: Option<String>,
}

impl AllowedOperator {
    /// Every operator with every group identifier.
    pub fn anybody() -> Self {
        Self {
            mcc: "EEE".to_owned(),
            mnc: "EEE".to_owned(),
            gid1: Some(String::new()),
            gid2: Some(String::new()),
        }
    }

    fn object(&self) -> Option<OperatorId> {
        let gid = |text: &Option<String>| text.as_ref().map(hex::decode).transpose().ok();
        Some(OperatorId {
            mcc_mnc: MccMnc::from_digits(&self.mcc, &self.mnc).ok()?,
            gid1: gid(&self.gid1)?,
            gid2: gid(&self.gid2)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_file_names_only_what_differs() {
        let config: CardConfig =
            serde_json::from_str(r#"{"first_seq_number": 1900, "quirks": {"cat_busy": 2}}"#)
                .unwrap();
        assert_eq!(config.first_seq_number, 1900);
        assert_eq!(config.quirks.cat_busy, 2);
        assert_eq!(config.svn, CardConfig::default().svn);
        assert!(serde_json::from_str::<CardConfig>(r#"{"frist_seq_number": 1}"#).is_err());
    }

    #[test]
    fn a_configuration_survives_being_written() {
        let mut config = CardConfig::default();
        config.quirks.extra_isdr_aids = vec!["A06573746B6D65FFFFFFFF4953442D52".to_owned()];
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<CardConfig>(&text).unwrap(), config);
        assert_eq!(config.fault(), None);
    }

    #[test]
    fn faults_are_found_before_a_card_is_made() {
        let mut config = CardConfig::default();
        config.quirks.extra_isdr_aids = vec!["A0".to_owned()];
        assert!(config.fault().is_some());
        let mut config = CardConfig::default();
        config.authorisation_rules[0].operators[0].mnc = "1".to_owned();
        assert!(config.fault().is_some());
        for wrong in [
            Quirks { first_channel: Some(20), ..Quirks::default() },
            Quirks { stale_channels: 20, ..Quirks::default() },
            Quirks { largest_block: Some(0), ..Quirks::default() },
        ] {
            let config = CardConfig { quirks: wrong, ..CardConfig::default() };
            assert!(config.fault().is_some());
        }
    }

    #[test]
    fn quirks_are_named_in_words() {
        let text = r#"{"quirks": {"get_response_class": "interindustry", "iccid_form_fails": "wrong_data",
            "lost_answer": "silence", "vanishes_without_profile": "isdr",
            "toolkit_at_start": ["set_up_menu", "poll_interval", "more_time"]}}"#;
        let quirks = serde_json::from_str::<CardConfig>(text).unwrap().quirks;
        assert_eq!(quirks.get_response_class, Some(GetResponseClass::Interindustry));
        assert_eq!(quirks.iccid_form_fails, Some(IccidFormFailure::WrongData));
        assert_eq!(quirks.lost_answer, Some(LostAnswer::Silence));
        assert_eq!(quirks.vanishes_without_profile, Some(Vanishing::Isdr));
        assert_eq!(quirks.toolkit_at_start.len(), 3);
    }

    #[test]
    fn the_default_table_is_coded_as_in_the_facts() {
        let mut config = CardConfig::default();
        config.authorisation_rules[0].operators[0].gid1 = None;
        config.authorisation_rules[0].operators[0].gid2 = None;
        let table = lpakit_rsp::Object::encode(&config.rules_authorisation_table());
        // The rule printed in facts 3.12.
        assert_eq!(hex::encode_upper(&table), "BF4315A013301180020560A10730058003EEEEEE82020780");
    }
}
