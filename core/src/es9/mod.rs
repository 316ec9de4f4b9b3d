//! ES9+ and ES11: the functions of an SM-DP+ and of an SM-DS, typed, over [`HttpTransport`]. JSON binding of SGP.22 (facts 4); what real servers
//! do differently is tolerated here and nowhere else.

mod body;
mod es11;
mod messages;

pub use es11::{EventEntry, MAX_EVENTS};

use std::sync::Arc;
use std::time::Duration;

use lpakit_rsp::Raw;
use lpakit_rsp::RspError;
use lpakit_rsp::authentication::{ServerSigned1, decode_ci_key_id, decode_signature};
use lpakit_rsp::identifiers::{KeyId, TransactionId};
use lpakit_rsp::preparation::SmdpSigned2;

use crate::http::{Body, Decoded, HttpError, HttpRequest, HttpTransport, MAX_BODY};
use body::decode_base64;
use messages::{
    AuthenticateClientRequest, AuthenticateClientResponse, CancelSessionRequest,
    GetBoundProfilePackageRequest, GetBoundProfilePackageResponse, HandleNotificationRequest,
    InitiateAuthenticationRequest, InitiateAuthenticationResponse, check_status, encode, parse,
    to_json,
};

/// The SGP.22 version that is really implemented, as X-Admin-Protocol says it.
pub const ADMIN_PROTOCOL: &str = "gsma/rsp/v2.5.0";

/// How long servers may take to answer, connecting included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// For an ordinary function.
    pub function: Duration,
    /// For ES9+.GetBoundProfilePackage: the server binds the package meanwhile.
    pub package: Duration,
}

impl Default for TimeLimits {
    /// 30 seconds, and two minutes for a package.
    fn default() -> Self {
        Self { function: Duration::from_secs(30), package: Duration::from_secs(120) }
    }
}

/// What a server says when it refuses (statusCodeData): compared as texts, never as numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerRefusal {
    /// subjectCode: whom or what it is about, for example `8.2.6`.
    pub subject: String,
    /// reasonCode: what is wrong, for example `3.8`.
    pub reason: String,
    /// The server's own text, not localised and not trusted; it may hold identifiers.
    pub message: Option<String>,
}

impl ServerRefusal {
    /// True for this pair.
    pub fn is(&self, subject: &str, reason: &str) -> bool {
        self.subject == subject && self.reason == reason
    }
}

impl std::fmt::Debug for ServerRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The message is left out: servers put identifiers into it.
        write!(f, "ServerRefusal({}/{})", self.subject, self.reason)
    }
}

/// Why an ES9+ function did not give what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Es9Error {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An HTTP status that is no success.
    #[error("HTTP status {0}")]
    HttpStatus(u16),
    /// The function failed, and the server says why.
    #[error("the server refused: {}/{}", .0.subject, .0.reason)]
    Refused(ServerRefusal),
    /// The answer is no JSON object: a portal's page, for example.
    #[error("the server's answer is no RSP message")]
    NotAMessage,
    /// An SM-DS names more events than [`MAX_EVENTS`].
    #[error("the server names too many events")]
    TooManyEvents,
    /// An element is missing or cannot be read.
    #[error("{0} in the server's answer is missing or cannot be read")]
    BadField(&'static str),
    /// An object in the answer cannot be read.
    #[error("the server's answer cannot be read ({0})")]
    Malformed(#[from] RspError),
}

/// The transaction ID of a session as the server wrote it; it is echoed to the letter and compared as octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionName {
    text: String,
    id: TransactionId,
}

impl SessionName {
    fn parse(text: &str) -> Result<Self, Es9Error> {
        let id = TransactionId::from_hex(text.trim());
        let id = id.map_err(|_| Es9Error::BadField("transactionId"))?;
        Ok(Self { text: text.to_owned(), id })
    }

    /// The octets.
    pub const fn id(&self) -> &TransactionId {
        &self.id
    }
}

/// The answer to ES9+.InitiateAuthentication.
#[derive(Debug, Clone)]
pub struct InitiateAuthenticationOk {
    /// The session.
    pub session: SessionName,
    /// What the server signed.
    pub server_signed1: Raw<ServerSigned1>,
    /// serverSignature1 as it came, header included.
    pub server_signature1: Vec<u8>,
    /// Which CI public key is to be used.
    pub ci_key_id: KeyId,
    /// CERT.DPauth, DER.
    pub server_certificate: Vec<u8>,
}

