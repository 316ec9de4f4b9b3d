//! From a code to an offer: common mutual authentication and the profile's metadata (facts 5.2, steps 1 to 7).

use std::sync::Arc;

use lpakit_messages::CardFunction;
use lpakit_rsp::Raw;
use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerRequest, AuthenticateServerResponse, CtxParams1,
};
use lpakit_rsp::chip::EuiccInfo1;
use lpakit_rsp::preparation::SmdpSigned2;
use lpakit_rsp::profiles::{ProfileInfoListRequest, ProfileMetadata};
use lpakit_rsp::session::CancelReason;

use zeroize::Zeroize;

use super::certificate::{Role, ServerCertificate};
use super::checks::{self, Violation};
use super::policy::{self, CardPolicy, RuleConsent};
use super::session::{Reservation, Session};
use super::{Inner, Lpa, Offer, ProfileSource};
use crate::activation_code::{ActivationCode, Address};
use crate::error::Error;
use crate::es9::{AuthenticateClientOk, Es9Client, Es9Error, InitiateAuthenticationOk};
use crate::es10::Es10;
use crate::http::BoxFuture;

/// What an authenticated session offers; all that is needed to accept it.
pub(super) struct Authenticated {
    pub(super) session: Session,
    pub(super) metadata: ProfileMetadata,
    pub(super) metadata_bytes: Vec<u8>,
    pub(super) consent: RuleConsent,
    /// Whether the profile seems larger than the card's free memory.
    pub(super) low_memory: bool,
    pub(super) smdp_signed2: Raw<SmdpSigned2>,
    pub(super) smdp_signature2: Vec<u8>,
    pub(super) smdp_certificate: Vec<u8>,
    pub(super) address: Address,
}

impl Lpa {
    /// Asks the operator's server what it offers for a code. A person sees the offer before anything is written to
    /// the card (SGP.22, 3.1.3).
    ///
    /// # Errors
    /// [`Error`] of kind `busy` while another offer is open; of kinds `card`, `network`, `server`, `trust` and
    /// `policy` when a step fails. Card and order are left as the standard wants: the session is cancelled with the
    /// reason that fits.
    pub async fn authenticate(&self, source: ProfileSource) -> Result<Offer, Error> {
        let reservation = Reservation::take(&self.inner)?;
        let asked = self.inner.authenticate(&source, reservation);
        let authenticated = self.inner.closing.unless_wished(asked).await;
        let authenticated = authenticated.map_err(Error::on_the_way)?;
        Ok(Offer::new(self.clone(), source, authenticated))
    }
}

/// Whom to ask, and what for.
pub(super) struct Question<'a> {
    pub(super) address: Address,
    pub(super) matching_id: Option<String>,
    /// What the server may be.
    pub(super) roles: &'a [Role],
    pub(super) code: Option<&'a ActivationCode>,
}

/// A server that the card has accepted.
pub(super) struct Met {
    pub(super) session: Session,
    pub(super) server: ServerCertificate,
    /// The card's answer, for the server.
    pub(super) answer: Raw<AuthenticateServerResponse>,
}

