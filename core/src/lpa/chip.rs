//! What an eUICC is: EID, versions, free memory, addresses, issuers, rules; and resetting it.

use lpakit_rsp::chip::{ConfiguredAddresses, EuiccInfo2, RulesAuthorisationTable};
use lpakit_rsp::identifiers::Eid;
use lpakit_rsp::switching::{MemoryResetRequest, MemoryResetResult, SetDefaultDpAddressResult};

use super::Lpa;
use crate::error::{Advice, Error, ErrorKind, PlanState};

/// What an eUICC says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipInfo {
    /// Its EID.
    pub eid: Eid,
    /// Versions, memory, capabilities and issuers.
    pub info: EuiccInfo2,
    /// Default SM-DP+ and root SM-DS.
    pub addresses: ConfiguredAddresses,
    /// The Rules Authorisation Table; empty on cards that have none.
    pub rules: RulesAuthorisationTable,
}

impl Lpa {
    /// The EID.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn eid(&self) -> Result<Eid, Error> {
        self.inner.es10(|card| card.get_eid()).await
    }

    /// Everything that the eUICC says of itself.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn chip(&self) -> Result<ChipInfo, Error> {
        self.inner
            .es10(|card| {
                Ok(ChipInfo {
                    eid: card.get_eid()?,
                    info: card.get_euicc_info2()?.into_value(),
                    addresses: card.get_configured_addresses()?,
                    // Old cards do not know the function.
                    rules: card.get_rat().unwrap_or_default(),
                })
            })
            .await
    }

    /// Sets the default SM-DP+ address, or clears it with an empty one.
    ///
    /// # Errors
    /// `input.address` when it is no server address; or [`Error`] of kind `card`.
    pub async fn set_default_address(&self, address: &str) -> Result<(), Error> {
        let text = if address.is_empty() {
            String::new()
        } else {
            self.inner.parse_address(address)?.authority()
        };
        match self.inner.es10(move |card| card.set_default_dp_address(&text)).await? {
            SetDefaultDpAddressResult::Ok => Ok(()),
            other => Err(failed(other.code())),
        }
    }

    /// Resets the eUICC's memory. What it deletes is gone for good.
    ///
    /// # Errors
    /// `card.reset.nothing` when there was nothing to delete; or [`Error`] of kind `card` or `busy`.
    pub async fn reset_memory(&self, what: MemoryResetRequest) -> Result<(), Error> {
        match self.inner.es10(move |card| card.memory_reset(&what)).await? {
            MemoryResetResult::Ok => Ok(()),
            MemoryResetResult::NothingToDelete => Err(Error::new(
                ErrorKind::Card,
                "card.reset.nothing",
                PlanState::NotConcerned,
                Advice::Nothing,
            )),
            MemoryResetResult::CatBusy => Err(Error::new(
                ErrorKind::Busy,
                "busy.toolkit",
                PlanState::NotConcerned,
                Advice::TryLater,
            )),
            other => Err(failed(other.code())),
        }
    }
}

fn failed(code: u32) -> Error {
    let key = "card.switch.failed";
    Error::new(ErrorKind::Card, key, PlanState::NotConcerned, Advice::TryAgain)
        .with_arg("code", code)
}
