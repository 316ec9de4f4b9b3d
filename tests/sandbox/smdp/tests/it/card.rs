//! A small eUICC: signs and verifies as facts 6 say, keeps nothing but its session, and can be made to lie.

use lpakit_rsp::authentication::{
    AuthenticateServerResponse, CtxParams1, DeviceCapabilities, DeviceInfo, EuiccSigned1,
    ServerSigned1, decode_ci_key_id, decode_signature,
};
use lpakit_rsp::bpp::{BppOutline, ReplaceSessionKeys};
use lpakit_rsp::chip::{EuiccInfo1, EuiccInfo2, ExtCardResource};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Aid, Iccid, KeyId, Tac, TransactionId, Version};
use lpakit_rsp::installation::{
    BppCommandId, InstallErrorReason, InstallOutcome, ProfileInstallationResult,
    ProfileInstallationResultData, SimaResponse,
};
use lpakit_rsp::notifications::{Event, EventSet, NotificationMetadata, OtherSignedNotification};
use lpakit_rsp::preparation::{EuiccSigned2, PrepareDownloadResponse, SmdpSigned2};
use lpakit_rsp::session::{CancelReason, CancelSessionResponse, EuiccCancelSessionSigned};
use lpakit_rsp::tlv::{Reader, Unknown, encode};
use lpakit_rsp::{Object, ObjectIdentifier, Raw, Tag};
use lpakit_sandbox_crypto::{
    BspReader, Certificate, Credential, Eid, OneTimeKeyPair, Role, SeededRandom, SegmentTag,
    SessionKeys, confirmation_code,
};
use serde_json::{Value, json};

use crate::world::{base64, bytes, pki};

pub struct Card {
    pub credential: Credential,
    pub eum: Certificate,
    pub eid: Eid,
    pub info: EuiccInfo2,
    pub random: SeededRandom,
    /// The CI keys it claims, instead of the sandbox's.
    pub keys: Vec<KeyId>,
    /// Turned on to sign what is not so.
    pub lies: Lies,
    pub session: Session,
}

/// What the card tells wrongly.
#[derive(Default)]
pub struct Lies {
    pub challenge: bool,
    pub address: bool,
    pub signed_transaction_id: bool,
    pub signature: bool,
    pub oid: bool,
}

#[derive(Default)]
pub struct Session {
    pub transaction_id: Option<TransactionId>,
    pub signature1: Vec<u8>,
    pub key: Option<OneTimeKeyPair>,
    pub dp_certificate: Option<Certificate>,
    pub address: String,
}

/// What was in a package.
pub struct Loaded {
    pub metadata: Vec<u8>,
    pub configure: Vec<u8>,
    pub profile: Vec<u8>,
    pub largest_segment: usize,
    pub metadata_segments: usize,
}

impl Card {
    pub fn new() -> Self {
        let part = pki().card.as_ref().unwrap();
        Self::with(part.euicc.clone(), part.eum.certificate().clone())
    }

    pub fn with(credential: Credential, eum: Certificate) -> Self {
        let key = KeyId::from_octets(pki().ci_key_id());
        let info = EuiccInfo2 {
            profile_version: Version([2, 3, 1]),
            svn: Version([2, 2, 2]),
            firmware_version: Version([1, 0, 0]),
            ext_card_resource: ExtCardResource {
                installed_applications: 0,
                free_non_volatile: 4_000_000,
                free_volatile: 10_000,
            },
            uicc_capability: Bits::of(&[1, 4]),
            rsp_capability: Bits::of(&[0, 1]),
            verification_keys: vec![key.clone()],
            signing_keys: vec![key.clone()],
            ..EuiccInfo2::default()
        };
        Self {
            eid: credential.certificate().eid().unwrap(),
            credential,
            eum,
            info,
            random: SeededRandom::new(77),
            keys: vec![key],
            lies: Lies::default(),
            session: Session::default(),
        }
    }

