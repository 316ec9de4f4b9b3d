//! A small eUICC: verifies the server, signs, and can be made to lie.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit_rsp::authentication::{
    AuthenticateServerResponse, CtxParams1, DeviceCapabilities, DeviceInfo, EuiccSigned1,
    ServerSigned1, decode_ci_key_id, decode_signature,
};
use lpakit_rsp::chip::{EuiccInfo1, EuiccInfo2};
use lpakit_rsp::identifiers::{KeyId, Tac, TransactionId, Version};
use lpakit_rsp::{Object, Raw};
use lpakit_sandbox_crypto::{Certificate, Credential, Eid, Role, SeededRandom};
use serde_json::{Value, json};

use crate::world::{pki, validity};

const CHALLENGE: [u8; 16] = [0x5A; 16];

pub struct Card {
    pub credential: Credential,
    pub eum: Certificate,
    pub svn: Version,
    /// The CI keys it verifies with and signs under.
    pub verification_keys: Vec<KeyId>,
    pub signing_keys: Vec<KeyId>,
    /// Damages what is signed before it is signed.
    pub lie: fn(&mut EuiccSigned1),
    pub damage_signature: bool,
}

impl Card {
    pub fn new() -> Self {
        let part = pki().card.as_ref().unwrap();
        Self::with(part.euicc.clone(), part.eum.certificate().clone())
    }

    pub fn with(credential: Credential, eum: Certificate) -> Self {
        let key = KeyId::from_octets(pki().ci_key_id());
        Self {
            credential,
            eum,
            svn: Version([2, 2, 2]),
            verification_keys: vec![key.clone()],
            signing_keys: vec![key],
            lie: |_| (),
            damage_signature: false,
        }
    }

    /// Another card of the same maker.
    pub fn other(eid: &str) -> Self {
        let eid = Eid::from_digits(eid).unwrap();
        let credential = pki().issue_euicc(&eid, validity(), &mut SeededRandom::new(5)).unwrap();
        Self::with(credential, pki().card.as_ref().unwrap().eum.certificate().clone())
    }

    pub fn eid(&self) -> lpakit_rsp::identifiers::Eid {
        let eid = self.credential.certificate().eid().unwrap();
        lpakit_rsp::identifiers::Eid::from_octets(*eid.octets())
    }

    /// The body of initiateAuthentication.
    pub fn initiate(&self, address: &str) -> Value {
        let info = EuiccInfo1 {
            svn: self.svn,
            verification_keys: self.verification_keys.clone(),
            signing_keys: self.signing_keys.clone(),
            ..EuiccInfo1::default()
        };
        json!({
            "euiccChallenge": base64(&CHALLENGE),
            "euiccInfo1": base64(&info.encode()),
            "smdpAddress": address,
        })
    }

    /// AuthenticateServer: verifies the SM-DS, signs, and gives the body of authenticateClient.
    pub fn authenticate(&self, initiated: &Value, matching_id: Option<&str>) -> Value {
        let signed = Raw::<ServerSigned1>::decode(&bytes(initiated, "serverSigned1")).unwrap();
        let signature = decode_signature(&bytes(initiated, "serverSignature1")).unwrap();
        let ci = decode_ci_key_id(&bytes(initiated, "euiccCiPKIdToBeUsed")).unwrap();
        assert!(self.signing_keys.contains(&ci));
        let certificate = Certificate::from_der(&bytes(initiated, "serverCertificate")).unwrap();
        pki().roots().unwrap().verify(&certificate, Role::DsAuth, None).unwrap();
        certificate.public_key().unwrap().verify(signed.raw(), &signature).unwrap();
        assert_eq!(signed.euicc_challenge, CHALLENGE);
        let told = initiated["transactionId"].as_str().unwrap();
        assert_eq!(TransactionId::from_hex(told).unwrap(), signed.transaction_id);
        json!({
            "transactionId": told,
            "authenticateServerResponse": base64(&self.answer(&signed, matching_id).encode()),
        })
    }

    fn answer(
        &self,
        server: &ServerSigned1,
        matching_id: Option<&str>,
    ) -> AuthenticateServerResponse {
        let mut signed = EuiccSigned1 {
            transaction_id: server.transaction_id.clone(),
            server_address: server.server_address.clone(),
            server_challenge: server.server_challenge,
            euicc_info2: Raw::new(EuiccInfo2 { svn: self.svn, ..EuiccInfo2::default() }),
            ctx_params1: CtxParams1 {
                matching_id: matching_id.map(str::to_owned),
                device_info: DeviceInfo {
                    tac: Tac::from_digits("35693803").unwrap(),
                    capabilities: DeviceCapabilities::default(),
                    imei: None,
                },
            },
        };
        (self.lie)(&mut signed);
        let signed = Raw::new(signed);
        let mut signature = self.credential.sign(signed.raw()).to_vec();
        if self.damage_signature {
            signature[63] ^= 1;
        }
        AuthenticateServerResponse::Ok {
            euicc_signature1: signature,
            euicc_signed1: Box::new(signed),
            euicc_certificate: self.credential.certificate().der().to_vec(),
            eum_certificate: self.eum.der().to_vec(),
        }
    }
}

pub fn base64(bytes: &[u8]) -> Value {
    Value::from(STANDARD.encode(bytes))
}

pub fn bytes(body: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(body[field].as_str().unwrap()).unwrap()
}
