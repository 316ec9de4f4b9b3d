//! File names and how files are read and written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::PkiError;

/// No certificate or key comes near this size, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// A certificate and its key, named as in SGP.26: `CERT_…` and `SK_…`. The operator's are in the same style.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The folder SGP.26's archive and servers built on it keep it in.
    pub(super) folder: &'static str,
    stem: &'static str,
}

impl Entry {
    pub(super) const CI: Self = Self::new("CertificateIssuer", "CI_ECDSA_NIST");
    pub(super) const EUM: Self = Self::new("EUM", "EUM_ECDSA_NIST");
    pub(super) const EUICC: Self = Self::new("eUICC", "EUICC_ECDSA_NIST");
    pub(super) const DP_AUTH: Self = Self::new("DPauth", "S_SM_DPauth_ECDSA_NIST");
    pub(super) const DP_PB: Self = Self::new("DPpb", "S_SM_DPpb_ECDSA_NIST");
    pub(super) const DP_TLS: Self = Self::new("DPtls", "S_SM_DP_TLS_NIST");
    pub(super) const DS_AUTH: Self = Self::new("DSauth", "S_SM_DSauth_ECDSA_NIST");
    pub(super) const DS_TLS: Self = Self::new("DStls", "S_SM_DS_TLS_NIST");
    pub(super) const OPERATOR_CA: Self = Self::new("Operator", "OPERATOR_CA");
    pub(super) const OPERATOR_CLIENT: Self = Self::new("Operator", "OPERATOR_CLIENT");
    pub(super) const OPERATOR_TLS: Self = Self::new("Operator", "OPERATOR_TLS");

    const fn new(folder: &'static str, stem: &'static str) -> Self {
        Self { folder, stem }
    }

    pub(super) fn der(self) -> String {
        format!("CERT_{}.der", self.stem)
    }

    pub(super) fn pem(self) -> String {
        format!("CERT_{}.pem", self.stem)
    }

    pub(super) fn key(self) -> String {
        format!("SK_{}.pem", self.stem)
    }

    /// Where a file of this entry is: in the folder itself or in SGP.26's own.
    fn find(self, root: &Path, file: &str) -> Option<PathBuf> {
        [root.join(file), root.join(self.folder).join(file)].into_iter().find(|path| path.is_file())
    }

    /// Whether any file of this entry is there.
    pub(super) fn is_present(self, root: &Path) -> bool {
        [self.der(), self.pem(), self.key()].iter().any(|file| self.find(root, file).is_some())
    }

    /// The content of one of its files, `None` if there is no such file.
    pub(super) fn read(self, root: &Path, file: &str) -> Result<Option<Vec<u8>>, PkiError> {
        self.find(root, file).map(|path| read_limited(&path, file)).transpose()
    }
}

fn read_limited(path: &Path, file: &str) -> Result<Vec<u8>, PkiError> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|opened| opened.take(MAX_FILE + 1).read_to_end(&mut content))
        .map_err(|source| io_error(file, source))?;
    if content.len() as u64 > MAX_FILE {
        return Err(PkiError::TooLarge { file: file.to_owned() });
    }
    Ok(content)
}

/// Writes a file that anyone may read.
pub(super) fn write_public(folder: &Path, file: &str, content: &[u8]) -> Result<(), PkiError> {
    write(folder, file, content, &mut OpenOptions::new())
}

/// Writes a file that only its owner may read, from its first moment on.
pub(super) fn write_private(folder: &Path, file: &str, content: &[u8]) -> Result<(), PkiError> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write(folder, file, content, &mut options)
}

fn write(
    folder: &Path,
    file: &str,
    content: &[u8],
    options: &mut OpenOptions,
) -> Result<(), PkiError> {
    replace_file(folder, file, content, options).map_err(|source| io_error(file, source))
}

/// Writes beside the file and renames, so that an older file's content and mode never mix in.
fn replace_file(
    folder: &Path,
    file: &str,
    content: &[u8],
    options: &mut OpenOptions,
) -> io::Result<()> {
    let new = folder.join(format!(".{file}.new"));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut opened = options.write(true).create_new(true).open(&new)?;
    opened.write_all(content)?;
    opened.sync_all()?;
    fs::rename(&new, folder.join(file))
}

pub(super) fn io_error(file: &str, source: io::Error) -> PkiError {
    PkiError::Io { file: file.to_owned(), source }
}
