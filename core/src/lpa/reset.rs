//! Resetting an eUICC's memory (facts 3.11).

use lpakit_messages::CardFunction;
use lpakit_rsp::profiles::{ProfileClass, ProfileInfoListRequest};
use lpakit_rsp::switching::{MemoryResetRequest, MemoryResetResult};

use super::waiting::{BUSY_PAUSE, BUSY_TRIES};
use super::{Inner, Lpa};
use crate::card::{CardError, IsdrChannel, StatusWord};
use crate::error::Error;
use crate::es10::Es10;

/// A card that is away is looked for so often.
const AWAY_TRIES: u32 = 10;

impl Lpa {
    /// Resets the eUICC's memory (SGP.22, 5.7.19). What it deletes is gone for good, without regard to the profiles' own
    /// rules; operators are told.
    ///
    /// # Errors
    /// `input.reset_options` when nothing is chosen; `card.reset.nothing` when there was nothing to delete; or
    /// [`Error`] of kind `card` or `busy`.
    pub async fn reset_memory(&self, what: MemoryResetRequest) -> Result<(), Error> {
        if what == MemoryResetRequest::default() {
            return Err(Error::of("input.reset_options"));
        }
        let reset = self.inner.reset_memory(what).await;
        // Also after a failure: the card may have done it all the same.
        self.operation_done();
        reset
    }
}

impl Inner {
    async fn reset_memory(&self, what: MemoryResetRequest) -> Result<(), Error> {
        let mut busy = 0;
        loop {
            let put = self.card.run(move |channel| {
                channel.ensure_open().map_err(Unclear::NotSent)?;
                let result = Es10::new(channel).memory_reset(&what).map_err(Unclear::Sent)?;
                Ok((result, channel.after_switch()))
            });
            match put.await? {
                Ok((MemoryResetResult::Ok, _)) => return Ok(()),
                Ok((MemoryResetResult::CatBusy, _))
                | Err(Unclear::Sent(CardError::Status(StatusWord::TOOLKIT_BUSY))) => {
                    busy += 1;
                    if busy == BUSY_TRIES {
                        return Err(Error::of("busy.toolkit"));
                    }
                    self.options.clock.sleep(BUSY_PAUSE).await;
                }
                Ok((refused, _)) => {
                    return Err(Error::by_card(CardFunction::MemoryReset, refused.code()));
                }
                Err(Unclear::NotSent(error)) => return Err(error.into()),
                Err(Unclear::Sent(CardError::Status(StatusWord::WRONG_DATA))) => {
                    return Err(Error::of("input.reset_options"));
                }
                // Whether the card did it shows when it is asked.
                Err(Unclear::Sent(error)) => {
                    return if self.looks_reset(what).await? { Ok(()) } else { Err(error.into()) };
                }
            }
        }
    }

    /// Whether nothing is left of what was to go. A card that is away is waited for.
    async fn looks_reset(&self, what: MemoryResetRequest) -> Result<bool, Error> {
        let look = move |channel: &mut IsdrChannel| {
            channel.after_switch()?;
            anything_left(&mut Es10::new(channel), what)
        };
        let left = self.card.run(look).await?;
        let left = self.ask_until_back(left.ok(), AWAY_TRIES, look).await?;
        left.map(|left| !left).ok_or_else(|| Error::of("card.switch.unknown"))
    }
}

enum Unclear {
    NotSent(CardError),
    Sent(CardError),
}

fn anything_left(card: &mut Es10<'_>, what: MemoryResetRequest) -> Result<bool, CardError> {
    let tag_list = Some(ProfileInfoListRequest::LIST_TAGS_BRIEF.to_vec());
    let request = ProfileInfoListRequest { search: None, tag_list };
    let profiles = card
        .get_profiles_info(&request)?
        .map_err(|refused| CardError::Refused(CardFunction::ProfilesInfo, refused.code()))?;
    let goes = |class| match class {
        ProfileClass::Operational => what.operational_profiles,
        ProfileClass::Test => what.field_loaded_test_profiles && what.pre_loaded_test_profiles,
        ProfileClass::Provisioning => what.provisioning_profiles,
        _ => false,
    };
    if profiles.iter().any(|profile| goes(profile.class)) {
        return Ok(true);
    }
    // What the maker's address is nobody knows; without one the reset leaves none.
    let address_set = card.get_configured_addresses()?.default_dp_address;
    Ok(what.default_dp_address && address_set.is_some_and(|address| !address.is_empty()))
}
