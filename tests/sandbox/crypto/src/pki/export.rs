//! Writes the set into a folder.

use std::{fs, path::Path};

use super::{
    Credential, Issuer, Pki, PkiError,
    files::{Entry, io_error, write_private, write_public},
};
use crate::{certificate::Certificate, key::KeyPair};

/// How the files lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// All in one folder.
    #[default]
    Flat,
    /// In folders as SGP.26's archive and SM-DP+ built on it have them: CertificateIssuer, EUM,
    /// eUICC, DPauth, DPpb, DPtls, DSauth, DStls.
    Folders,
}

impl Pki {
    /// Writes every certificate (DER and PEM) and private key (PKCS#8 PEM, mode 0600) there is,
    /// named as in SGP.26, into `folder`, which is made if need be. Files of the same name are
    /// replaced, others left alone.
    ///
    /// # Errors
    /// [`PkiError::Io`].
    pub fn export(&self, folder: &Path, layout: Layout) -> Result<(), PkiError> {
        let target = Target { folder, layout };
        target.issuer(Entry::CI, &self.ci)?;
        if let Some(card) = &self.card {
            target.issuer(Entry::EUM, &card.eum)?;
            target.credential(Entry::EUICC, &card.euicc)?;
        }
        if let Some(dp) = &self.dp {
            target.credential(Entry::DP_AUTH, &dp.auth)?;
            target.credential(Entry::DP_PB, &dp.pb)?;
            target.credential(Entry::DP_TLS, &dp.tls)?;
        }
        if let Some(ds) = &self.ds {
            target.credential(Entry::DS_AUTH, &ds.auth)?;
            target.credential(Entry::DS_TLS, &ds.tls)?;
        }
        Ok(())
    }
}

pub(super) struct Target<'a> {
    pub(super) folder: &'a Path,
    pub(super) layout: Layout,
}

impl Target<'_> {
    pub(super) fn issuer(&self, entry: Entry, issuer: &Issuer) -> Result<(), PkiError> {
        self.write(entry, issuer.certificate(), issuer.key())
    }

    pub(super) fn credential(&self, entry: Entry, credential: &Credential) -> Result<(), PkiError> {
        self.write(entry, credential.certificate(), Some(credential.key()))
    }

    fn write(
        &self,
        entry: Entry,
        certificate: &Certificate,
        key: Option<&KeyPair>,
    ) -> Result<(), PkiError> {
        let folder = match self.layout {
            Layout::Flat => self.folder.to_owned(),
            Layout::Folders => self.folder.join(entry.folder),
        };
        fs::create_dir_all(&folder).map_err(|source| io_error(entry.folder, source))?;

        let pem = certificate
            .to_pem()
            .map_err(|source| PkiError::Certificate { file: entry.pem(), source })?;
        write_public(&folder, &entry.der(), certificate.der())?;
        write_public(&folder, &entry.pem(), pem.as_bytes())?;
        if let Some(key) = key {
            let pem = key.to_pem().map_err(|source| PkiError::Key { file: entry.key(), source })?;
            write_private(&folder, &entry.key(), pem.as_bytes())?;
        }
        Ok(())
    }
}
