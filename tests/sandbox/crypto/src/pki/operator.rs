//! The certificates of an operator: SGP.22 leaves those of ES2+ to the operator and its SM-DP+, so they come from a
//! CA of the operator's own.

use std::path::Path;

use super::{
    Credential, HostName, Issuer, PkiError, Validity,
    export::{Layout, Target},
    files::Entry,
    import::{mismatch, read_certificate, read_issuer, read_key},
    issue::{Purpose, Signer, Subject, issue},
    names,
};
use crate::{key::KeyPair, random::Random};

/// What an operator needs to call an SM-DP+ over ES2+, and to be called back.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Its own root: an SM-DP+ that trusts it lets the operator in.
    pub ca: Issuer,
    /// What it shows as a TLS client.
    pub client: Credential,
    /// What its servers show.
    pub tls: Credential,
}

impl Operator {
    /// Makes every certificate and key of an operator whose servers have these names.
    ///
    /// # Errors
    /// [`PkiError::NotIssued`] when a name or date has no place in a certificate.
    pub fn generate(
        name: &str,
        hosts: &[HostName],
        validity: Validity,
        random: &mut dyn Random,
    ) -> Result<Self, PkiError> {
        let key = KeyPair::generate(random);
        let subject = |purpose, title, hosts| -> Result<Subject<'_>, PkiError> {
            let name = names::organization_and_common_name(name, title)?;
            Ok(Subject { purpose, name, registered_id: None, hosts, permitted: None, validity })
        };
        let own_key = Signer { certificate: None, key: &key };
        let root = subject(Purpose::Root, "operator CA", &[])?;
        let ca = issue(&root, key.public_key(), &own_key, random)?;
        let signer = Signer { certificate: Some(&ca), key: &key };
        let mut leaf = |title, hosts| {
            let key = KeyPair::generate(random);
            let subject = subject(Purpose::Tls, title, hosts)?;
            let certificate = issue(&subject, key.public_key(), &signer, random)?;
            Ok::<_, PkiError>(Credential::new(certificate, key)?)
        };
        let (client, tls) = (leaf("operator as client", &[])?, leaf("operator as server", hosts)?);
        Ok(Self { ca: Issuer::new(ca, Some(key))?, client, tls })
    }

    /// Writes certificates (DER and PEM) and private keys (PKCS#8 PEM, mode 0600) into `folder`, which is made if
    /// need be.
    ///
    /// # Errors
    /// [`PkiError::Io`].
    pub fn export(&self, folder: &Path) -> Result<(), PkiError> {
        let target = Target { folder, layout: Layout::Flat };
        target.issuer(Entry::OPERATOR_CA, &self.ca)?;
        target.credential(Entry::OPERATOR_CLIENT, &self.client)?;
        target.credential(Entry::OPERATOR_TLS, &self.tls)
    }

    /// Reads what [`Self::export`] has written. The key of the CA may be missing.
    ///
    /// # Errors
    /// The first file that is missing or holds something else.
    pub fn import(folder: &Path) -> Result<Self, PkiError> {
        let credential = |entry: Entry| {
            let (certificate, file) = read_certificate(folder, entry)?;
            let key = read_key(folder, entry)?;
            let key = key.ok_or_else(|| PkiError::Missing { file: entry.key() })?;
            Credential::new(certificate, key).map_err(|_| mismatch(entry, &file))
        };
        let (ca, file) = read_certificate(folder, Entry::OPERATOR_CA)?;
        Ok(Self {
            ca: read_issuer(folder, Entry::OPERATOR_CA, ca, &file)?,
            client: credential(Entry::OPERATOR_CLIENT)?,
            tls: credential(Entry::OPERATOR_TLS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::random::SeededRandom;

    fn operator() -> Operator {
        let validity = Validity::days(SystemTime::UNIX_EPOCH, 10_000);
        let hosts = ["shop.example".into()];
        Operator::generate("Operator", &hosts, validity, &mut SeededRandom::new(1)).unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let operator = operator();
        operator.export(folder.path()).unwrap();
        let read = Operator::import(folder.path()).unwrap();
        assert_eq!(read.ca.certificate(), operator.ca.certificate());
        assert_eq!(read.client.certificate(), operator.client.certificate());
        assert_eq!(read.tls.certificate(), operator.tls.certificate());
        // The key that was read is the one that was written.
        let read_key = read.client.key().public_key();
        read_key.verify(b"message", &operator.client.sign(b"message")).unwrap();

        std::fs::remove_file(folder.path().join("SK_OPERATOR_CLIENT.pem")).unwrap();
        let missing = Operator::import(folder.path()).unwrap_err();
        assert!(matches!(missing, PkiError::Missing { .. }));
    }

    #[test]
    fn it_has_no_role_in_rsp() {
        let operator = operator();
        for certificate in [operator.ca.certificate(), operator.client.certificate()] {
            assert!(crate::Role::ALL.iter().all(|role| !certificate.has_role(*role)));
        }
    }
}
