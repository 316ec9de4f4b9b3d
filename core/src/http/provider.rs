//! The cryptography of TLS: ring's, with what an LPA can meet and nothing else.
//!
//! Key exchange is on P-256 and P-384, which SGP.22 and TLS 1.3 (RFC 8446, 9.1) make every server speak. X25519 would add a
//! table of 24 kB to each phone for servers that speak P-256 as well. An LPA shows servers no certificate of its own, so
//! nothing of private keys is needed either. rustls' own provider would link all of it.

use std::sync::Arc;

use rustls::crypto::ring::{DEFAULT_CIPHER_SUITES, kx_group};
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme};
use webpki::ring as algorithms;

/// What TLS is made with.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: DEFAULT_CIPHER_SUITES.to_vec(),
        kx_groups: vec![kx_group::SECP256R1, kx_group::SECP384R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &SystemRandom,
        key_provider: &NoKeys,
    }
}

/// All that ring verifies, as in rustls' own provider: public servers have RSA certificates, too. A test compares them.
const SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithms::ECDSA_P256_SHA256,
        algorithms::ECDSA_P256_SHA384,
        algorithms::ECDSA_P384_SHA256,
        algorithms::ECDSA_P384_SHA384,
        algorithms::ED25519,
        algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        algorithms::RSA_PKCS1_2048_8192_SHA256,
        algorithms::RSA_PKCS1_2048_8192_SHA384,
        algorithms::RSA_PKCS1_2048_8192_SHA512,
        algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    // The first of each is what TLS 1.3 takes; TLS 1.2 does not fix the curve.
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
        ),
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        ),
        (SignatureScheme::ED25519, &[algorithms::ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// The system's random numbers.
#[derive(Debug)]
struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, octets: &mut [u8]) -> Result<(), GetRandomFailed> {
        let random = ring::rand::SystemRandom::new();
        ring::rand::SecureRandom::fill(&random, octets).map_err(|_| GetRandomFailed)
    }
}

#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no private keys".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;
    use rustls::crypto::ring::default_provider;

    use super::*;

    #[test]
    fn it_verifies_and_ciphers_what_rustls_own_does() {
        let (ours, theirs) = (provider(), default_provider());
        let of = |provider: &CryptoProvider| {
            let signatures = provider.signature_verification_algorithms;
            format!("{:?} {:?} {:?}", provider.cipher_suites, signatures.all, signatures.mapping)
        };
        assert_eq!(of(&ours), of(&theirs));
        let groups: Vec<NamedGroup> = ours.kx_groups.iter().map(|group| group.name()).collect();
        assert_eq!(groups, [NamedGroup::secp256r1, NamedGroup::secp384r1]);
    }

    #[test]
    fn random_numbers_come_from_the_system() {
        let (mut first, mut second) = ([0_u8; 32], [0_u8; 32]);
        provider().secure_random.fill(&mut first).unwrap();
        provider().secure_random.fill(&mut second).unwrap();
        assert!(first != second && first != [0; 32]);
    }
}
