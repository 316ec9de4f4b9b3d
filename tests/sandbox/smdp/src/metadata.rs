//! Profile metadata: what a person sees before the profile is installed (StoreMetadata `BF25`).

use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Iccid, MccMnc};
use lpakit_rsp::notifications::{Event, EventSet};
use lpakit_rsp::profiles::{
    AccessRule, Icon, IconKind, NotificationConfiguration, PolicyRules, ProfileClass,
    ProfileMetadata,
};
use lpakit_rsp::tlv::{Reader, Writer, encode};
use lpakit_rsp::{Object, Tag};
use serde::{Deserialize, Serialize};

/// Largest serviceProviderName, in octets.
pub const MAX_PROVIDER_NAME: usize = 32;
/// Largest profileName, in octets.
pub const MAX_PROFILE_NAME: usize = 64;
/// Longest package name of an app in an access rule, in octets (GlobalPlatform).
const MAX_PACKAGE_NAME: usize = 127;
/// Largest icon, in octets.
pub const MAX_ICON: usize = 1024;

/// Why metadata cannot be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The operator's name is too long.
    #[error("an operator's name has at most {MAX_PROVIDER_NAME} octets")]
    ProviderName,
    /// The plan's name is too long.
    #[error("a profile's name has at most {MAX_PROFILE_NAME} octets")]
    ProfileName,
    /// The icon is too large, or neither PNG nor JPEG.
    #[error("an icon is a PNG or JPEG file of at most {MAX_ICON} octets")]
    Icon,
    /// The owner's network code has not 3 and 2 or 3 digits.
    #[error("a network is 3 digits of country and 2 or 3 of network")]
    Owner,
    /// An app is not named by a SHA-1 or SHA-256 hash, or by a package name of 1 to 127 octets beside it.
    #[error("an app is the SHA-1 or SHA-256 of its certificate, and a package name if wanted")]
    CarrierApp,
    /// A notification address is empty or longer than 255 octets.
    #[error("a notification address has 1 to 255 octets")]
    NotificationAddress,
}

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// For tests of devices.
    Test,
    /// Brings connectivity for downloading another profile.
    Provisioning,
    /// An ordinary subscription.
    #[default]
    Operational,
}

/// The network that owns a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Country code, three digits.
    pub mcc: String,
    /// Network code, two or three digits.
    pub mnc: String,
    /// Group identifier level 1.
    #[serde(default, with = "crate::bytes::optional_hex")]
    pub gid1: Option<Vec<u8>>,
    /// Group identifier level 2.
    #[serde(default, with = "crate::bytes::optional_hex")]
    pub gid2: Option<Vec<u8>>,
}

/// One more server that wants notifications, beside the SM-DP+ itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationReceiver {
    /// Its address.
    pub address: String,
    /// Whether it is told of installation.
    pub install: bool,
    /// Whether it is told of enabling.
    pub enable: bool,
    /// Whether it is told of disabling.
    pub disable: bool,
    /// Whether it is told of deletion.
    pub delete: bool,
}

impl NotificationReceiver {
    /// A server that is told of everything.
    pub fn all(address: impl Into<String>) -> Self {
        Self { address: address.into(), install: true, enable: true, disable: true, delete: true }
    }

    fn configuration(&self) -> Result<NotificationConfiguration, MetadataError> {
        if self.address.is_empty() || self.address.len() > 255 {
            return Err(MetadataError::NotificationAddress);
        }
        let wanted = [
            (self.install, Event::Install),
            (self.enable, Event::Enable),
            (self.disable, Event::Disable),
            (self.delete, Event::Delete),
        ];
        let events: Vec<Event> =
            wanted.iter().filter_map(|(wanted, event)| wanted.then_some(*event)).collect();
        Ok(NotificationConfiguration {
            events: EventSet::of(&events),
            address: self.address.clone(),
        })
    }
}

/// An app that the operator trusts with the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierApp {
    /// Hash of the certificate that it is signed with: SHA-1 or SHA-256.
    #[serde(with = "crate::bytes::hex_text")]
    pub certificate_hash: Vec<u8>,
    /// Only the app of this package name, if any.
    #[serde(default)]
    pub package_name: Option<String>,
}

impl CarrierApp {
    /// Reads `HASH` or `HASH:PACKAGE`, the hash in hexadecimal.
    ///
    /// # Errors
    /// [`MetadataError::CarrierApp`].
    pub fn parse(text: &str) -> Result<Self, MetadataError> {
        let (hash, package) = match text.split_once(':') {
            Some((hash, package)) => (hash, Some(package.to_owned())),
            None => (text, None),
        };
        let certificate_hash = hex::decode(hash).map_err(|_| MetadataError::CarrierApp)?;
        let app = Self { certificate_hash, package_name: package };
        app.rule()?;
        Ok(app)
    }

