//! Certificates and keys of the card.

use std::time::SystemTime;

use lpakit_sandbox_crypto::certificate::{Certificate, CertificateError, Roots};
use lpakit_sandbox_crypto::pki::{Credential, KeyMismatch};
use lpakit_sandbox_crypto::{Eid, KeyPair, Pki};
use serde::{Deserialize, Serialize};

use crate::octets::Octets;

/// Why certificates and keys do not make a card.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The set of certificates has no EUM and eUICC.
    #[error("the certificates have no part for a card")]
    NoCardPart,
    /// A certificate is not accepted.
    #[error("a certificate of the card is not accepted: {0}")]
    Certificate(#[from] CertificateError),
    /// The private key is not the eUICC certificate's.
    #[error(transparent)]
    KeyMismatch(#[from] KeyMismatch),
    /// eUICC certificates of one card name different EIDs.
    #[error("the eUICC certificates name different EIDs")]
    DifferentEids,
}

/// What a card is under one CI: its certificate with key, and its maker's certificate.
#[derive(Debug, Clone)]
pub struct Identity {
    /// CERT.EUM.
    pub eum: Certificate,
    /// CERT.EUICC and its key.
    pub euicc: Credential,
}

impl Identity {
    /// The key identifier of the CI that it stands under.
    pub fn ci_key_id(&self) -> &[u8] {
        self.eum.authority_key_identifier().unwrap_or_default()
    }
}

/// All certificates and keys of a card. The CIs it trusts and the identities it has are lists in order of priority.
#[derive(Debug, Clone)]
pub struct CardCredentials {
    roots: Roots,
    cis: Vec<Certificate>,
    identities: Vec<Identity>,
    eid: Eid,
}

impl CardCredentials {
    /// The card of a set of certificates: it trusts that set's CI and has one identity under it.
    ///
    /// # Errors
    /// [`CredentialsError`] when the set has no card part or it does not hold together.
    pub fn from_pki(pki: &Pki) -> Result<Self, CredentialsError> {
        let identity = identity_of(pki)?;
        let eid = identity.euicc.certificate().eid()?;
        let mut credentials =
            Self { roots: Roots::new(), cis: Vec::new(), identities: Vec::new(), eid };
        credentials.trust(pki.ci.certificate().clone())?;
        credentials.add_identity(identity)?;
        Ok(credentials)
    }

    /// Trusts one more CI for verification, without an identity under it.
    ///
    /// # Errors
    /// [`CredentialsError::Certificate`] when it is no CI certificate.
    pub fn trust(&mut self, ci: Certificate) -> Result<(), CredentialsError> {
        self.roots.add(ci.clone())?;
        self.cis.push(ci);
        Ok(())
    }

    /// Makes the card one under another CI too. Both sets must have been made for the same EID.
    ///
    /// # Errors
    /// [`CredentialsError`] when the set does not fit this card.
    pub fn add_pki(&mut self, pki: &Pki) -> Result<(), CredentialsError> {
        let identity = identity_of(pki)?;
        self.trust(pki.ci.certificate().clone())?;
        self.add_identity(identity)
    }

    /// The EID in the eUICC certificates.
    pub fn eid(&self) -> &Eid {
        &self.eid
    }

    /// What the card is under each CI.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The CIs it verifies servers with.
    pub fn cis(&self) -> &[Certificate] {
        &self.cis
    }

    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    pub(crate) fn identity(&self, ci_key_id: &[u8]) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.ci_key_id() == ci_key_id)
    }

    fn add_identity(&mut self, identity: Identity) -> Result<(), CredentialsError> {
        // A card that was made keeps working after its certificates have run out, as real ones do: no date here.
        let no_date: Option<SystemTime> = None;
        let eid = self.roots.verify_euicc(identity.euicc.certificate(), &identity.eum, no_date)?;
        if eid != self.eid {
            return Err(CredentialsError::DifferentEids);
        }
        self.identities.push(identity);
        Ok(())
    }
}

fn identity_of(pki: &Pki) -> Result<Identity, CredentialsError> {
    let card = pki.card.as_ref().ok_or(CredentialsError::NoCardPart)?;
    Ok(Identity { eum: card.eum.certificate().clone(), euicc: card.euicc.clone() })
}

/// [`CardCredentials`] as the state file holds them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredCredentials {
    cis: Vec<Octets>,
    identities: Vec<StoredIdentity>,
}

#[derive(Clone, Serialize, Deserialize)]
struct StoredIdentity {
    eum: Octets,
    euicc: Octets,
    key: Octets,
}

impl From<&CardCredentials> for StoredCredentials {
    fn from(credentials: &CardCredentials) -> Self {
        let identity = |identity: &Identity| StoredIdentity {
            eum: identity.eum.der().into(),
            euicc: identity.euicc.certificate().der().into(),
            key: identity.euicc.key().to_scalar().to_vec().into(),
        };
        Self {
            cis: credentials.cis.iter().map(|ci| ci.der().into()).collect(),
            identities: credentials.identities.iter().map(identity).collect(),
        }
    }
}

impl StoredCredentials {
    /// Reads the certificates back, and checks them once more.
    pub(crate) fn read(&self) -> Result<CardCredentials, CredentialsError> {
        let identities: Vec<Identity> =
            self.identities.iter().map(StoredIdentity::read).collect::<Result<_, _>>()?;
        let first = identities.first().ok_or(CredentialsError::NoCardPart)?;
        let mut credentials = CardCredentials {
            roots: Roots::new(),
            cis: Vec::new(),
            identities: Vec::new(),
            eid: first.euicc.certificate().eid()?,
        };
        for ci in &self.cis {
            credentials.trust(Certificate::from_der(ci)?)?;
        }
        for identity in identities {
            credentials.add_identity(identity)?;
        }
        Ok(credentials)
    }
}

impl StoredIdentity {
    fn read(&self) -> Result<Identity, CredentialsError> {
        let key = KeyPair::from_scalar(&self.key).map_err(|_| KeyMismatch)?;
        Ok(Identity {
            eum: Certificate::from_der(&self.eum)?,
            euicc: Credential::new(Certificate::from_der(&self.euicc)?, key)?,
        })
    }
}
