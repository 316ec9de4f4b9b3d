//! A server's name, certificates and sessions, and the mutual authentication with which every session begins: the
//! server signs first, then the eUICC (SGP.22 3.0.1; facts 4.2, 6.2).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use lpakit_rsp::authentication::{AuthenticateServerResponse, EuiccSigned1, ServerSigned1};
use lpakit_rsp::chip::EuiccInfo1;
use lpakit_rsp::identifiers::{KeyId, TransactionId, Version};
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{Object, Raw, Tag};
use lpakit_sandbox_crypto::pki::Credential;
use lpakit_sandbox_crypto::{CertificateError, Random, Role, Roots};

use crate::certificates::{self, KnownEuicc};
use crate::json::{Arguments, Field, Reply};
use crate::misbehaviour::{Misbehaviour, Quirks};
use crate::session::{Session, Sessions};
use crate::status::Refusal;

/// SGP.22 versions of eUICCs that are served.
const SVN: std::ops::Range<Version> = Version([2, 0, 0])..Version([4, 0, 0]);

/// Why a server could not be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The set of certificates lacks the part of this server.
    #[error("the certificates of this server are missing")]
    NoCredentials,
    /// A certificate of the server is not accepted by its own roots.
    #[error("a certificate of the server is not accepted: {0}")]
    Certificate(#[from] CertificateError),
    /// CERT.DPauth and CERT.DPpb name different SM-DP+, or none.
    #[error("CERT.DPauth and CERT.DPpb do not name one SM-DP+")]
    Oid,
    /// No address, or one that is empty or longer than 255 octets.
    #[error("a server needs addresses of 1 to 255 octets")]
    Address,
    /// No length of transaction IDs, or one out of range.
    #[error("transaction IDs have 1 to 16 octets")]
    TransactionIdLength,
}

/// How an authority is set up.
#[derive(Debug, Clone)]
pub struct AuthorityOptions {
    /// What clients may call the server, the first being its usual name; `host:port` forms may be among them.
    pub addresses: Vec<String>,
    /// The CIs whose eUICCs are served.
    pub roots: Roots,
    /// With what serverSigned1 is signed: CERT.DPauth or CERT.DSauth, one for each CI.
    pub auth: Vec<Credential>,
    /// How long an RSP session may take from its first request to its last.
    pub session_life: Duration,
    /// Octets of transaction IDs, 1 to 16 each; taken in turn.
    pub transaction_id_lengths: Vec<usize>,
}

/// How this kind of server refuses to begin.
struct Codes {
    address: Refusal,
    no_common_ci: Refusal,
    svn: Refusal,
    no_certificate: Refusal,
}

const SMDP: Codes = Codes {
    address: Refusal::ADDRESS,
    no_common_ci: Refusal::NO_COMMON_CI,
    svn: Refusal::SVN,
    no_certificate: Refusal::NO_CERTIFICATE,
};

const SMDS: Codes = Codes {
    address: Refusal::DS_ADDRESS,
    no_common_ci: Refusal::DS_NO_COMMON_CI,
    svn: Refusal::DS_SVN,
    no_certificate: Refusal::DS_NO_CERTIFICATE,
};

/// A server before eUICCs; its sessions come as far as `S` says.
pub struct Authority<S> {
    options: AuthorityOptions,
    codes: Codes,
    /// The CI key above each of the server's certificates.
    ci_keys: Vec<Vec<u8>>,
    begun: AtomicUsize,
    /// The sessions under way.
    pub sessions: Sessions<S>,
}

/// One request: what it says, what is to be done wrong with it, and when it came.
pub struct Asked<'a> {
    /// The fields.
    pub arguments: &'a Arguments,
    /// What is to be done wrong.
    pub quirks: &'a Quirks,
    /// When.
    pub now: SystemTime,
}

/// An eUICC that has proved who it is, and what it said.
pub struct Authenticated {
    /// Who.
    pub euicc: KnownEuicc,
    /// What it signed.
    pub signed: Box<Raw<EuiccSigned1>>,
    /// euiccSignature1: 64 octets.
    pub signature: Vec<u8>,
}

