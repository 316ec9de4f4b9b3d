//! Whom to trust (design, "Trust"): GSMA CI1 and the OISTE GSMA root always, other roots of the eSIM world when the
//! card lists their key, the public web's roots, and test issuers only when the app adds one by hand.

use base64ct::{Base64, Encoding};
use lpakit_rsp::identifiers::KeyId;
use lpakit_rsp::tlv::{Tag, Tlv};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, Der, TrustAnchor};

use super::gsma_roots::{GSMA_ROOTS, GsmaRoot, P256_SPKI_PREFIX};
use crate::x509::{Extensions, SUBJECT_KEY_IDENTIFIER};

/// Why a certificate cannot be added as a test CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It is no X.509 certificate, in DER or PEM.
    #[error("not a certificate")]
    NotACertificate,
    /// It has no key identifier, so a card could not name it.
    #[error("the certificate has no subject key identifier")]
    NoKeyIdentifier,
}

/// The certificate of a test issuer, added by hand.
#[derive(Clone)]
pub struct TestCi {
    certificate: Vec<u8>,
    key_id: KeyId,
}

impl TestCi {
    /// Reads a certificate in DER or PEM.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TrustError> {
        let certificate = if bytes.starts_with(b"-----") {
            from_pem(bytes).ok_or(TrustError::NotACertificate)?
        } else {
            bytes.to_vec()
        };
        let extensions = Extensions::of(&certificate).ok_or(TrustError::NotACertificate)?;
        let key_id = extensions.get(SUBJECT_KEY_IDENTIFIER).ok_or(TrustError::NoKeyIdentifier)?;
        let key_id = Tlv::parse_as(key_id, Tag::OCTET_STRING);
        let key_id = KeyId::from_octets(key_id.map_err(|_| TrustError::NotACertificate)?.value);
        Ok(Self { certificate, key_id })
    }

    /// Its SubjectKeyIdentifier, the "CI PKID".
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }
}

/// The octets between the first pair of lines with dashes.
fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().map(str::trim);
    if lines.next()? != "-----BEGIN CERTIFICATE-----" {
        return None;
    }
    let mut inside = String::new();
    loop {
        match lines.next()? {
            "-----END CERTIFICATE-----" => return Base64::decode_vec(&inside).ok(),
            line => inside.push_str(line),
        }
    }
}

impl std::fmt::Debug for TestCi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestCi({})", self.key_id)
    }
}

/// The roots that servers may stand under.
#[derive(Debug, Clone, Default)]
pub struct TrustAnchors {
    test_cis: Vec<TestCi>,
}

impl TrustAnchors {
    /// The production roots.
    pub const fn production() -> Self {
        Self { test_cis: Vec::new() }
    }

    /// The production roots and test issuers. While there is one, `host:port` addresses are accepted, too.
    #[must_use]
    pub fn with_test_cis(test_cis: Vec<TestCi>) -> Self {
        Self { test_cis }
    }

    /// Whether a test issuer is trusted.
    pub const fn has_test_ci(&self) -> bool {
        !self.test_cis.is_empty()
    }

    /// Whether any of these keys of a card is one that lpakit knows.
    pub fn knows_any(&self, card_keys: &[KeyId]) -> bool {
        card_keys.iter().any(|key| {
            self.test_cis.iter().any(|test| test.key_id() == key)
                || GSMA_ROOTS.iter().any(|root| root.key_id == key.octets())
        })
    }

    /// The roots that count for a card with these keys.
    pub(super) fn roots_for(&self, card_keys: &[KeyId]) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let listed = |root: &GsmaRoot| card_keys.iter().any(|key| key.octets() == root.key_id);
        let counting = GSMA_ROOTS.iter().filter(|root| root.always || listed(root));
        store.extend(counting.map(anchor));
        for test in &self.test_cis {
            // It was parsed when it was added; should webpki see it otherwise, nobody is trusted under it.
            let _ = store.add(CertificateDer::from(test.certificate.clone()));
        }
        store
    }
}

fn anchor(root: &GsmaRoot) -> TrustAnchor<'static> {
    let mut key = P256_SPKI_PREFIX.to_vec();
    key.extend_from_slice(&root.public_point);
    TrustAnchor {
        subject: Der::from_slice(root.subject),
        subject_public_key_info: Der::from(key),
        name_constraints: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use sha1_of_point::key_id_of;

    use super::*;
    use crate::certificate_sample::{certificate, ci_extensions, extension};

    /// The key identifiers of most roots are the SHA-1 of the public point (RFC 5280, 4.2.1.2), which ties the two
    /// columns of the table to each other. ring has SHA-1 for legacy use.
    mod sha1_of_point {
        pub(super) fn key_id_of(point: &[u8]) -> Vec<u8> {
            let sha1 = &rustls_ring_digest::SHA1_FOR_LEGACY_USE_ONLY;
            rustls_ring_digest::digest(sha1, point).as_ref().to_vec()
        }
        use ring::digest as rustls_ring_digest;
    }

    #[test]
    fn key_identifiers_belong_to_the_keys_of_the_two_gsma_roots() {
        let always: Vec<_> = GSMA_ROOTS.iter().filter(|root| root.always).collect();
        assert_eq!(always.len(), 2);
        for root in always {
            assert_eq!(key_id_of(&root.public_point), root.key_id);
        }
    }

    #[test]
    fn other_roots_count_only_when_the_card_lists_them() {
        let anchors = TrustAnchors::production();
        let without = anchors.roots_for(&[]).len();
        let other = GSMA_ROOTS.iter().find(|root| !root.always).unwrap();
        let key = KeyId::from_octets(&other.key_id);
        assert_eq!(anchors.roots_for(std::slice::from_ref(&key)).len(), without + 1);
        assert!(anchors.knows_any(&[key]));
        assert!(!anchors.knows_any(&[KeyId::from_octets(&[7; 20])]));
    }

    #[test]
    fn a_text_that_is_no_certificate_is_refused() {
        assert_eq!(TestCi::parse(b"hello").unwrap_err(), TrustError::NotACertificate);
        assert_eq!(TestCi::parse(b"-----BEGIN").unwrap_err(), TrustError::NotACertificate);
    }

    #[test]
    fn a_certificate_without_a_key_identifier_is_none_of_a_ci() {
        let ci = TestCi::parse(&certificate(&ci_extensions())).unwrap();
        assert_eq!(ci.key_id().octets(), [7; 20]);
        let nameless = TestCi::parse(&certificate(&[extension(17, &[0x30, 0x00])]));
        assert_eq!(nameless.unwrap_err(), TrustError::NoKeyIdentifier);
    }

    proptest! {
        #[test]
        fn damaged_certificates_are_read_or_refused(
            at in any::<Index>(), octet in any::<u8>(), keep in any::<Index>(), cut in any::<bool>(),
        ) {
            let mut der = certificate(&ci_extensions());
            let at = at.index(der.len());
            der[at] = octet;
            if cut {
                der.truncate(keep.index(der.len()));
            }
            let _ = TestCi::parse(&der);
        }

        #[test]
        fn any_octets_are_refused(der in vec(any::<u8>(), 0..300), text in "-----BEGIN CERTIFICATE-----\\PC{0,200}") {
            prop_assert!(TestCi::parse(&der).is_err() && TestCi::parse(text.as_bytes()).is_err());
        }
    }
}
