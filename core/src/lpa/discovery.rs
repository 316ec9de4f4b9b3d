//! Plans that wait for this very card: asking SM-DSs for events, and following them to their SM-DP+ (facts 4.3).

use std::sync::Arc;

use lpakit_rsp::session::CancelReason;

use super::authenticate::{Authenticated, Met, Question};
use super::certificate::Role;
use super::session::Reservation;
use super::{Inner, Lpa};
use crate::activation_code::Address;
use crate::error::{Advice, Error, ErrorKind, PlanState};
use crate::es9::{Es9Error, EventEntry};

/// So many SM-DSs may stand between an event and its SM-DP+.
const MAX_CASCADE: usize = 3;

/// A plan that waits for this card. [`super::ProfileSource::Event`] fetches it.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitingPlan {
    event_id: String,
    address: Address,
    found_at: Address,
}

impl WaitingPlan {
    /// The server that has it, or knows who has it.
    pub fn server(&self) -> &str {
        self.address.as_entered()
    }

    /// The SM-DS that named it.
    pub fn found_at(&self) -> &str {
        self.found_at.as_entered()
    }
}

impl std::fmt::Debug for WaitingPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The event's name is a Matching ID.
        f.debug_struct("WaitingPlan").field("server", &self.server()).finish_non_exhaustive()
    }
}

/// What an SM-DS could not tell, or told wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTrouble {
    /// The SM-DS.
    pub server: String,
    /// What was wrong.
    pub error: Error,
}

/// What was found. One SM-DS that fails does not hide what others know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// What waits.
    pub plans: Vec<WaitingPlan>,
    /// What went wrong.
    pub troubles: Vec<SearchTrouble>,
}

impl Lpa {
    /// Asks the SM-DSs that the card names (its root SM-DS, and further ones on cards of version 3) for plans that
    /// wait for this card (SGP.22, 3.6).
    ///
    /// # Errors
    /// `discovery.no_server` when the card names none; `busy.offer_open` while an offer is open; or [`Error`] of kind
    /// `card`. What an SM-DS does wrong is in [`Discovery::troubles`]. When the only one fails, its error is this
    /// one's.
    pub async fn discover(&self) -> Result<Discovery, Error> {
        let addresses = self.inner.es10(|card| card.get_configured_addresses()).await?;
        let mut servers = vec![addresses.root_ds_address];
        servers.extend(addresses.additional_root_ds_addresses);
        servers.retain(|server| !server.trim().is_empty());
        self.discover_at(&servers).await
    }

    /// As [`Lpa::discover`], at SM-DSs of the app's choice.
    ///
    /// # Errors
    /// As [`Lpa::discover`].
    pub async fn discover_at(&self, servers: &[String]) -> Result<Discovery, Error> {
        if servers.is_empty() {
            return Err(Error::of("discovery.no_server"));
        }
        let mut found = Discovery::default();
        for server in servers {
            let reservation = Reservation::take(&self.inner)?;
            let search = self.inner.search(server, reservation, &mut found);
            let searched = self.inner.closing.unless_wished(search).await;
            // To search is no way to any plan yet.
            if let Err(error) = searched.map_err(Error::without_plan) {
                let ends_all = matches!(error.kind(), ErrorKind::Card | ErrorKind::Closed);
                if ends_all || servers.len() == 1 {
                    return Err(error);
                }
                found.troubles.push(SearchTrouble { server: server.clone(), error });
            }
        }
        Ok(found)
    }
}

impl Inner {
    /// One SM-DS.
    async fn search(
        self: &Arc<Self>,
        server: &str,
        reservation: Reservation,
        found: &mut Discovery,
    ) -> Result<(), Error> {
        let asked = self.parse_address(server)?;
        let question = Question {
            address: asked.clone(),
            matching_id: None,
            roles: &[Role::DsAuth],
            code: None,
        };
        let met = self.meet(question, reservation).await?;
        let (entries, _) = self.ask_for_events(met).await?;
        for entry in entries {
            match self.read_entry(&entry, &[&asked]) {
                Ok(address) => {
                    let found_at = asked.clone();
                    let plan = WaitingPlan { event_id: entry.event_id, address, found_at };
                    if !found.plans.iter().any(|known| known.is_same(&plan)) {
                        found.plans.push(plan);
                    }
                }
                Err(error) => {
                    found.troubles.push(SearchTrouble { server: server.to_owned(), error });
                }
            }
        }
        Ok(())
    }

    /// From an event to its offer, over other SM-DSs if need be.
    pub(super) async fn authenticate_event(
        self: &Arc<Self>,
        plan: &WaitingPlan,
        reservation: Reservation,
    ) -> Result<Authenticated, Error> {
        let mut reservation = Some(reservation);
        let mut asked = vec![plan.found_at.clone()];
        let (mut address, mut event_id) = (plan.address.clone(), plan.event_id.clone());
        for _ in 0..MAX_CASCADE {
            let question = Question {
                address: address.clone(),
                matching_id: Some(event_id),
                roles: &[Role::DpAuth, Role::DsAuth],
                code: None,
            };
            let right = match reservation.take() {
                Some(right) => right,
                None => Reservation::take(self)?,
            };
            let met = self.meet(question, right).await?;
            if met.server.role == Some(Role::DpAuth) {
                return self.ask_for_offer(met, address).await;
            }
            let (entries, right) = self.ask_for_events(met).await?;
            reservation = right;
            let next = entries.into_iter().next().ok_or_else(|| Error::of("input.event_gone"))?;
            asked.push(address);
            address = self.read_entry(&next, &asked.iter().collect::<Vec<_>>())?;
            event_id = next.event_id;
        }
        Err(Error::of("discovery.too_deep"))
    }

    /// ES11.AuthenticateClient. The card's half of the session is ended; an SM-DS knows no CancelSession.
    async fn ask_for_events(
        &self,
        met: Met,
    ) -> Result<(Vec<EventEntry>, Option<Reservation>), Error> {
        let Met { session, answer, .. } = met;
        let asked = session.es9.authenticate_client_for_events(&session.name, answer.raw()).await;
        let right = session.end_on_card(CancelReason::Postponed).await;
        match asked {
            Ok(entries) => Ok((entries, right)),
            // The SM-DS says that it has no such event.
            Err(Es9Error::Refused(refusal)) if refusal.is("8.9.5", "3.9") => {
                Ok((Vec::new(), right))
            }
            Err(error) => {
                Err(Error::from(error).with_plan(PlanState::NotConcerned, Advice::TryLater))
            }
        }
    }

    /// The address in an event, which must not lead back to where it came from.
    fn read_entry(&self, entry: &EventEntry, asked: &[&Address]) -> Result<Address, Error> {
        let address = self.parse_address(&entry.server_address)?;
        if asked.iter().any(|known| known.matches(&address.authority())) {
            return Err(Error::of("discovery.loop"));
        }
        Ok(address)
    }
}

impl WaitingPlan {
    fn is_same(&self, other: &Self) -> bool {
        self.event_id == other.event_id && self.address.matches(&other.address.authority())
    }
}