impl<S> Authority<S> {
    /// A server whose certificates have this role: [`Role::DpAuth`] or [`Role::DsAuth`].
    ///
    /// # Errors
    /// [`SetupError`]. Dates of certificates are not looked at: a test may serve with expired ones.
    pub fn new(role: Role, options: AuthorityOptions) -> Result<Self, SetupError> {
        let fits = |address: &String| (1..=255).contains(&address.len());
        if options.addresses.is_empty() || !options.addresses.iter().all(fits) {
            return Err(SetupError::Address);
        }
        let lengths = &options.transaction_id_lengths;
        if lengths.is_empty() || !lengths.iter().all(|length| (1..=16).contains(length)) {
            return Err(SetupError::TransactionIdLength);
        }
        if options.auth.is_empty() {
            return Err(SetupError::NoCredentials);
        }
        let ci_key = |auth: &Credential| -> Result<Vec<u8>, SetupError> {
            let ci = options.roots.verify(auth.certificate(), role, None)?;
            Ok(ci.subject_key_identifier().unwrap_or_default().to_vec())
        };
        Ok(Self {
            codes: if role == Role::DsAuth { SMDS } else { SMDP },
            ci_keys: options.auth.iter().map(ci_key).collect::<Result<_, _>>()?,
            begun: AtomicUsize::new(0),
            sessions: Sessions::new(options.session_life),
            options,
        })
    }

    /// The server's usual name.
    pub fn address(&self) -> &str {
        self.options.addresses.first().map(String::as_str).unwrap_or_default()
    }

    /// The CIs whose eUICCs are served.
    pub fn roots(&self) -> &Roots {
        &self.options.roots
    }

    /// The certificate of this number, with which sessions that name it are signed.
    pub fn auth(&self, credential: usize) -> Option<&Credential> {
        self.options.auth.get(credential)
    }

    /// InitiateAuthentication: address, version and CI in common; then the server signs, with the certificate that
    /// `signer` gives for the session (SGP.22 5.6.1).
    ///
    /// # Errors
    /// The [`Refusal`] that says what there is not in common.
    pub fn initiate<'a>(
        &'a self,
        stage: S,
        asked: &Asked<'_>,
        random: &mut dyn Random,
        signer: impl FnOnce(usize) -> Result<&'a Credential, Refusal>,
    ) -> Result<Reply, Refusal> {
        let arguments = asked.arguments;
        let challenge: [u8; 16] =
            arguments.bytes("euiccChallenge")?.try_into().map_err(|_| Refusal::FORMAT)?;
        let info: EuiccInfo1 = arguments.object("euiccInfo1")?;
        let address = self.own_address(arguments.text("smdpAddress")?)?;
        if !SVN.contains(&info.svn) {
            return Err(self.codes.svn.clone());
        }
        let ci_key_id = self.signing_key(&info)?;
        let credential = self.credential(&info)?;
        let mut server_challenge = [0; 16];
        random.fill(&mut server_challenge);
        let session = Session {
            transaction_id: self.new_transaction_id(random)?,
            begun: asked.now,
            address: address.to_owned(),
            server_challenge,
            ci_key_id: ci_key_id.octets().to_vec(),
            credential,
            stage,
            turn: None,
        };
        let reply = first_reply(&session, asked.quirks, challenge, signer(credential)?);
        self.sessions.put(session);
        Ok(reply)
    }

    /// Takes the session that the request names. It is gone unless it is put back: any refusal ends a session.
    ///
    /// # Errors
    /// [`Refusal::SESSION`].
    pub fn take_session(
        &self,
        arguments: &Arguments,
        now: SystemTime,
    ) -> Result<Session<S>, Refusal> {
        let id = arguments.transaction_id()?;
        self.sessions.take(&id, now).ok_or(Refusal::SESSION)
    }

    /// AuthenticateClient up to where the kinds of servers differ: who the eUICC is, and that what it signed is what
    /// this session asked for (SGP.22 5.6.3).
    ///
    /// # Errors
    /// The [`Refusal`] for what does not fit. The eUICC's error form ends the session: it did not accept this server.
    pub fn authenticate(
        &self,
        session: &Session<S>,
        response: AuthenticateServerResponse,
        now: SystemTime,
    ) -> Result<Authenticated, Refusal> {
        let (signed, signature, euicc, eum) = match response {
            AuthenticateServerResponse::Ok {
                euicc_signed1,
                euicc_signature1,
                euicc_certificate,
                eum_certificate,
            } => (euicc_signed1, euicc_signature1, euicc_certificate, eum_certificate),
            AuthenticateServerResponse::Error { transaction_id, .. } => {
                let own = transaction_id == session.transaction_id;
                return Err(if own { Refusal::EUICC_ERROR } else { Refusal::SESSION });
            }
        };
        let euicc = certificates::check(self.roots(), Some(&session.ci_key_id), &euicc, &eum, now)?;
        certificates::verify(&euicc.euicc, signed.raw(), &signature)?;
        if signed.transaction_id != session.transaction_id {
            return Err(Refusal::SESSION);
        }
        let given_back = signed.server_challenge == session.server_challenge
            && signed.server_address == session.address;
        if !given_back {
            return Err(Refusal::EUICC_SIGNATURE);
        }
        Ok(Authenticated { euicc, signed, signature })
    }

    /// The address as this server writes it, if it is one of its own; letters of either size (facts 5.3).
    fn own_address(&self, asked_for: &str) -> Result<&str, Refusal> {
        let own = self.options.addresses.iter().find(|own| own.eq_ignore_ascii_case(asked_for));
        own.map(String::as_str).ok_or_else(|| self.codes.address.clone())
    }

    /// The CI under which the eUICC is to show its certificates: the first on its list that is known here.
    fn signing_key(&self, info: &EuiccInfo1) -> Result<KeyId, Refusal> {
        let first = info.signing_keys.iter().find(|key| self.is_known(key));
        first.cloned().ok_or_else(|| self.codes.no_common_ci.clone())
    }

    /// The server's certificate under the first CI on the eUICC's list that has issued one.
    fn credential(&self, info: &EuiccInfo1) -> Result<usize, Refusal> {
        let of = |key: &KeyId| self.ci_keys.iter().position(|ci| ci == key.octets());
        info.verification_keys.iter().find_map(of).ok_or_else(|| {
            if info.verification_keys.iter().any(|key| self.is_known(key)) {
                self.codes.no_certificate.clone()
            } else {
                self.codes.no_common_ci.clone()
            }
        })
    }

    fn is_known(&self, key: &KeyId) -> bool {
        self.roots().find(key.octets()).is_ok()
    }

    /// A transaction ID that no one can guess, of the next length in turn.
    fn new_transaction_id(&self, random: &mut dyn Random) -> Result<TransactionId, Refusal> {
        let lengths = &self.options.transaction_id_lengths;
        let turn = self.begun.fetch_add(1, Ordering::Relaxed).checked_rem(lengths.len());
        let length = turn.and_then(|index| lengths.get(index)).copied().unwrap_or(16);
        let mut octets = vec![0; length];
        random.fill(&mut octets);
        TransactionId::from_octets(&octets).map_err(|_| Refusal::INTERNAL)
    }
}