impl Inner {
    /// From a source to what its server offers. Events may lead over further SM-DSs. In a box, or its code would be
    /// there once for each crate that waits for it.
    pub(super) fn authenticate<'a>(
        self: &'a Arc<Self>,
        source: &'a ProfileSource,
        reservation: Reservation,
    ) -> BoxFuture<'a, Result<Authenticated, Error>> {
        Box::pin(self.find_offer(source, reservation))
    }

    async fn find_offer(
        self: &Arc<Self>,
        source: &ProfileSource,
        reservation: Reservation,
    ) -> Result<Authenticated, Error> {
        let question = match source {
            ProfileSource::Code(code) => Question {
                // Read again with our own rules: the app may have read the code with looser ones.
                address: self.parse_address(&code.address().authority())?,
                matching_id: Some(code.matching_id().as_str().to_owned()),
                roles: &[Role::DpAuth],
                code: Some(code),
            },
            ProfileSource::DefaultServer => Question {
                address: self.default_server().await?,
                matching_id: None,
                roles: &[Role::DpAuth],
                code: None,
            },
            ProfileSource::Event(plan) => {
                return self.authenticate_event(plan, reservation).await;
            }
        };
        let address = question.address.clone();
        let met = self.meet(question, reservation).await?;
        self.ask_for_offer(met, address).await
    }

    /// Common mutual authentication up to the card's answer. The server's session begins here, and with it the duty
    /// to end it. In a box, as [`Self::authenticate`].
    pub(super) fn meet<'a>(
        self: &'a Arc<Self>,
        question: Question<'a>,
        reservation: Reservation,
    ) -> BoxFuture<'a, Result<Met, Error>> {
        Box::pin(self.authenticate_server(question, reservation))
    }

    async fn authenticate_server(
        self: &Arc<Self>,
        question: Question<'_>,
        reservation: Reservation,
    ) -> Result<Met, Error> {
        let (info1, challenge) =
            self.es10(|card| Ok((card.get_euicc_info1()?, card.get_euicc_challenge()?))).await?;
        let card_keys = self.remember_keys(&info1.verification_keys);
        if !self.transport.knows_any(&card_keys) {
            return Err(Error::of("trust.no_common_ci"));
        }
        let allowed = question.code.and_then(ActivationCode::ci_pkid);
        if allowed.is_some_and(|allowed| card_keys.iter().all(|key| key.octets() != allowed)) {
            return Err(Error::of("trust.ci_not_allowed"));
        }
        let Question { address, matching_id, roles, code } = question;
        let es9 = self.es9(address.authority(), card_keys);
        let (es9, initiated) = initiate(es9, &challenge.0, &info1, &address, roles).await?;
        let expected = checks::Expected { address: &address, roles, code };
        let server = checks::initiated(&initiated, &challenge.0, &expected)?;

        let session = Session::new(reservation, es9, initiated.session.clone());
        let request = AuthenticateServerRequest {
            server_signed1: initiated.server_signed1,
            server_signature1: initiated.server_signature1,
            ci_key_id: initiated.ci_key_id,
            server_certificate: initiated.server_certificate,
            ctx_params1: CtxParams1 { matching_id, device_info: self.options.device },
        };
        let (answer, session) = self.show_server_to_card(request, session).await?;
        Ok(Met { session, server, answer })
    }

    /// ES9+.AuthenticateClient, and what the LPA thinks of the answer.
    pub(super) async fn ask_for_offer(
        &self,
        met: Met,
        address: Address,
    ) -> Result<Authenticated, Error> {
        let Met { session, server, answer } = met;
        match session.es9.authenticate_client(&session.name, answer.raw()).await {
            Ok(offer) => self.examine_offer(offer, session, &server, address).await,
            Err(error) => {
                session.end_after(&error).await;
                Err(error.into())
            }
        }
    }

    /// ES10b.AuthenticateServer. A server that the card refuses is told so, which closes its session, too.
    async fn show_server_to_card(
        &self,
        request: AuthenticateServerRequest,
        session: Session,
    ) -> Result<(Raw<AuthenticateServerResponse>, Session), Error> {
        let mut request = request;
        let asked = self.es10(move |card| {
            let answer = card.authenticate_server(&request);
            request.ctx_params1.matching_id.zeroize();
            answer
        });
        let answer = match asked.await {
            Ok(answer) => answer,
            Err(error) => return Err(session.give_up(error, CancelReason::Postponed).await),
        };
        let AuthenticateServerResponse::Error { code, .. } = &*answer else {
            return Ok((answer, session));
        };
        let error = refused_server(*code);
        // Whatever the server answers to this, the card's reason is the one to tell.
        let _ = session.es9.authenticate_client(&session.name, answer.raw()).await;
        if *code == AuthenticateErrorCode::NoSessionContext {
            // Perhaps it has one all the same, of a command whose answer was lost.
            session.cancel_on_card().await;
        } else {
            session.ended();
        }
        Err(error)
    }

    async fn examine_offer(
        &self,
        offer: AuthenticateClientOk,
        session: Session,
        server: &ServerCertificate,
        address: Address,
    ) -> Result<Authenticated, Error> {
        match self.examine(&offer, &session, server).await {
            Ok((metadata, consent, low_memory)) => Ok(Authenticated {
                session,
                metadata,
                metadata_bytes: offer.profile_metadata,
                consent,
                low_memory,
                smdp_signed2: offer.smdp_signed2,
                smdp_signature2: offer.smdp_signature2,
                smdp_certificate: offer.smdp_certificate,
                address,
            }),
            Err(violation) => Err(session.give_up(violation.error, violation.reason).await),
        }
    }

    async fn examine(
        &self,
        offer: &AuthenticateClientOk,
        session: &Session,
        server: &ServerCertificate,
    ) -> Result<(ProfileMetadata, RuleConsent, bool), Violation> {
        let metadata = checks::offered(offer, &session.name, server)?;
        let consent = self.authorise(&metadata).await?;
        let low_memory = match metadata.estimated_profile_size {
            Some(size) => self.has_less_memory_than(size).await,
            None => false,
        };
        Ok((metadata, consent, low_memory))
    }

    /// Whether the card seems to have too little memory: a hint, so a card that does not say is believed to have enough.
    async fn has_less_memory_than(&self, size: u32) -> bool {
        let info = self.es10(|card| card.get_euicc_info2()).await;
        let free = info.map_or(0, |info| info.ext_card_resource.free_non_volatile);
        free > 0 && free < size
    }

    /// Holds the rules of a profile against the card's. The card is only asked when there are rules.
    pub(super) async fn authorise(
        &self,
        metadata: &ProfileMetadata,
    ) -> Result<RuleConsent, Violation> {
        if !metadata.policy_rules.is_restricting() {
            return Ok(RuleConsent::default());
        }
        let read = |card: &mut Es10<'_>| {
            let table = card.get_rat()?;
            let tag_list = Some(ProfileInfoListRequest::LIST_TAGS_BRIEF.to_vec());
            let request = ProfileInfoListRequest { search: None, tag_list };
            let profiles = card.get_profiles_info(&request)?.unwrap_or_default();
            let info = card.get_euicc_info2()?;
            Ok(CardPolicy::new(table, &info, &profiles))
        };
        let card = self
            .es10(read)
            .await
            .map_err(|error| Violation::new(error, CancelReason::Postponed))?;
        policy::decide(metadata, &card).map_err(|refused| {
            Violation::new(Error::of(refused.key()), CancelReason::PprNotAllowed)
        })
    }

    async fn default_server(&self) -> Result<Address, Error> {
        let addresses = self.es10(|card| card.get_configured_addresses()).await?;
        let text = addresses.default_dp_address.filter(|text| !text.trim().is_empty());
        self.parse_address(&text.ok_or_else(|| Error::of("input.no_default_server"))?)
    }

    /// Reads a server address that came from the card. Real ones hold blanks (facts 4.6).
    pub(super) fn parse_address(&self, text: &str) -> Result<Address, Error> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        Address::parse_with(&compact, &self.parse_options()).map_err(|_| Error::of("input.address"))
    }
}

/// InitiateAuthentication. Where the server may be an SM-DS and does not know the path of ES9+, that of ES11 is tried.
async fn initiate(
    es9: Es9Client,
    challenge: &[u8; 16],
    info1: &Raw<EuiccInfo1>,
    address: &Address,
    roles: &[Role],
) -> Result<(Es9Client, InitiateAuthenticationOk), Es9Error> {
    let name = address.authority();
    match es9.initiate_authentication(challenge, info1.raw(), &name).await {
        Err(Es9Error::HttpStatus(404)) if roles.contains(&Role::DsAuth) => {
            let es11 = es9.by_es11_paths();
            let initiated = es11.initiate_authentication(challenge, info1.raw(), &name).await?;
            Ok((es11, initiated))
        }
        initiated => Ok((es9, initiated?)),
    }
}

fn refused_server(code: AuthenticateErrorCode) -> Error {
    Error::by_card(CardFunction::AuthenticateServer, code.code())
}