    fn rule(&self) -> Result<AccessRule, MetadataError> {
        let is_hash = matches!(self.certificate_hash.len(), 20 | 32);
        let named = self.package_name.as_ref().map_or(1, String::len);
        if !is_hash || !(1..=MAX_PACKAGE_NAME).contains(&named) {
            return Err(MetadataError::CarrierApp);
        }
        Ok(AccessRule {
            certificate_hash: self.certificate_hash.clone(),
            package_name: self.package_name.clone(),
            // Carrier privileges, as Android's documentation of UICC carrier privileges gives them.
            permissions: Some([0, 0, 0, 0, 0, 0, 0, 1]),
        })
    }
}

/// The metadata of an order, but for the ICCID and the SM-DP+'s own address, which are added when it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MetadataSpec {
    /// The operator's name, up to 32 octets.
    pub service_provider_name: String,
    /// The plan's name, up to 64 octets.
    pub profile_name: String,
    /// A PNG or JPEG file of at most 1024 octets.
    #[serde(default, with = "crate::bytes::optional_hex")]
    pub icon: Option<Vec<u8>>,
    /// What the profile is for.
    #[serde(default)]
    pub class: Class,
    /// Who owns the profile.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// PPR1: the profile cannot be disabled.
    #[serde(default)]
    pub ppr1: bool,
    /// PPR2: the profile cannot be deleted.
    #[serde(default)]
    pub ppr2: bool,
    /// Apps that the operator trusts with the profile (`BF76`).
    #[serde(default)]
    pub apps: Vec<CarrierApp>,
    /// Servers that are notified beside the SM-DP+.
    #[serde(default)]
    pub receivers: Vec<NotificationReceiver>,
    /// Writes the class even when it is the default, as about half of the servers in the field do (facts 3.10).
    #[serde(default)]
    pub explicit_class: bool,
}

impl MetadataSpec {
    /// Names only.
    pub fn named(operator: impl Into<String>, profile: impl Into<String>) -> Self {
        Self {
            service_provider_name: operator.into(),
            profile_name: profile.into(),
            ..Self::default()
        }
    }

    /// The metadata of a profile with this ICCID, notifications going to `smdp_address`.
    ///
    /// # Errors
    /// [`MetadataError`] for values that SGP.22 does not allow.
    pub fn build(
        &self,
        iccid: Iccid,
        smdp_address: &str,
    ) -> Result<ProfileMetadata, MetadataError> {
        if self.service_provider_name.len() > MAX_PROVIDER_NAME {
            return Err(MetadataError::ProviderName);
        }
        if self.profile_name.len() > MAX_PROFILE_NAME {
            return Err(MetadataError::ProfileName);
        }
        let own = NotificationReceiver::all(smdp_address);
        let mut rules = Bits::EMPTY;
        for (set, bit) in [(self.ppr1, 1), (self.ppr2, 2)] {
            rules = if set { rules.with(bit) } else { rules };
        }
        Ok(ProfileMetadata {
            icon: self.icon.as_deref().map(icon).transpose()?,
            class: match self.class {
                Class::Test => ProfileClass::Test,
                Class::Provisioning => ProfileClass::Provisioning,
                Class::Operational => ProfileClass::Operational,
            },
            notification_configurations: std::iter::once(&own)
                .chain(&self.receivers)
                .map(NotificationReceiver::configuration)
                .collect::<Result<_, _>>()?,
            owner: self.owner.as_ref().map(owner).transpose()?,
            policy_rules: PolicyRules(rules),
            access_rules: self.access_rules()?,
            ..ProfileMetadata::new(
                iccid,
                self.service_provider_name.as_str(),
                self.profile_name.as_str(),
            )
        })
    }

    fn access_rules(&self) -> Result<Option<Vec<u8>>, MetadataError> {
        let rules: Vec<AccessRule> =
            self.apps.iter().map(CarrierApp::rule).collect::<Result<_, _>>()?;
        Ok((!rules.is_empty()).then(|| AccessRule::write_all(&rules)))
    }

    /// The metadata in DER, as it goes out in authenticateClient and into the package.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn encode(&self, iccid: Iccid, smdp_address: &str) -> Result<Vec<u8>, MetadataError> {
        let metadata = self.build(iccid, smdp_address)?;
        let encoded = metadata.encode();
        if self.explicit_class && metadata.class == ProfileClass::Operational {
            Ok(with_explicit_class(&encoded).unwrap_or(encoded))
        } else {
            Ok(encoded)
        }
    }
}

/// The same metadata with `95 01 02` in its place, behind names and icon.
fn with_explicit_class(encoded: &[u8]) -> Option<Vec<u8>> {
    const BEFORE: [u32; 5] = [0x5A, 0x91, 0x92, 0x93, 0x94];
    let mut members = Reader::new(encoded).read().ok()?.reader();
    let mut out = Writer::new();
    while BEFORE.contains(&members.peek().ok()??.octets()) {
        out.put_raw(members.read().ok()?.raw);
    }
    out.put(Tag::context(21), &[2]);
    out.put_raw(members.rest());
    Some(encode(ProfileMetadata::TAG, &out.into_bytes()))
}