fn first_reply<S>(
    session: &Session<S>,
    quirks: &Quirks,
    euicc_challenge: [u8; 16],
    signer: &Credential,
) -> Reply {
    let other_address = quirks.has(&Misbehaviour::OtherServerAddress);
    let signed = ServerSigned1 {
        transaction_id: quirks.signed(&session.transaction_id),
        euicc_challenge,
        server_address: if other_address {
            "another-server.invalid".to_owned()
        } else {
            session.address.clone()
        },
        server_challenge: session.server_challenge,
    }
    .encode();
    let signature = quirks.signature(signer.sign(&signed));
    let ci_key = encode(Tag::OCTET_STRING, &session.ci_key_id);
    Reply::Fields(vec![
        ("transactionId", quirks.told(&session.transaction_id)),
        ("serverSigned1", Field::Bytes(signed)),
        ("serverSignature1", Field::Bytes(encode(Tag::SIGNATURE, &signature))),
        ("euiccCiPKIdToBeUsed", Field::Bytes(ci_key)),
        ("serverCertificate", Field::Bytes(signer.certificate().der().to_vec())),
    ])
}

impl Quirks {
    /// The transaction ID that goes out in JSON; another one if a test wants that.
    pub fn told(&self, id: &TransactionId) -> Field {
        let other = self.has(&Misbehaviour::OtherTransactionId);
        Field::TransactionId(if other { other_transaction_id(id) } else { id.clone() })
    }

    /// The transaction ID that is signed; another one if a test wants that.
    pub fn signed(&self, id: &TransactionId) -> TransactionId {
        let other = self.has(&Misbehaviour::OtherTransactionIdSigned);
        if other { other_transaction_id(id) } else { id.clone() }
    }

    /// A signature as it goes out; damaged if a test wants that.
    pub fn signature(&self, mut signature: [u8; 64]) -> [u8; 64] {
        if self.has(&Misbehaviour::WrongSignature) {
            let [first, ..] = &mut signature;
            *first ^= 1;
        }
        signature
    }
}

fn other_transaction_id(id: &TransactionId) -> TransactionId {
    let inverted: Vec<u8> = id.octets().iter().map(|octet| !octet).collect();
    TransactionId::from_octets(&inverted).unwrap_or_else(|_| id.clone())
}
