//! Access rules: which apps the operator of a profile trusts (GlobalPlatform Secure Element Access Control).

use crate::coding;
use crate::error::{Fault, RspError};
use crate::tlv::{Fields, Tag, Tlv, Writer};

/// refArDo: the rules of a profile, as metadata and the card's list bring them.
pub(super) const ACCESS_RULES: Tag = Tag::new(0xBF76);
const REF_AR_DO: Tag = Tag::new(0xE2);
const REF_DO: Tag = Tag::new(0xE1);
const AR_DO: Tag = Tag::new(0xE3);
const DEVICE_APP_ID: Tag = Tag::new(0xC1);
const PACKAGE: Tag = Tag::new(0xCA);
const PERMISSIONS: Tag = Tag::new(0xDB);

/// One access rule (REF-AR-DO `E2`): an app, and what the operator lets it do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRule {
    /// Hash of the certificate that the app is signed with: 20 octets (SHA-1) or 32 (SHA-256).
    pub certificate_hash: Vec<u8>,
    /// Only the app of this package name.
    pub package_name: Option<String>,
    /// What it may do (PERM-AR-DO).
    pub permissions: Option<[u8; 8]>,
}

impl AccessRule {
    /// Reads the rules that [`ProfileInfo::access_rules`](super::ProfileInfo::access_rules) holds.
    ///
    /// # Errors
    /// [`RspError`] when they are no list of REF-AR-DO.
    pub fn read_all(content: &[u8]) -> Result<Vec<Self>, RspError> {
        Fields::parse(content)
            .and_then(|rules| rules.collect(REF_AR_DO, Self::read))
            .map_err(|fault| fault.of("refArDo"))
    }

    /// Writes rules as the content of `BF76`.
    pub fn write_all(rules: &[Self]) -> Vec<u8> {
        let mut out = Writer::new();
        rules.iter().for_each(|rule| out.put_with(REF_AR_DO, |out| rule.write(out)));
        out.into_bytes()
    }

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let app = fields.require(REF_DO)?.fields()?;
        let permissions = match fields.get(AR_DO) {
            Some(access) => access.fields()?.get(PERMISSIONS),
            None => None,
        };
        Ok(Self {
            certificate_hash: app.require(DEVICE_APP_ID)?.value.to_vec(),
            package_name: app.get(PACKAGE).map(coding::read_name),
            permissions: permissions
                .map(|tlv| coding::read_octets(tlv, "permissions"))
                .transpose()?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_with(REF_DO, |out| {
            out.put(DEVICE_APP_ID, &self.certificate_hash);
            out.put_optional(PACKAGE, self.package_name.as_deref());
        });
        if let Some(permissions) = self.permissions {
            out.put_with(AR_DO, |out| out.put(PERMISSIONS, &permissions));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in Android's documentation, "UICC carrier privileges", with a certificate hash of 0xAB.
    const PUBLISHED: &str = "E243E135C114ABABABABABABABABABABABABABABABABABABABABCA1D636F6D2E676F6F676C652E616E64726F69642E617070732E6D79617070E30ADB080000000000000001";

    #[test]
    fn the_published_example_is_read_and_written() {
        let octets: Vec<u8> = (0..PUBLISHED.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&PUBLISHED[at..at + 2], 16).unwrap())
            .collect();
        let rule = AccessRule {
            certificate_hash: vec![0xAB; 20],
            package_name: Some("com.google.android.apps.myapp".to_owned()),
            permissions: Some([0, 0, 0, 0, 0, 0, 0, 1]),
        };
        assert_eq!(AccessRule::read_all(&octets).unwrap(), std::slice::from_ref(&rule));
        assert_eq!(AccessRule::write_all(&[rule]), octets);
        assert!(AccessRule::read_all(&octets[..octets.len() - 1]).is_err());
        assert!(AccessRule::read_all(&[]).unwrap().is_empty());
    }
}