fn icon(data: &[u8]) -> Result<Icon, MetadataError> {
    let kind = if data.starts_with(b"\x89PNG\r\n\x1a\n") {
        IconKind::Png
    } else if data.starts_with(&[0xFF, 0xD8, 0xFF]) {
        IconKind::Jpeg
    } else {
        return Err(MetadataError::Icon);
    };
    if data.len() > MAX_ICON {
        return Err(MetadataError::Icon);
    }
    Ok(Icon { kind, data: data.to_vec() })
}

fn owner(owner: &Owner) -> Result<OperatorId, MetadataError> {
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if !digits(&owner.mcc) || !digits(&owner.mnc) {
        return Err(MetadataError::Owner);
    }
    Ok(OperatorId {
        mcc_mnc: MccMnc::from_digits(&owner.mcc, &owner.mnc).map_err(|_| MetadataError::Owner)?,
        gid1: owner.gid1.clone(),
        gid2: owner.gid2.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iccid() -> Iccid {
        Iccid::from_digits("8944501234567890123").unwrap()
    }

    #[test]
    fn what_is_asked_for_is_what_is_read_back() {
        let mut receiver = NotificationReceiver::all("notify.example.com");
        receiver.install = false;
        let spec = MetadataSpec {
            icon: Some(b"\x89PNG\r\n\x1a\nrest".to_vec()),
            class: Class::Test,
            owner: Some(Owner {
                mcc: "262".to_owned(),
                mnc: "01".to_owned(),
                gid1: Some(vec![0xAB]),
                gid2: None,
            }),
            ppr1: true,
            receivers: vec![receiver],
            ..MetadataSpec::named("Operator", "Plan")
        };
        let read =
            ProfileMetadata::decode(&spec.encode(iccid(), "smdp.example.com").unwrap()).unwrap();
        assert_eq!(read.iccid, iccid());
        assert_eq!(read.service_provider_name, "Operator");
        assert_eq!(read.icon.unwrap().kind, IconKind::Png);
        assert_eq!(read.class, ProfileClass::Test);
        assert_eq!(read.owner.unwrap().gid1, Some(vec![0xAB]));
        assert!(read.policy_rules.forbids_disabling());
        assert!(!read.policy_rules.forbids_deleting());
        let [own, other] = &read.notification_configurations[..] else {
            panic!("two receivers");
        };
        assert_eq!(own.address, "smdp.example.com");
        assert_eq!(own.events, EventSet::all());
        assert_eq!(other.address, "notify.example.com");
        assert!(!other.events.has(Event::Install));
        assert!(other.events.has(Event::Delete));
    }

    #[test]
    fn the_class_is_written_out_only_on_request_and_means_the_same() {
        let mut spec = MetadataSpec::named("Operator", "Plan");
        let short = spec.encode(iccid(), "a.example").unwrap();
        spec.explicit_class = true;
        let long = spec.encode(iccid(), "a.example").unwrap();
        assert_eq!(long.len(), short.len() + 3);
        assert!(hex::encode(&long).contains("950102b6"));
        assert_eq!(
            ProfileMetadata::decode(&long).unwrap(),
            ProfileMetadata::decode(&short).unwrap()
        );
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        let refused = |spec: MetadataSpec| spec.build(iccid(), "a.example").unwrap_err();
        let named = MetadataSpec::named("é".repeat(17), "Plan");
        assert_eq!(refused(named), MetadataError::ProviderName);
        let named = MetadataSpec::named("", "x".repeat(65));
        assert_eq!(refused(named), MetadataError::ProfileName);
        let mut large = b"\xFF\xD8\xFF".to_vec();
        large.resize(1025, 0);
        for icon in [b"GIF89a".to_vec(), large] {
            let icon = Some(icon);
            let spec = MetadataSpec { icon, ..MetadataSpec::default() };
            assert_eq!(refused(spec), MetadataError::Icon);
        }
        for (mcc, mnc) in [("26", "01"), ("262", "1"), ("2E2", "01")] {
            let owner =
                Some(Owner { mcc: mcc.to_owned(), mnc: mnc.to_owned(), gid1: None, gid2: None });
            let spec = MetadataSpec { owner, ..MetadataSpec::default() };
            assert_eq!(refused(spec), MetadataError::Owner);
        }
        let spec = MetadataSpec {
            receivers: vec![NotificationReceiver::all("")],
            ..MetadataSpec::default()
        };
        assert_eq!(refused(spec), MetadataError::NotificationAddress);
    }

    #[test]
    fn it_survives_a_file() {
        let spec = MetadataSpec {
            icon: Some(vec![0xFF, 0xD8, 0xFF]),
            ..MetadataSpec::named("Operator", "Plan")
        };
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<MetadataSpec>(&text).unwrap(), spec);
    }
}
