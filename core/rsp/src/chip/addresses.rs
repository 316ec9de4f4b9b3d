//! Configured addresses: the default SM-DP+ and the SM-DSs.

use crate::coding;
use crate::error::Fault;
use crate::identifiers::KeyId;
use crate::members::Members;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Unknown, Writer};

const ADDITIONAL_ROOT_DS: Tag = Tag::context_constructed(2);
const CI_LIST: Tag = Tag::context_constructed(4);

/// A certificate issuer that the eUICC knows by name (v3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateIssuer {
    /// Its public key.
    pub key_id: KeyId,
    /// Its name.
    pub name: String,
}

impl CertificateIssuer {
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self {
            key_id: KeyId::from_octets(fields.require(Tag::context(0))?.value),
            name: coding::read_name(fields.require(Tag::context(1))?),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.key_id.octets());
        out.put(Tag::context(1), self.name.as_bytes());
    }
}

/// The answer to ES10a.GetEuiccConfiguredAddresses (`BF3C`); v3 calls it EuiccConfiguredData.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfiguredAddresses {
    /// The default SM-DP+, if one is set.
    pub default_dp_address: Option<String>,
    /// The root SM-DS.
    pub root_ds_address: String,
    /// Further root SM-DSs (`A2`, v3).
    pub additional_root_ds_addresses: Vec<String>,
    /// The only CI public key that the default SM-DP+ may use (`83`, v3).
    pub allowed_ci_key_id: Option<KeyId>,
    /// Names of certificate issuers (`A4`, v3).
    pub certificate_issuers: Vec<CertificateIssuer>,
    /// What else the eUICC said.
    pub unknown: Unknown,
}

impl Object for ConfiguredAddresses {
    const TAG: Tag = Tag::new(0xBF3C);
    const NAME: &'static str = "EuiccConfiguredAddressesResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let mut members = Members::of(element)?;
        let mut address = |number, field| -> Result<Option<String>, Fault> {
            let text = members.read(Tag::context(number), |tlv| coding::read_text(tlv, 255, field));
            Ok(text?.filter(|address| !address.is_empty()))
        };
        let default_dp_address = address(0, "defaultDpAddress")?;
        let root_ds_address = address(1, "rootDsAddress")?.unwrap_or_default();
        Ok(Self {
            default_dp_address,
            root_ds_address,
            additional_root_ds_addresses: members
                .lenient(ADDITIONAL_ROOT_DS, |list| {
                    list.fields()?.collect(Tag::UTF8_STRING, |tlv| {
                        coding::read_text(tlv, 255, "additionalRootDsAddresses")
                    })
                })
                .unwrap_or_default(),
            allowed_ci_key_id: members
                .get(Tag::context(3))
                .map(|tlv| KeyId::from_octets(tlv.value)),
            certificate_issuers: members
                .lenient(CI_LIST, |list| {
                    list.fields()?.collect(Tag::SEQUENCE, CertificateIssuer::read)
                })
                .unwrap_or_default(),
            unknown: members.unknown(),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_optional(Tag::context(0), self.default_dp_address.as_deref());
        out.put(Tag::context(1), self.root_ds_address.as_bytes());
        if !self.additional_root_ds_addresses.is_empty() {
            out.put_with(ADDITIONAL_ROOT_DS, |list| {
                let addresses = self.additional_root_ds_addresses.iter();
                addresses.for_each(|address| list.put(Tag::UTF8_STRING, address.as_bytes()));
            });
        }
        out.put_optional(Tag::context(3), self.allowed_ci_key_id.as_ref().map(KeyId::octets));
        if !self.certificate_issuers.is_empty() {
            out.put_with(CI_LIST, |list| {
                let issuers = self.certificate_issuers.iter();
                issuers.for_each(|issuer| list.put_with(Tag::SEQUENCE, |out| issuer.write(out)));
            });
        }
        out.put_unknown(&self.unknown);
    }
}

/// ES10a.SetDefaultDpAddress request (`BF3F`); an empty address clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetDefaultDpAddressRequest {
    /// The new default SM-DP+ address.
    pub address: String,
    /// The only CI public key that it may use (`81`, v3). An eUICC of version 2 may refuse it.
    pub allowed_ci_key_id: Option<KeyId>,
}

impl SetDefaultDpAddressRequest {
    /// Sets an address, for any CI public key.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), allowed_ci_key_id: None }
    }
}

impl Object for SetDefaultDpAddressRequest {
    const TAG: Tag = Tag::new(0xBF3F);
    const NAME: &'static str = "SetDefaultDpAddressRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let address = fields.require(Tag::context(0))?;
        Ok(Self {
            address: coding::read_text(address, 255, "defaultDpAddress")?,
            allowed_ci_key_id: fields.get(Tag::context(1)).map(|tlv| KeyId::from_octets(tlv.value)),
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), self.address.as_bytes());
        out.put_optional(Tag::context(1), self.allowed_ci_key_id.as_ref().map(KeyId::octets));
    }
}
