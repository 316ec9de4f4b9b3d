//! Profile policy rules against the card's Rules Authorisation Table (facts 5.5).

use lpakit_rsp::chip::{EuiccInfo2, OperatorId, PolicyAuthorisationRule, RulesAuthorisationTable};
use lpakit_rsp::profiles::{PolicyRules, ProfileClass, ProfileInfo, ProfileMetadata};

/// Numbers of the rules that mean something to a person: PPR1 and PPR2.
const PPR1: u8 = 1;
const PPR2: u8 = 2;

/// What of an offer's rules needs the person's explicit consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RuleConsent {
    /// "This profile cannot be disabled."
    pub(super) cannot_be_disabled: bool,
    /// "This profile cannot be deleted."
    pub(super) cannot_be_deleted: bool,
}

/// What the card says that the rules are held against.
#[derive(Debug, Clone)]
pub(super) struct CardPolicy {
    pub(super) table: RulesAuthorisationTable,
    pub(super) forbidden: PolicyRules,
    pub(super) has_operational_profile: bool,
}

impl CardPolicy {
    pub(super) fn new(
        table: RulesAuthorisationTable,
        info: &EuiccInfo2,
        profiles: &[ProfileInfo],
    ) -> Self {
        Self {
            table,
            forbidden: PolicyRules(info.forbidden_profile_policy_rules.unwrap_or_default()),
            has_operational_profile: profiles
                .iter()
                .any(|profile| profile.class == ProfileClass::Operational),
        }
    }
}

/// Why the rules are not allowed on this card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAllowed {
    /// The card's maker forbids them, or not to this operator.
    ByCard,
    /// PPR1 is only for the first operational profile of a card.
    NotTheFirst,
}

impl NotAllowed {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::ByCard => "policy.not_allowed",
            Self::NotTheFirst => "policy.first_profile_only",
        }
    }
}

/// Decides over the rules of a profile: not allowed, or allowed with consent to some of them.
pub(super) fn decide(
    metadata: &ProfileMetadata,
    card: &CardPolicy,
) -> Result<RuleConsent, NotAllowed> {
    let rules = metadata.policy_rules;
    if !rules.0.and(card.forbidden.0).is_empty() {
        return Err(NotAllowed::ByCard);
    }
    if rules.forbids_disabling() && card.has_operational_profile {
        return Err(NotAllowed::NotTheFirst);
    }
    let mut consent = RuleConsent::default();
    if rules.forbids_disabling() {
        consent.cannot_be_disabled = authorise(PPR1, metadata.owner.as_ref(), &card.table)?;
    }
    if rules.forbids_deleting() {
        consent.cannot_be_deleted = authorise(PPR2, metadata.owner.as_ref(), &card.table)?;
    }
    Ok(consent)
}

/// The first rule of the table for this PPR and this owner decides; it tells whether consent is needed.
fn authorise(
    ppr: u8,
    owner: Option<&OperatorId>,
    table: &RulesAuthorisationTable,
) -> Result<bool, NotAllowed> {
    let owner = owner.ok_or(NotAllowed::ByCard)?;
    let covers = |rule: &&PolicyAuthorisationRule| {
        rule.ppr_ids.has(ppr) && rule.allowed_operators.iter().any(|allowed| covers(allowed, owner))
    };
    table.0.iter().find(covers).map(|rule| rule.consent_required).ok_or(NotAllowed::ByCard)
}

fn covers(allowed: &OperatorId, owner: &OperatorId) -> bool {
    allowed.mcc_mnc.covers(&owner.mcc_mnc)
        && gid_covers(allowed.gid1.as_deref(), owner.gid1.as_deref())
        && gid_covers(allowed.gid2.as_deref(), owner.gid2.as_deref())
}