/// The answer to ES9+.AuthenticateClient.
#[derive(Clone)]
pub struct AuthenticateClientOk {
    /// The session, as named in this answer.
    pub session: SessionName,
    /// The offered metadata (`BF25`) as it came.
    pub profile_metadata: Vec<u8>,
    /// What the server signed.
    pub smdp_signed2: Raw<SmdpSigned2>,
    /// smdpSignature2 as it came, header included.
    pub smdp_signature2: Vec<u8>,
    /// CERT.DPpb, DER.
    pub smdp_certificate: Vec<u8>,
}

/// The answer to ES9+.GetBoundProfilePackage.
#[derive(Clone)]
pub struct BoundPackage {
    /// The session, as named in this answer.
    pub session: SessionName,
    /// The package (`BF36`).
    pub package: Vec<u8>,
}

impl std::fmt::Debug for AuthenticateClientOk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The metadata holds the ICCID.
        f.debug_struct("AuthenticateClientOk")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for BoundPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundPackage").field("octets", &self.package.len()).finish_non_exhaustive()
    }
}

/// One server's ES9+ functions, for one card.
#[derive(Clone)]
pub struct Es9Client {
    transport: Arc<dyn HttpTransport>,
    host: String,
    card_keys: Arc<[KeyId]>,
    limits: TimeLimits,
    interface: Interface,
}

/// Under which path a server offers common mutual authentication. SM-DSs take ES9+'s as well, but not all of them
/// (facts 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interface {
    Es9Plus,
    Es11,
}

impl Es9Client {
    /// The functions of the server at `host`. `card_keys` are the CI keys that the card lists for verification.
    pub const fn new(
        transport: Arc<dyn HttpTransport>,
        host: String,
        card_keys: Arc<[KeyId]>,
        limits: TimeLimits,
    ) -> Self {
        Self { transport, host, card_keys, limits, interface: Interface::Es9Plus }
    }

    async fn post(
        &self,
        path: &'static str,
        body: Vec<u8>,
        time_limit: Duration,
    ) -> Result<Vec<u8>, Es9Error> {
        Ok(self.post_and_decode(path, body, time_limit, None).await?.json)
    }

    async fn post_and_decode(
        &self,
        path: &'static str,
        body: Vec<u8>,
        time_limit: Duration,
        decode_field: Option<&'static str>,
    ) -> Result<Body, Es9Error> {
        let request = HttpRequest {
            host: self.host.clone(),
            path,
            admin_protocol: ADMIN_PROTOCOL,
            body,
            time_limit,
            max_body: MAX_BODY,
            decode_field,
            card_keys: Arc::clone(&self.card_keys),
        };
        let response = self.transport.post(request).await;
        match &response {
            Ok(response) => {
                log::debug!("{path}: HTTP {}, {} octets", response.status, response.length)
            }
            Err(error) => log::debug!("{path}: {error}"),
        }
        let response = response?;
        if !response.is_success() {
            return Err(Es9Error::HttpStatus(response.status));
        }
        Ok(response.body)
    }

    /// ES9+.InitiateAuthentication. `address` is the SM-DP+ address as the activation code names it.
    ///
    /// # Errors
    /// [`Es9Error`].
    pub async fn initiate_authentication(
        &self,
        challenge: &[u8; 16],
        euicc_info1: &[u8],
        address: &str,
    ) -> Result<InitiateAuthenticationOk, Es9Error> {
        let request = InitiateAuthenticationRequest {
            euicc_challenge: encode(challenge),
            euicc_info1: encode(euicc_info1),
            smdp_address: address,
        };
        let body = to_json(&request);
        let path = match self.interface {
            Interface::Es9Plus => "/gsma/rsp2/es9plus/initiateAuthentication",
            Interface::Es11 => "/gsma/rsp2/es11/initiateAuthentication",
        };
        let answer = self.post(path, body, self.limits.function).await?;
        let answer: InitiateAuthenticationResponse<'_> = parse(&answer)?;
        let signed1 = decode_base64(&answer.server_signed1, "serverSigned1")?;
        let signature = decode_base64(&answer.server_signature1, "serverSignature1")?;
        let key_id = decode_base64(&answer.euicc_ci_pk_id_to_be_used, "euiccCiPKIdToBeUsed")?;
        decode_signature(&signature)?;
        Ok(InitiateAuthenticationOk {
            session: SessionName::parse(&answer.transaction_id)?,
            server_signed1: Raw::decode(&signed1)?,
            server_signature1: signature,
            ci_key_id: decode_ci_key_id(&key_id)?,
            server_certificate: decode_base64(&answer.server_certificate, "serverCertificate")?,
        })
    }