    /// Another card of the same maker.
    pub fn other(eid: &str) -> Self {
        let eid = Eid::from_digits(eid).unwrap();
        let credential =
            pki().issue_euicc(&eid, crate::world::validity(), &mut SeededRandom::new(5)).unwrap();
        let eum = pki().card.as_ref().unwrap().eum.certificate().clone();
        Self::with(credential, eum)
    }

    pub fn eid_digits(&self) -> lpakit_rsp::identifiers::Eid {
        lpakit_rsp::identifiers::Eid::from_octets(*self.eid.octets())
    }

    fn transaction_id(&self) -> TransactionId {
        self.session.transaction_id.clone().unwrap()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = self.credential.sign(message);
        if self.lies.signature {
            signature[63] ^= 1;
        }
        signature
    }

    pub fn initiate(&self, address: &str) -> Value {
        let info = EuiccInfo1 {
            svn: self.info.svn,
            verification_keys: self.keys.clone(),
            signing_keys: self.keys.clone(),
            ..EuiccInfo1::default()
        };
        json!({
            "euiccChallenge": base64(&[0x5A; 16]),
            "euiccInfo1": base64(&info.encode()),
            "smdpAddress": address,
        })
    }

    /// AuthenticateServer: verifies the server, signs, and gives the body of authenticateClient.
    pub fn authenticate(&mut self, initiated: &Value, matching_id: Option<&str>) -> Value {
        let signed = Raw::<ServerSigned1>::decode(&bytes(initiated, "serverSigned1")).unwrap();
        let signature = decode_signature(&bytes(initiated, "serverSignature1")).unwrap();
        let ci = decode_ci_key_id(&bytes(initiated, "euiccCiPKIdToBeUsed")).unwrap();
        let certificate = Certificate::from_der(&bytes(initiated, "serverCertificate")).unwrap();
        let roots = pki().roots().unwrap();
        roots.verify_under(ci.octets(), &certificate, Role::DpAuth, None).unwrap();
        let key = certificate.public_key().unwrap();
        key.verify(signed.raw(), &signature).unwrap();
        assert_eq!(signed.euicc_challenge, [0x5A; 16]);
        let told = initiated["transactionId"].as_str().unwrap();
        assert_eq!(TransactionId::from_hex(told).unwrap(), signed.transaction_id);
        self.session.transaction_id = Some(signed.transaction_id.clone());
        self.session.dp_certificate = Some(certificate);
        self.session.address.clone_from(&signed.server_address);

        let response = self.authenticate_response(&signed, matching_id);
        json!({
            "transactionId": told,
            "authenticateServerResponse": base64(&response.encode()),
        })
    }

    fn authenticate_response(
        &mut self,
        server: &ServerSigned1,
        matching_id: Option<&str>,
    ) -> AuthenticateServerResponse {
        let mut server = server.clone();
        if self.lies.challenge {
            server.server_challenge[0] ^= 1;
        }
        if self.lies.address {
            server.server_address = "another.example".to_owned();
        }
        if self.lies.signed_transaction_id {
            server.transaction_id = TransactionId::from_octets(&[9; 16]).unwrap();
        }
        let signed = Raw::new(EuiccSigned1 {
            transaction_id: server.transaction_id,
            server_address: server.server_address,
            server_challenge: server.server_challenge,
            euicc_info2: Raw::new(self.info.clone()),
            ctx_params1: CtxParams1 {
                matching_id: matching_id.map(str::to_owned),
                device_info: DeviceInfo {
                    tac: Tac::from_digits("35693803").unwrap(),
                    capabilities: DeviceCapabilities::default(),
                    imei: None,
                },
            },
        });
        self.session.signature1 = self.sign(signed.raw()).to_vec();
        AuthenticateServerResponse::Ok {
            euicc_signature1: self.session.signature1.clone(),
            euicc_signed1: Box::new(signed),
            euicc_certificate: self.credential.certificate().der().to_vec(),
            eum_certificate: self.eum.der().to_vec(),
        }
    }

