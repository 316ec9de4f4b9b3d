//! Makes a whole set of certificates, or one more under the same issuers.

use x509_cert::name::Name;

use super::{
    CardPart, Credential, DpPart, DsPart, Issuer, Pki, PkiError, PkiOptions, ServerOptions,
    ServerRequest, Validity,
    issue::{Signer, Subject, issue},
    names,
};
use crate::{
    certificate::{RegisteredId, Role},
    eid::Eid,
    key::KeyPair,
    random::Random,
};

/// Digits of the EID that the EUM's nameConstraints hold; a known SM-DP+ insists on eight.
const EID_PREFIX_DIGITS: usize = 8;

impl Pki {
    /// Makes every certificate and key of a sandbox.
    ///
    /// # Errors
    /// [`PkiError::NotIssued`] when a name or date has no place in a certificate.
    pub fn generate(options: &PkiOptions, random: &mut dyn Random) -> Result<Self, PkiError> {
        let mut pki = Self {
            ci: generate_ci(
                names::common_name(&options.ci_name)?,
                &options.ci_registered_id,
                options.validity,
                random,
            )?,
            card: None,
            dp: None,
            ds: None,
        };
        let eum = pki.generate_eum(options, random)?;
        let euicc = issue_euicc(&eum, &options.eid, options.validity, random)?;
        pki.card = Some(CardPart { eum, euicc });

        let mut server = |role, server: &ServerOptions| {
            let request = ServerRequest {
                role,
                name: role.to_string(),
                server: server.clone(),
                validity: options.validity,
            };
            pki.issue_server(&request, random)
        };
        let dp = DpPart {
            auth: server(Role::DpAuth, &options.dp)?,
            pb: server(Role::DpPb, &options.dp)?,
            tls: server(Role::DpTls, &options.dp)?,
        };
        let ds = DsPart {
            auth: server(Role::DsAuth, &options.ds)?,
            tls: server(Role::DsTls, &options.ds)?,
        };
        pki.dp = Some(dp);
        pki.ds = Some(ds);
        Ok(pki)
    }

    /// One more eUICC under the same EUM. Its EID is not compared with what the EUM may certify,
    /// so that a test can have a card that must be refused.
    ///
    /// # Errors
    /// [`PkiError::NoIssuerKey`] without the EUM's private key, [`PkiError::NotIssued`].
    pub fn issue_euicc(
        &self,
        eid: &Eid,
        validity: Validity,
        random: &mut dyn Random,
    ) -> Result<Credential, PkiError> {
        let card = self.card.as_ref().ok_or(PkiError::NoIssuerKey { issuer: "EUM" })?;
        issue_euicc(&card.eum, eid, validity, random)
    }

    /// One more server certificate under the CI, with a fresh key: another host, another OID,
    /// other dates.
    ///
    /// # Errors
    /// [`PkiError::NoIssuerKey`] without the CI's private key, [`PkiError::NotIssued`].
    pub fn issue_server(
        &self,
        request: &ServerRequest,
        random: &mut dyn Random,
    ) -> Result<Credential, PkiError> {
        issue_server(&self.ci, request, random)
    }

    fn generate_eum(
        &self,
        options: &PkiOptions,
        random: &mut dyn Random,
    ) -> Result<Issuer, PkiError> {
        let digits = options.eid.digits();
        let prefix = digits.get(..EID_PREFIX_DIGITS).unwrap_or_default();
        let organization = &options.eum_organization;
        let subject = Subject {
            purpose: Role::Eum.into(),
            name: names::organization_and_common_name(organization, "lpakit sandbox EUM")?,
            registered_id: Some(&options.eum_registered_id),
            hosts: &[],
            permitted: Some(names::permitted(organization, prefix)?),
            validity: options.validity,
        };
        let key = KeyPair::generate(random);
        let certificate = issue(&subject, key.public_key(), &signer(&self.ci, "CI")?, random)?;
        Ok(Issuer::new(certificate, Some(key))?)
    }
}

pub(super) fn generate_ci(
    name: Name,
    registered_id: &RegisteredId,
    validity: Validity,
    random: &mut dyn Random,
) -> Result<Issuer, PkiError> {
    let subject = Subject {
        purpose: Role::Ci.into(),
        name,
        registered_id: Some(registered_id),
        hosts: &[],
        permitted: None,
        validity,
    };
    let key = KeyPair::generate(random);
    let own_key = Signer { certificate: None, key: &key };
    let certificate = issue(&subject, key.public_key(), &own_key, random)?;
    Ok(Issuer::new(certificate, Some(key))?)
}

pub(super) fn issue_server(
    ci: &Issuer,
    request: &ServerRequest,
    random: &mut dyn Random,
) -> Result<Credential, PkiError> {
    let subject = server_subject(request)?;
    let key = KeyPair::generate(random);
    let certificate = issue(&subject, key.public_key(), &signer(ci, "CI")?, random)?;
    Ok(Credential::new(certificate, key)?)
}

fn issue_euicc(
    eum: &Issuer,
    eid: &Eid,
    validity: Validity,
    random: &mut dyn Random,
) -> Result<Credential, PkiError> {
    let organization = names::organization(eum.certificate().subject()).unwrap_or_default();
    let subject = Subject {
        purpose: Role::Euicc.into(),
        name: names::euicc(organization, eid)?,
        registered_id: None,
        hosts: &[],
        permitted: None,
        validity,
    };
    let key = KeyPair::generate(random);
    let certificate = issue(&subject, key.public_key(), &signer(eum, "EUM")?, random)?;
    Ok(Credential::new(certificate, key)?)
}

pub(super) fn server_subject(request: &ServerRequest) -> Result<Subject<'_>, PkiError> {
    Ok(Subject {
        purpose: request.role.into(),
        name: names::organization_and_common_name(&request.server.organization, &request.name)?,
        registered_id: Some(&request.server.registered_id),
        hosts: &request.server.hosts,
        permitted: None,
        validity: request.validity,
    })
}

fn signer<'a>(issuer: &'a Issuer, name: &'static str) -> Result<Signer<'a>, PkiError> {
    Ok(Signer {
        certificate: Some(issuer.certificate()),
        key: issuer.key().ok_or(PkiError::NoIssuerKey { issuer: name })?,
    })
}
