//! Operators, and the Rules Authorisation Table.

use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::MccMnc;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Writer};

/// Who owns a profile, or whom a rule covers (OperatorId).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorId {
    /// Country and network code.
    pub mcc_mnc: MccMnc,
    /// Group identifier level 1.
    pub gid1: Option<Vec<u8>>,
    /// Group identifier level 2.
    pub gid2: Option<Vec<u8>>,
}

impl OperatorId {
    pub(crate) fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let gid = |number| fields.get(Tag::context(number)).map(|tlv| tlv.value.to_vec());
        let mcc_mnc = coding::read_octets(fields.require(Tag::context(0))?, "mccMnc")?;
        Ok(Self { mcc_mnc: MccMnc::from_octets(mcc_mnc), gid1: gid(1), gid2: gid(2) })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.mcc_mnc.octets());
        out.put_optional(Tag::context(1), self.gid1.as_deref());
        out.put_optional(Tag::context(2), self.gid2.as_deref());
    }
}

/// One rule of the Rules Authorisation Table (ProfilePolicyAuthorisationRule).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAuthorisationRule {
    /// The policy rules that it is about (bit 1 ppr1, bit 2 ppr2).
    pub ppr_ids: Bits,
    /// The operators whose profiles may have them.
    pub allowed_operators: Vec<OperatorId>,
    /// Whether the end user must consent.
    pub consent_required: bool,
}

impl PolicyAuthorisationRule {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let operators = fields.require(Tag::context_constructed(1))?.fields()?;
        let flags = Bits::read(fields.require(Tag::context(2))?, "pprFlags")?;
        Ok(Self {
            ppr_ids: Bits::read(fields.require(Tag::context(0))?, "pprIds")?,
            allowed_operators: operators.collect(Tag::SEQUENCE, OperatorId::read)?,
            consent_required: flags.has(0),
        })
    }
}

/// The answer to ES10b.GetRAT (`BF43`): the rules, in the order in which they count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesAuthorisationTable(pub Vec<PolicyAuthorisationRule>);

impl Object for RulesAuthorisationTable {
    const TAG: Tag = Tag::new(0xBF43);
    const NAME: &'static str = "GetRatResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let list = element.fields()?.require(Tag::context_constructed(0))?;
        list.fields()?.collect(Tag::SEQUENCE, PolicyAuthorisationRule::read).map(Self)
    }

    fn write(&self, out: &mut Writer) {
        out.put_with(Tag::context_constructed(0), |list| {
            for rule in &self.0 {
                list.put_with(Tag::SEQUENCE, |out| {
                    rule.ppr_ids.put(out, Tag::context(0));
                    out.put_with(Tag::context_constructed(1), |operators| {
                        for operator in &rule.allowed_operators {
                            operators.put_with(Tag::SEQUENCE, |out| operator.write(out));
                        }
                    });
                    let flags = if rule.consent_required { Bits::of(&[0]) } else { Bits::EMPTY };
                    flags.put(out, Tag::context(2));
                });
            }
        });
    }
}
