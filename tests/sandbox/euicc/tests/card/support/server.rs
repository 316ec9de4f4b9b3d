//! The server's half of a download.

use lpakit_rsp::authentication::{
    AuthenticateServerRequest, AuthenticateServerResponse, CtxParams1, DeviceCapabilities,
    DeviceInfo, EuiccSigned1, ServerSigned1,
};
use lpakit_rsp::chip::EuiccChallenge;
use lpakit_rsp::identifiers::{KeyId, Tac, TransactionId};
use lpakit_rsp::installation::ProfileInstallationResult;
use lpakit_rsp::preparation::{
    EuiccSigned2, PrepareDownloadRequest, PrepareDownloadResponse, SmdpSigned2,
};
use lpakit_rsp::tlv::{Tag, encode};
use lpakit_rsp::{Object, Raw};
use lpakit_sandbox_crypto::{Credential, OneTimeKeyPair, Pki, SeededRandom};

use super::{Bound, Recipe, Terminal, pki};

pub const ADDRESS: &str = "smdp.test";

/// One session on the server's side. What stands in its fields is what it sends; tests change them.
pub struct Server {
    pub auth: Credential,
    pub pb: Credential,
    pub ci_key_id: Vec<u8>,
    pub transaction_id: Vec<u8>,
    pub address: String,
    pub confirmation_code_required: bool,
    pub hash_cc: Option<[u8; 32]>,
    pub bpp_euicc_otpk: Option<Vec<u8>>,
    pub one_time_key: OneTimeKeyPair,
    /// euiccSignature1, once the card has answered.
    pub euicc_signature1: Vec<u8>,
    pub euicc_otpk: Vec<u8>,
}

impl Server {
    /// A session with this number as its transaction ID.
    pub fn new(number: u8) -> Self {
        Self::of(pki(), number)
    }

    pub fn of(pki: &Pki, number: u8) -> Self {
        let dp = pki.dp.as_ref().unwrap();
        Self {
            auth: dp.auth.clone(),
            pb: dp.pb.clone(),
            ci_key_id: pki.ci_key_id().to_vec(),
            transaction_id: vec![number; 16],
            address: ADDRESS.to_owned(),
            confirmation_code_required: false,
            hash_cc: None,
            bpp_euicc_otpk: None,
            one_time_key: OneTimeKeyPair::generate(&mut SeededRandom::new(number.into())),
            euicc_signature1: Vec::new(),
            euicc_otpk: Vec::new(),
        }
    }

    pub fn id(&self) -> TransactionId {
        TransactionId::from_octets(&self.transaction_id).unwrap()
    }

    /// Asks the card for a challenge.
    pub fn challenge(terminal: &mut Terminal) -> [u8; 16] {
        EuiccChallenge::decode(&terminal.answer(&[0xBF, 0x2E, 0x00])).unwrap().0
    }

    /// AuthenticateServer for this challenge.
    pub fn authenticate_request(&self, challenge: [u8; 16]) -> AuthenticateServerRequest {
        let signed = Raw::new(ServerSigned1 {
            transaction_id: self.id(),
            euicc_challenge: challenge,
            server_address: self.address.clone(),
            server_challenge: [0xC5; 16],
        });
        AuthenticateServerRequest {
            server_signature1: encode(Tag::SIGNATURE, &self.auth.sign(signed.raw())),
            server_signed1: signed,
            ci_key_id: KeyId::from_octets(&self.ci_key_id),
            server_certificate: self.auth.certificate().der().to_vec(),
            ctx_params1: CtxParams1 {
                matching_id: Some("M-1".to_owned()),
                device_info: DeviceInfo {
                    tac: Tac::from_digits("35693803").unwrap(),
                    capabilities: DeviceCapabilities::default(),
                    imei: None,
                },
            },
        }
    }

    /// Challenge and AuthenticateServer, as far as the card's answer.
    pub fn try_authenticate(&self, terminal: &mut Terminal) -> AuthenticateServerResponse {
        let challenge = Self::challenge(terminal);
        terminal.call(&self.authenticate_request(challenge))
    }

    /// Challenge and AuthenticateServer; checks the card's signature.
    pub fn authenticate(&mut self, terminal: &mut Terminal) -> Raw<EuiccSigned1> {
        let AuthenticateServerResponse::Ok { euicc_signed1, euicc_signature1, .. } =
            self.try_authenticate(terminal)
        else {
            panic!("the card refused the server");
        };
        verify(euicc_signed1.raw(), &euicc_signature1);
        self.euicc_signature1 = euicc_signature1;
        *euicc_signed1
    }

    /// PrepareDownload after an authentication.
    pub fn prepare_request(&self) -> PrepareDownloadRequest {
        let signed = Raw::new(SmdpSigned2 {
            transaction_id: self.id(),
            confirmation_code_required: self.confirmation_code_required,
            bpp_euicc_otpk: self.bpp_euicc_otpk.clone(),
        });
        let mut to_sign = signed.raw().to_vec();
        to_sign.extend(encode(Tag::SIGNATURE, &self.euicc_signature1));
        PrepareDownloadRequest {
            smdp_signature2: encode(Tag::SIGNATURE, &self.pb.sign(&to_sign)),
            smdp_signed2: signed,
            hash_cc: self.hash_cc,
            smdp_certificate: self.pb.certificate().der().to_vec(),
        }
    }

    /// PrepareDownload; checks the card's signature.
    pub fn prepare(&mut self, terminal: &mut Terminal) -> Raw<EuiccSigned2> {
        let request = self.prepare_request();
        let PrepareDownloadResponse::Ok { euicc_signed2, euicc_signature2 } =
            terminal.call(&request)
        else {
            panic!("the card refused to prepare");
        };
        let signed = [euicc_signed2.raw(), &request.smdp_signature2[..]].concat();
        verify(&signed, &euicc_signature2);
        self.euicc_otpk = euicc_signed2.euicc_otpk.clone();
        euicc_signed2
    }

    /// Everything up to the package.
    pub fn ready(number: u8, terminal: &mut Terminal) -> Self {
        let mut server = Self::new(number);
        server.authenticate(terminal);
        server.prepare(terminal);
        server
    }

    pub fn bind(&self, recipe: &Recipe) -> Bound {
        recipe.bind(self)
    }

    /// A whole download that gives a result.
    pub fn download(
        number: u8,
        terminal: &mut Terminal,
        recipe: &Recipe,
    ) -> ProfileInstallationResult {
        let server = Self::ready(number, terminal);
        server.bind(recipe).load(terminal)
    }
}

/// Checks a signature of the card.
pub fn verify(message: &[u8], signature: &[u8]) {
    let card = pki().card.as_ref().unwrap();
    let key = card.euicc.certificate().public_key().unwrap();
    key.verify(message, signature).unwrap();
}
