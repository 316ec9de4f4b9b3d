//! Profile policy rules against what the card allows (SGP.22 2.9, facts 5.5).

use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::profiles::{ProfileClass, ProfileMetadata};

use crate::state::CardState;

const PPR1: u8 = 1;
const PPR2: u8 = 2;

/// Whether the card allows every policy rule of a profile. Asking the user is the LPA's part.
pub(super) fn allows(metadata: &ProfileMetadata, card: &CardState) -> bool {
    let rules = metadata.policy_rules.0;
    if !rules.and(card.config.forbidden_policy_rules.bits()).is_empty() {
        return false;
    }
    // A profile that cannot be disabled must not lock out one that is there.
    let operational = |class| class == ProfileClass::Operational;
    if rules.has(PPR1) && card.profiles.iter().any(|profile| operational(profile.class())) {
        return false;
    }
    let table = card.config.rules_authorisation_table();
    [PPR1, PPR2].into_iter().filter(|rule| rules.has(*rule)).all(|rule| {
        // A rule of nobody in particular is allowed to nobody.
        metadata.owner.as_ref().is_some_and(|owner| {
            table.0.iter().any(|entry| {
                entry.ppr_ids.has(rule)
                    && entry.allowed_operators.iter().any(|allowed| covers(allowed, owner))
            })
        })
    })
}

fn covers(allowed: &OperatorId, owner: &OperatorId) -> bool {
    allowed.mcc_mnc.covers(&owner.mcc_mnc)
        && gid_covers(allowed.gid1.as_deref(), owner.gid1.as_deref())
        && gid_covers(allowed.gid2.as_deref(), owner.gid2.as_deref())
}

/// Absent in the rule: only profiles without one. The sources differ here; this is the stricter reading.
fn gid_covers(allowed: Option<&[u8]>, owner: Option<&[u8]>) -> bool {
    match allowed {
        None => owner.is_none_or(<[u8]>::is_empty),
        Some([]) => true,
        Some(value) => owner == Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_identifiers_follow_the_stricter_reading() {
        type Gid<'g> = Option<&'g [u8]>;
        let cases: [(Gid<'_>, Gid<'_>, bool); 8] = [
            (None, None, true),
            (None, Some(&[]), true),
            (None, Some(&[1]), false),
            (Some(&[]), None, true),
            (Some(&[]), Some(&[1]), true),
            (Some(&[1]), Some(&[1]), true),
            (Some(&[1]), Some(&[1, 2]), false),
            (Some(&[1]), None, false),
        ];
        for (allowed, owner, expected) in cases {
            assert_eq!(gid_covers(allowed, owner), expected, "{allowed:?} {owner:?}");
        }
    }
}