    /// PrepareDownload: verifies the offer, takes up the key that the server still knows (if the card still has
    /// it), signs, and gives the body of getBoundProfilePackage.
    pub fn prepare(&mut self, offer: &Value, code: Option<&str>) -> Value {
        let signed = Raw::<SmdpSigned2>::decode(&bytes(offer, "smdpSigned2")).unwrap();
        let signature = decode_signature(&bytes(offer, "smdpSignature2")).unwrap();
        let certificate = Certificate::from_der(&bytes(offer, "smdpCertificate")).unwrap();
        let roots = pki().roots().unwrap();
        roots.verify(&certificate, Role::DpPb, None).unwrap();
        let auth = self.session.dp_certificate.as_ref().unwrap();
        assert_eq!(certificate.registered_id(), auth.registered_id());
        let message = [signed.raw(), &encode(Tag::SIGNATURE, &self.session.signature1)].concat();
        let key = certificate.public_key().unwrap();
        key.verify(&message, &signature).unwrap();
        assert_eq!(signed.transaction_id, self.transaction_id());
        self.session.dp_certificate = Some(certificate);

        let kept =
            self.session.key.take().filter(|key| {
                signed.bpp_euicc_otpk.as_deref() == Some(key.public_point().as_slice())
            });
        let key = kept.unwrap_or_else(|| OneTimeKeyPair::generate(&mut self.random));
        let euicc_signed2 = Raw::new(EuiccSigned2 {
            transaction_id: if self.lies.signed_transaction_id {
                TransactionId::from_octets(&[9; 16]).unwrap()
            } else {
                self.transaction_id()
            },
            euicc_otpk: key.public_point().to_vec(),
            hash_cc: code.map(|code| confirmation_code::hash(code, self.transaction_id().octets())),
        });
        self.session.key = Some(key);
        let message = [euicc_signed2.raw(), &encode(Tag::SIGNATURE, &signature)].concat();
        let response = PrepareDownloadResponse::Ok {
            euicc_signature2: self.sign(&message).to_vec(),
            euicc_signed2,
        };
        self.prepared(&response)
    }

    pub fn prepared(&self, response: &PrepareDownloadResponse) -> Value {
        json!({
            "transactionId": self.transaction_id().to_string(),
            "prepareDownloadResponse": base64(&response.encode()),
        })
    }

    /// Opens a package: smdpSign, session keys, every MAC and decryption.
    pub fn load(&self, package: &[u8]) -> Loaded {
        let outline = BppOutline::parse(package).unwrap();
        let channel = &outline.initialise_secure_channel;
        assert_eq!(channel.transaction_id, self.transaction_id());
        assert_eq!((channel.key_type, channel.key_length), (0x88, 0x10));
        let key = self.session.key.as_ref().unwrap();
        let mut signed = channel.signed_part();
        signed.extend(encode(Tag::ONE_TIME_KEY, &key.public_point()));
        let pb = self.session.dp_certificate.as_ref().unwrap();
        let pb_key = pb.public_key().unwrap();
        pb_key.verify(&signed, &channel.signature).unwrap();

        let secret = key.agree(&channel.smdp_otpk).unwrap();
        let keys = SessionKeys::derive(&secret, &channel.host_id, &self.eid).unwrap();
        let mut reader = BspReader::new(keys);
        let mut loaded = Loaded {
            metadata: Vec::new(),
            configure: Vec::new(),
            profile: Vec::new(),
            largest_segment: 0,
            metadata_segments: 0,
        };
        let mut parts = Reader::new(package).read().unwrap().reader();
        parts.read().unwrap();
        while !parts.is_empty() {
            let part = parts.read().unwrap();
            let mut plain = Vec::new();
            for segment in part.fields().unwrap().iter() {
                loaded.largest_segment = loaded.largest_segment.max(segment.raw.len());
                let tag = SegmentTag::try_from(segment.tag.octets() as u8).unwrap();
                plain.extend(reader.read(tag, segment.value).unwrap());
                loaded.metadata_segments += usize::from(tag == SegmentTag::Metadata);
            }
            match part.tag.octets() {
                0xA0 => loaded.configure = plain,
                0xA1 => loaded.metadata = plain,
                0xA2 => {
                    let keys = ReplaceSessionKeys::decode(&plain).unwrap();
                    reader.replace_keys(SessionKeys::from_parts(
                        keys.initial_mac_chaining_value,
                        keys.ppk_enc,
                        keys.ppk_cmac,
                    ));
                }
                0xA3 => loaded.profile = plain,
                other => panic!("part {other:X}"),
            }
        }
        loaded
    }

