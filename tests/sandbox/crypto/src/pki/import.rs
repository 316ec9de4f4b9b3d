//! Reads a set from a folder and checks that it holds together.

use std::{path::Path, time::SystemTime};

use zeroize::Zeroizing;

use super::{
    CardPart, Credential, DpPart, DsPart, Issuer, Pki, PkiError, files::Entry, registered_ids_agree,
};
use crate::{
    certificate::{Certificate, CertificateError, Role, Roots},
    key::KeyPair,
};

impl Pki {
    /// Reads the files of a set, named as in SGP.26, from `folder` or from SGP.26's folders in it.
    ///
    /// - The CI certificate must be there; its private key may be.
    /// - The card's part is there if any file of EUM or eUICC is; then the EUM certificate and
    ///   the eUICC's certificate and key must be, the EUM's key may be.
    /// - The SM-DP+'s and the SM-DS's part are there if any of their files is; then all must be.
    /// - A certificate may be DER or PEM; if both are there the DER file counts.
    ///
    /// Keys must belong to their certificates, every certificate must be linked to its issuer by
    /// key identifier and signature and have its role, and DPauth and DPpb must name the same
    /// SM-DP+. Dates are checked for `at`, or not at all: published test certificates have run out.
    ///
    /// # Errors
    /// The first fault, with the file it lies in.
    pub fn import(folder: &Path, at: Option<SystemTime>) -> Result<Self, PkiError> {
        let source = Source::open(folder, at)?;
        Ok(Self {
            card: source.card_part()?,
            dp: source.dp_part()?,
            ds: source.ds_part()?,
            ci: source.ci,
        })
    }
}

struct Source<'a> {
    folder: &'a Path,
    at: Option<SystemTime>,
    ci: Issuer,
    roots: Roots,
}

impl<'a> Source<'a> {
    fn open(folder: &'a Path, at: Option<SystemTime>) -> Result<Self, PkiError> {
        let (certificate, file) = read_certificate(folder, Entry::CI)?;
        let mut roots = Roots::new();
        roots.add(certificate.clone()).map_err(|source| not_accepted(&file, source))?;
        Ok(Self { folder, at, ci: read_issuer(folder, Entry::CI, certificate, &file)?, roots })
    }

    fn card_part(&self) -> Result<Option<CardPart>, PkiError> {
        if !self.any_present(&[Entry::EUM, Entry::EUICC]) {
            return Ok(None);
        }
        let (eum, eum_file) = read_certificate(self.folder, Entry::EUM)?;
        self.roots
            .verify(&eum, Role::Eum, self.at)
            .map_err(|source| not_accepted(&eum_file, source))?;
        let (euicc, euicc_file) = read_certificate(self.folder, Entry::EUICC)?;
        self.roots
            .verify_euicc(&euicc, &eum, self.at)
            .map_err(|source| not_accepted(&euicc_file, source))?;
        Ok(Some(CardPart {
            eum: read_issuer(self.folder, Entry::EUM, eum, &eum_file)?,
            euicc: self.credential(Entry::EUICC, euicc, &euicc_file)?,
        }))
    }

    fn dp_part(&self) -> Result<Option<DpPart>, PkiError> {
        if !self.any_present(&[Entry::DP_AUTH, Entry::DP_PB, Entry::DP_TLS]) {
            return Ok(None);
        }
        let (auth, first) = self.server(Entry::DP_AUTH, Role::DpAuth)?;
        let (pb, second) = self.server(Entry::DP_PB, Role::DpPb)?;
        if !registered_ids_agree(auth.certificate(), pb.certificate()) {
            return Err(PkiError::DifferentOwners { first, second });
        }
        let (tls, _) = self.server(Entry::DP_TLS, Role::DpTls)?;
        Ok(Some(DpPart { auth, pb, tls }))
    }

    fn ds_part(&self) -> Result<Option<DsPart>, PkiError> {
        if !self.any_present(&[Entry::DS_AUTH, Entry::DS_TLS]) {
            return Ok(None);
        }
        let (auth, _) = self.server(Entry::DS_AUTH, Role::DsAuth)?;
        let (tls, _) = self.server(Entry::DS_TLS, Role::DsTls)?;
        Ok(Some(DsPart { auth, tls }))
    }

    fn any_present(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| entry.is_present(self.folder))
    }

    /// A server's certificate and key, and the name of the certificate's file.
    fn server(&self, entry: Entry, role: Role) -> Result<(Credential, String), PkiError> {
        let (certificate, file) = read_certificate(self.folder, entry)?;
        self.roots
            .verify(&certificate, role, self.at)
            .map_err(|source| not_accepted(&file, source))?;
        let credential = self.credential(entry, certificate, &file)?;
        Ok((credential, file))
    }

    fn credential(
        &self,
        entry: Entry,
        certificate: Certificate,
        file: &str,
    ) -> Result<Credential, PkiError> {
        let key =
            read_key(self.folder, entry)?.ok_or_else(|| PkiError::Missing { file: entry.key() })?;
        Credential::new(certificate, key).map_err(|_| mismatch(entry, file))
    }
}

/// The certificate of an entry and the name of the file it was in.
pub(super) fn read_certificate(
    folder: &Path,
    entry: Entry,
) -> Result<(Certificate, String), PkiError> {
    let (der, pem) = (entry.der(), entry.pem());
    let (read, file) = if let Some(content) = entry.read(folder, &der)? {
        (Certificate::from_der(&content), der)
    } else if let Some(content) = entry.read(folder, &pem)? {
        (certificate_from_text(&content), pem)
    } else {
        return Err(PkiError::Missing { file: der });
    };
    match read {
        Ok(certificate) => Ok((certificate, file)),
        Err(source) => Err(not_accepted(&file, source)),
    }
}

fn certificate_from_text(content: &[u8]) -> Result<Certificate, CertificateError> {
    std::str::from_utf8(content)
        .map_err(|_| CertificateError::Unparseable)
        .and_then(Certificate::from_pem)
}

pub(super) fn read_key(folder: &Path, entry: Entry) -> Result<Option<KeyPair>, PkiError> {
    let file = entry.key();
    let Some(content) = entry.read(folder, &file)? else {
        return Ok(None);
    };
    let content = Zeroizing::new(content);
    // What is not text is no PEM either, and is refused by the same words.
    KeyPair::from_pem(std::str::from_utf8(&content).unwrap_or_default())
        .map(Some)
        .map_err(|source| PkiError::Key { file, source })
}

pub(super) fn read_issuer(
    folder: &Path,
    entry: Entry,
    certificate: Certificate,
    file: &str,
) -> Result<Issuer, PkiError> {
    let key = read_key(folder, entry)?;
    Issuer::new(certificate, key).map_err(|_| mismatch(entry, file))
}

fn not_accepted(file: &str, source: CertificateError) -> PkiError {
    PkiError::Certificate { file: file.to_owned(), source }
}

pub(super) fn mismatch(entry: Entry, certificate_file: &str) -> PkiError {
    PkiError::KeyMismatch { certificate: certificate_file.to_owned(), key: entry.key() }
}