/// An empty GID in the rule is any; a missing one is none. The standard's wording on a missing one is not certain,
/// so the stricter reading holds.
fn gid_covers(allowed: Option<&[u8]>, owner: Option<&[u8]>) -> bool {
    match (allowed, owner) {
        (Some([]), _) => true,
        (Some(allowed), Some(owner)) => allowed == owner,
        (None, owner) => owner.is_none_or(<[u8]>::is_empty),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use lpakit_rsp::coding::Bits;
    use lpakit_rsp::identifiers::{Iccid, MccMnc};

    use super::*;

    fn operator(mcc: &str, mnc: &str, gid1: Option<&[u8]>) -> OperatorId {
        let mcc_mnc = MccMnc::from_digits(mcc, mnc).unwrap();
        OperatorId { mcc_mnc, gid1: gid1.map(<[u8]>::to_vec), gid2: None }
    }

    fn rule(pprs: &[u8], allowed: OperatorId, consent_required: bool) -> PolicyAuthorisationRule {
        let ppr_ids = Bits::of(pprs);
        PolicyAuthorisationRule { ppr_ids, allowed_operators: vec![allowed], consent_required }
    }

    fn metadata(pprs: &[u8], owner: Option<OperatorId>) -> ProfileMetadata {
        let iccid = Iccid::from_digits("8944501234567890123").unwrap();
        let policy_rules = PolicyRules(Bits::of(pprs));
        ProfileMetadata { owner, policy_rules, ..ProfileMetadata::new(iccid, "", "") }
    }

    fn card(rules: Vec<PolicyAuthorisationRule>) -> CardPolicy {
        CardPolicy {
            table: RulesAuthorisationTable(rules),
            forbidden: PolicyRules::default(),
            has_operational_profile: false,
        }
    }

    const NONE: RuleConsent = RuleConsent { cannot_be_disabled: false, cannot_be_deleted: false };

    #[test]
    fn the_first_rule_that_fits_decides() {
        let owner = || operator("262", "01", None);
        let ours = rule(&[1, 2], owner(), false);
        let anyone =
            rule(&[1, 2], OperatorId { gid1: Some(vec![]), ..operator("EEE", "EEE", None) }, true);
        let profile = metadata(&[1, 2], Some(owner()));
        assert_eq!(decide(&profile, &card(vec![ours.clone(), anyone.clone()])), Ok(NONE));
        let both = RuleConsent { cannot_be_disabled: true, cannot_be_deleted: true };
        assert_eq!(decide(&profile, &card(vec![anyone, ours])), Ok(both));
    }

    #[test]
    fn each_rule_is_authorised_by_itself() {
        let owner = || operator("262", "01", None);
        let only_ppr2 = card(vec![rule(&[2], owner(), true)]);
        assert_eq!(decide(&metadata(&[1], Some(owner())), &only_ppr2), Err(NotAllowed::ByCard));
        let consent = RuleConsent { cannot_be_deleted: true, ..NONE };
        assert_eq!(decide(&metadata(&[2], Some(owner())), &only_ppr2), Ok(consent));
        assert_eq!(decide(&metadata(&[], None), &card(Vec::new())), Ok(NONE));
    }

    #[test]
    fn no_owner_no_rule_or_a_forbidden_rule_is_refused() {
        let anyone = || card(vec![rule(&[1, 2], operator("EEE", "EEE", Some(&[])), false)]);
        let owned = metadata(&[2], Some(operator("310", "410", None)));
        assert_eq!(decide(&owned, &anyone()), Ok(NONE));
        assert_eq!(decide(&metadata(&[2], None), &anyone()), Err(NotAllowed::ByCard));
        assert_eq!(decide(&owned, &card(Vec::new())), Err(NotAllowed::ByCard));
        let forbidding = CardPolicy { forbidden: PolicyRules(Bits::of(&[2])), ..anyone() };
        assert_eq!(decide(&owned, &forbidding), Err(NotAllowed::ByCard));
    }

    #[test]
    fn ppr1_is_only_for_the_first_operational_profile() {
        let anyone = || card(vec![rule(&[1, 2], operator("EEE", "EEE", Some(&[])), false)]);
        let owned = metadata(&[1], Some(operator("310", "410", None)));
        assert_eq!(decide(&owned, &anyone()), Ok(NONE));
        let second = CardPolicy { has_operational_profile: true, ..anyone() };
        assert_eq!(decide(&owned, &second), Err(NotAllowed::NotTheFirst));
    }

    #[test]
    fn group_identifiers_are_compared() {
        let with = |gid: Option<&[u8]>| metadata(&[2], Some(operator("310", "410", gid)));
        let table = |gid: Option<&[u8]>| card(vec![rule(&[2], operator("310", "410", gid), false)]);
        assert_eq!(decide(&with(Some(&[1])), &table(Some(&[1]))), Ok(NONE));
        assert_eq!(decide(&with(Some(&[1])), &table(Some(&[]))), Ok(NONE));
        assert_eq!(decide(&with(Some(&[1])), &table(Some(&[2]))), Err(NotAllowed::ByCard));
        assert_eq!(decide(&with(Some(&[1])), &table(None)), Err(NotAllowed::ByCard));
        assert_eq!(decide(&with(None), &table(Some(&[1]))), Err(NotAllowed::ByCard));
        assert_eq!(decide(&with(None), &table(None)), Ok(NONE));
    }
}