    pub fn success() -> InstallOutcome {
        InstallOutcome::Success {
            isdp_aid: Aid::from_hex("A0000005591010FFFFFFFF8900001100").unwrap(),
            sima_response: SimaResponse::ok().octets(),
        }
    }

    pub fn failure(reason: InstallErrorReason) -> InstallOutcome {
        InstallOutcome::Failure {
            command: BppCommandId::LoadProfileElements,
            reason,
            sima_response: None,
        }
    }

    /// The body of handleNotification with a ProfileInstallationResult.
    pub fn result(&self, iccid: Iccid, outcome: InstallOutcome) -> Value {
        let data = Raw::new(ProfileInstallationResultData {
            transaction_id: self.transaction_id(),
            notification: self.notification(1, Event::Install, iccid),
            smdp_oid: self.smdp_oid(),
            outcome,
        });
        let result = ProfileInstallationResult { signature: self.sign(data.raw()).to_vec(), data };
        json!({ "pendingNotification": base64(&result.encode()) })
    }

    /// The body of handleNotification with another event.
    pub fn event(&self, number: u32, event: Event, iccid: Iccid) -> Value {
        let metadata = Raw::new(self.notification(number, event, iccid));
        let notification = OtherSignedNotification {
            signature: self.sign(metadata.raw()).to_vec(),
            metadata,
            euicc_certificate: self.credential.certificate().der().to_vec(),
            eum_certificate: self.eum.der().to_vec(),
        };
        json!({ "pendingNotification": base64(&notification.encode()) })
    }

    fn notification(&self, seq_number: u32, event: Event, iccid: Iccid) -> NotificationMetadata {
        NotificationMetadata {
            seq_number,
            events: EventSet::of(&[event]),
            address: "smdp.example.com".to_owned(),
            iccid: Some(iccid),
            unknown: Unknown::NONE,
        }
    }

    /// The OID of the session's server.
    fn smdp_oid(&self) -> ObjectIdentifier {
        if self.lies.oid {
            return ObjectIdentifier::parse("2.999.4711").unwrap();
        }
        let certificate = self.session.dp_certificate.as_ref().unwrap();
        let id = certificate.registered_id().unwrap();
        ObjectIdentifier::from_bytes(id.der_value()).unwrap()
    }

    /// The body of cancelSession.
    pub fn cancel(&self, reason: CancelReason) -> Value {
        let signed = Raw::new(EuiccCancelSessionSigned {
            transaction_id: if self.lies.signed_transaction_id {
                TransactionId::from_octets(&[9; 16]).unwrap()
            } else {
                self.transaction_id()
            },
            smdp_oid: self.smdp_oid(),
            reason,
        });
        let response =
            CancelSessionResponse::Ok { signature: self.sign(signed.raw()).to_vec(), signed };
        self.cancelled(&response)
    }

    pub fn cancelled(&self, response: &CancelSessionResponse) -> Value {
        json!({
            "transactionId": self.transaction_id().to_string(),
            "cancelSessionResponse": base64(&response.encode()),
        })
    }
}
