//! From a code to an offer: common mutual authentication and the profile's metadata (facts 5.2, steps 1 to 7).

use std::sync::Arc;

use lpakit_rsp::Raw;
use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerRequest, AuthenticateServerResponse, CtxParams1,
};
use lpakit_rsp::preparation::SmdpSigned2;
use lpakit_rsp::profiles::{ProfileInfoListRequest, ProfileMetadata};
use lpakit_rsp::session::CancelReason;

use zeroize::Zeroize;

use super::certificate::ServerCertificate;
use super::checks::{self, Violation};
use super::policy::{self, CardPolicy, RuleConsent};
use super::session::{Reservation, Session};
use super::{Inner, Lpa, Offer, ProfileSource};
use crate::activation_code::{ActivationCode, Address};
use crate::error::{Advice, Error, ErrorKind, PlanState};
use crate::es9::AuthenticateClientOk;
use crate::es10::Es10;

/// What an authenticated session offers; all that is needed to accept it.
pub(super) struct Authenticated {
    pub(super) session: Session,
    pub(super) metadata: ProfileMetadata,
    pub(super) metadata_bytes: Vec<u8>,
    pub(super) consent: RuleConsent,
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
        let authenticated = self.inner.authenticate(&source, reservation).await?;
        Ok(Offer::new(self.clone(), source, authenticated))
    }
}

impl Inner {
    pub(super) async fn authenticate(
        self: &Arc<Self>,
        source: &ProfileSource,
        reservation: Reservation,
    ) -> Result<Authenticated, Error> {
        let (info1, challenge) =
            self.es10(|card| Ok((card.get_euicc_info1()?, card.get_euicc_challenge()?))).await?;
        let address = self.address_of(source).await?;
        let card_keys = self.remember_keys(&info1.verification_keys);
        if !self.transport.knows_any(&card_keys) {
            let key = "trust.no_common_ci";
            return Err(Error::new(ErrorKind::Trust, key, PlanState::StillValid, Advice::Nothing));
        }
        let code = code_of(source);
        let sent_address = address.authority();
        let es9 = self.es9(sent_address.clone(), card_keys);
        let initiated =
            es9.initiate_authentication(&challenge.0, info1.raw(), &sent_address).await?;
        let server = checks::initiated(&initiated, &challenge.0, &address, code)?;

        let session = Session::new(reservation, es9, initiated.session.clone());
        let request = AuthenticateServerRequest {
            server_signed1: initiated.server_signed1,
            server_signature1: initiated.server_signature1,
            ci_key_id: initiated.ci_key_id,
            server_certificate: initiated.server_certificate,
            ctx_params1: CtxParams1 {
                matching_id: code.map(|code| code.matching_id().as_str().to_owned()),
                device_info: self.options.device,
            },
        };
        let (answer, session) = self.show_server_to_card(request, session).await?;
        let client = session.es9.authenticate_client(&session.name, answer.raw()).await;
        let offer = match client {
            Ok(offer) => offer,
            Err(error) => {
                session.end_after(&error).await;
                return Err(error.into());
            }
        };
        self.examine_offer(offer, session, &server, address).await
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
            Err(error) => {
                session.cancel(CancelReason::UndefinedReason).await;
                return Err(error);
            }
        };
        let AuthenticateServerResponse::Error { code, .. } = &*answer else {
            return Ok((answer, session));
        };
        let error = refused_server(*code);
        // Whatever the server answers to this, the card's reason is the one to tell.
        let _ = session.es9.authenticate_client(&session.name, answer.raw()).await;
        session.ended();
        Err(error)
    }

    async fn examine_offer(
        &self,
        offer: AuthenticateClientOk,
        session: Session,
        server: &ServerCertificate,
        address: Address,
    ) -> Result<Authenticated, Error> {
        let examined = match checks::offered(&offer, &session.name, server) {
            Ok(metadata) => self.authorise(&metadata).await.map(|consent| (metadata, consent)),
            Err(violation) => Err(violation),
        };
        match examined {
            Ok((metadata, consent)) => Ok(Authenticated {
                session,
                metadata,
                metadata_bytes: offer.profile_metadata,
                consent,
                smdp_signed2: offer.smdp_signed2,
                smdp_signature2: offer.smdp_signature2,
                smdp_certificate: offer.smdp_certificate,
                address,
            }),
            Err(violation) => {
                session.cancel(violation.reason).await;
                Err(violation.error)
            }
        }
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
            let tag_list = Some(ProfileInfoListRequest::LIST_TAGS.to_vec());
            let request = ProfileInfoListRequest { search: None, tag_list };
            let profiles = card.get_profiles_info(&request)?.unwrap_or_default();
            let info = card.get_euicc_info2()?;
            Ok(CardPolicy::new(table, &info, &profiles))
        };
        let card = self
            .es10(read)
            .await
            .map_err(|error| Violation::new(error, CancelReason::UndefinedReason))?;
        policy::decide(metadata, &card).map_err(|policy::NotAllowed| {
            let key = "policy.not_allowed";
            let error =
                Error::new(ErrorKind::Policy, key, PlanState::StillValid, Advice::AskOperator);
            Violation::new(error, CancelReason::PprNotAllowed)
        })
    }

    async fn address_of(&self, source: &ProfileSource) -> Result<Address, Error> {
        match source {
            // Read again with our own rules: the app may have read the code with looser ones.
            ProfileSource::Code(code) => self.parse_address(&code.address().authority()),
            ProfileSource::DefaultServer => {
                let addresses = self.es10(|card| card.get_configured_addresses()).await?;
                let text = addresses
                    .default_dp_address
                    .ok_or_else(|| Error::input("input.no_default_server"))?;
                self.parse_address(&text)
            }
        }
    }

    /// Reads a server address that came from the card. Real ones hold blanks (facts 4.6).
    pub(super) fn parse_address(&self, text: &str) -> Result<Address, Error> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        Address::parse_with(&compact, &self.parse_options())
            .map_err(|_| Error::input("input.address"))
    }
}

const fn code_of(source: &ProfileSource) -> Option<&ActivationCode> {
    match source {
        ProfileSource::Code(code) => Some(code),
        ProfileSource::DefaultServer => None,
    }
}

fn refused_server(code: AuthenticateErrorCode) -> Error {
    let key = match code {
        AuthenticateErrorCode::CiPkUnknown => "card.unknown_ci",
        _ => "card.refused_server",
    };
    Error::new(ErrorKind::Trust, key, PlanState::StillValid, Advice::AskOperator)
        .with_arg("code", code.code())
}