    /// ES9+.AuthenticateClient with the card's answer in either form. The error form closes the server's session;
    /// the server then answers with a refusal.
    ///
    /// # Errors
    /// [`Es9Error`].
    pub async fn authenticate_client(
        &self,
        session: &SessionName,
        authenticate_server_response: &[u8],
    ) -> Result<AuthenticateClientOk, Es9Error> {
        let request = AuthenticateClientRequest {
            transaction_id: &session.text,
            authenticate_server_response: encode(authenticate_server_response),
        };
        let body = to_json(&request);
        let path = "/gsma/rsp2/es9plus/authenticateClient";
        let answer = self.post(path, body, self.limits.function).await?;
        let answer: AuthenticateClientResponse<'_> = parse(&answer)?;
        let signed2 = decode_base64(&answer.smdp_signed2, "smdpSigned2")?;
        let signature = decode_base64(&answer.smdp_signature2, "smdpSignature2")?;
        decode_signature(&signature)?;
        Ok(AuthenticateClientOk {
            session: SessionName::parse(&answer.transaction_id)?,
            profile_metadata: decode_base64(&answer.profile_metadata, "profileMetadata")?,
            smdp_signed2: Raw::decode(&signed2)?,
            smdp_signature2: signature,
            smdp_certificate: decode_base64(&answer.smdp_certificate, "smdpCertificate")?,
        })
    }

    /// ES9+.GetBoundProfilePackage with the card's answer in either form. The error form closes the server's session;
    /// the server then answers with a refusal.
    ///
    /// # Errors
    /// [`Es9Error`].
    pub async fn get_bound_profile_package(
        &self,
        session: &SessionName,
        prepare_download_response: &[u8],
    ) -> Result<BoundPackage, Es9Error> {
        let request = GetBoundProfilePackageRequest {
            transaction_id: &session.text,
            prepare_download_response: encode(prepare_download_response),
        };
        let body = to_json(&request);
        let path = "/gsma/rsp2/es9plus/getBoundProfilePackage";
        let field = "boundProfilePackage";
        let answer = self.post_and_decode(path, body, self.limits.package, Some(field)).await?;
        let parsed: GetBoundProfilePackageResponse<'_> = parse(&answer.json)?;
        let session = SessionName::parse(&parsed.transaction_id)?;
        match answer.field {
            Some(Decoded::Octets(package)) => Ok(BoundPackage { session, package }),
            Some(Decoded::Malformed) | None => Err(Es9Error::BadField(field)),
        }
    }

    /// ES9+.HandleNotification: one pending notification, its bytes as the card gave them. Any 2xx is success,
    /// whatever the body.
    ///
    /// # Errors
    /// [`Es9Error`]; then the notification must stay on the card.
    pub async fn handle_notification(&self, notification: &[u8]) -> Result<(), Es9Error> {
        let request = HandleNotificationRequest { pending_notification: encode(notification) };
        let body = to_json(&request);
        self.post("/gsma/rsp2/es9plus/handleNotification", body, self.limits.function)
            .await
            .map(drop)
    }

    /// ES9+.CancelSession with the card's answer.
    ///
    /// # Errors
    /// [`Es9Error`].
    pub async fn cancel_session(
        &self,
        session: &SessionName,
        cancel_session_response: &[u8],
    ) -> Result<(), Es9Error> {
        let request = CancelSessionRequest {
            transaction_id: &session.text,
            cancel_session_response: encode(cancel_session_response),
        };
        let body = to_json(&request);
        let path = "/gsma/rsp2/es9plus/cancelSession";
        let answer = self.post(path, body, self.limits.function).await?;
        check_status(&answer)
    }
}

impl std::fmt::Debug for Es9Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Es9Client({})", self.host)
    }
}
