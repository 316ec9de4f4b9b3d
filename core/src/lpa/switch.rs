//! Switching profiles on and off, and deleting them, on cards as they really are (facts 3.11, peers 4). What counts is
//! what the card says afterwards, never what was hoped for.

use lpakit_messages::CardFunction;
use lpakit_rsp::identifiers::Aid;
use lpakit_rsp::profiles::{ProfileId, ProfileState};

use super::profiles::{self, Profile};
use super::waiting::{BUSY_PAUSE, BUSY_TRIES};
use super::{Inner, Lpa};
use crate::card::{CardError, IsdrChannel, StatusWord};
use crate::error::Error;
use crate::es10::Es10;

/// A card that is away after a REFRESH is looked for so often.
const AWAY_TRIES: u32 = 20;
/// catBusy in EnableProfile and DisableProfile.
const CAT_BUSY: u32 = 5;
/// undefinedError in all of them.
const UNDEFINED: u32 = 127;

impl Lpa {
    /// Switches a profile on; the one that was on goes off. What comes back is what the card says afterwards. No
    /// network is needed; the operators are told afterwards, in the background (SGP.22, 5.7.16).
    ///
    /// # Errors
    /// [`Error`] of kind `card`, `policy` or `busy`. `card.switch.unknown` when the card is gone before it could be
    /// asked which profile is on, `card.switch.no_effect` when it says that it did it and did not.
    pub async fn enable(&self, id: ProfileId) -> Result<Profile, Error> {
        self.change(id, Wish::Enabled).await?.ok_or_else(unknown)
    }

    /// Switches a profile off. What comes back is what the card says afterwards (SGP.22, 5.7.17).
    ///
    /// # Errors
    /// As [`Lpa::enable`].
    pub async fn disable(&self, id: ProfileId) -> Result<Profile, Error> {
        self.change(id, Wish::Disabled).await?.ok_or_else(unknown)
    }

    /// Deletes a profile for good; it must be off. Operators usually refuse to give it again (SGP.22, 5.7.18).
    ///
    /// # Errors
    /// As [`Lpa::enable`].
    pub async fn delete(&self, id: ProfileId) -> Result<(), Error> {
        self.change(id, Wish::Deleted).await.map(drop)
    }

    async fn change(&self, id: ProfileId, wish: Wish) -> Result<Option<Profile>, Error> {
        let changed = Change { inner: &self.inner, id, wish }.run().await;
        // Also after a failure: the card may have done it all the same.
        self.operation_done();
        changed
    }
}

/// What is to become of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Enabled,
    Disabled,
    Deleted,
}

impl Wish {
    fn is_fulfilled_by(self, seen: Option<&Profile>) -> bool {
        match self {
            Self::Enabled => seen.is_some_and(|profile| profile.state == ProfileState::Enabled),
            Self::Disabled => seen.is_some_and(|profile| profile.state == ProfileState::Disabled),
            Self::Deleted => seen.is_none(),
        }
    }
}

/// How the command is to be put to the card.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    id: ProfileId,
    refresh: bool,
}

/// What the card said to a command.
#[derive(Debug)]
enum Said {
    Done,
    /// The toolkit is busy.
    Busy,
    /// It refused, and says why.
    Refused(u32),
    /// An undefined error or a status word: whether it did it shows when it is asked.
    Unclear(Error),
    /// The card was lost: whether it did it shows when it is asked.
    Lost(Error),
    /// The card never got the command.
    NotSent(Error),
}

/// What the card said, and what it says of the profile now, where it could be asked.
struct Answer {
    said: Said,
    seen: Result<Option<Profile>, CardError>,
    can_reset: bool,
}

/// One profile that is to be changed.
struct Change<'a> {
    inner: &'a Inner,
    id: ProfileId,
    wish: Wish,
}

impl Change<'_> {
    async fn run(&self) -> Result<Option<Profile>, Error> {
        let mut form = Form { id: self.id.clone(), refresh: true };
        let mut unclear: Option<Error> = None;
        let mut busy = 0;
        loop {
            let answer = self.put(form.clone()).await?;
            let can_reset = answer.can_reset;
            match answer.said {
                Said::NotSent(error) => return Err(error),
                Said::Refused(code) => return Err(refusal(self.wish, code)),
                Said::Busy => {
                    busy += 1;
                    if busy < BUSY_TRIES {
                        self.inner.options.clock.sleep(BUSY_PAUSE).await;
                    } else if form.refresh && can_reset {
                        form.refresh = false;
                    } else {
                        return Err(Error::of("busy.toolkit"));
                    }
                }
                Said::Done => return self.confirmed(answer.seen).await,
                Said::Lost(error) => {
                    let seen = self.look(answer.seen).await?;
                    let done = self.wish.is_fulfilled_by(seen.as_ref());
                    return if done { Ok(seen) } else { Err(error) };
                }
                Said::Unclear(error) => {
                    let seen = self.look(answer.seen).await?;
                    if self.wish.is_fulfilled_by(seen.as_ref()) {
                        return Ok(seen);
                    }
                    let aid = seen.and_then(|profile| profile.isdp_aid);
                    let error = unclear.get_or_insert(error);
                    form = next_form(&form, aid, can_reset).ok_or_else(|| error.clone())?;
                }
            }
        }
    }

    /// Puts the command to the card in one go with what follows: a REFRESH, a reset, and asking for the result.
    async fn put(&self, form: Form) -> Result<Answer, Error> {
        let (id, wish) = (self.id.clone(), self.wish);
        let put = self.inner.card.run(move |channel| {
            let can_reset = channel.can_reset();
            if let Err(error) = channel.ensure_open() {
                let seen = Err(error);
                return Answer { said: Said::NotSent(error.into()), seen, can_reset };
            }
            let said = command(channel, &form, wish);
            let settled = settle(channel, &said, &form);
            let seen = match said {
                Said::Done | Said::Unclear(_) | Said::Lost(_) => {
                    settled.and_then(|()| profiles::find(&mut Es10::new(channel), &id))
                }
                _ => Ok(None),
            };
            Answer { said, seen, can_reset }
        });
        put.await.map_err(Error::from)
    }

    /// The card says that it did it. A card that only shows it after a reset gets one.
    async fn confirmed(
        &self,
        seen: Result<Option<Profile>, CardError>,
    ) -> Result<Option<Profile>, Error> {
        let mut seen = self.look(seen).await?;
        if !self.wish.is_fulfilled_by(seen.as_ref()) {
            let found = self.inner.card.run(self.reset_and_find()).await;
            seen = self.look(found?).await?;
        }
        if self.wish.is_fulfilled_by(seen.as_ref()) {
            return Ok(seen);
        }
        Err(Error::of("card.switch.no_effect"))
    }

    /// What the card says of the profile. A card that is away is waited for, and reset where the port can.
    async fn look(
        &self,
        seen: Result<Option<Profile>, CardError>,
    ) -> Result<Option<Profile>, Error> {
        let find = self.reset_and_find();
        let seen = self.inner.ask_until_back(seen.ok(), AWAY_TRIES, find).await?;
        seen.ok_or_else(unknown)
    }

    fn reset_and_find(
        &self,
    ) -> impl Fn(&mut IsdrChannel) -> Result<Option<Profile>, CardError> + Clone + Send + 'static
    {
        let id = self.id.clone();
        move |channel| channel.reset().and_then(|()| profiles::find(&mut Es10::new(channel), &id))
    }
}

fn command(channel: &mut IsdrChannel, form: &Form, wish: Wish) -> Said {
    let mut card = Es10::new(channel);
    let id = form.id.clone();
    let result = match wish {
        Wish::Enabled => card.enable_profile(id, form.refresh).map(|result| result.code()),
        Wish::Disabled => card.disable_profile(id, form.refresh).map(|result| result.code()),
        Wish::Deleted => card.delete_profile(id).map(|result| result.code()),
    };
    match result {
        Ok(0) => Said::Done,
        Ok(CAT_BUSY) if wish != Wish::Deleted => Said::Busy,
        Ok(UNDEFINED) => Said::Unclear(refusal(wish, UNDEFINED)),
        Ok(code) => Said::Refused(code),
        Err(CardError::Status(StatusWord::TOOLKIT_BUSY)) => Said::Busy,
        Err(error) if error.is_connection_lost() => Said::Lost(error.into()),
        Err(error) => Said::Unclear(error.into()),
    }
}

/// A REFRESH is followed; without one it is on the device to reset the card.
fn settle(channel: &mut IsdrChannel, said: &Said, form: &Form) -> Result<(), CardError> {
    if matches!(said, Said::Done) && !form.refresh {
        return channel.reset();
    }
    channel.after_switch()
}

/// The next form to try: some cards want the AID, some no refreshFlag, which is only safe where a reset can follow.
fn next_form(form: &Form, aid: Option<Aid>, can_reset: bool) -> Option<Form> {
    let by_aid = aid.map(ProfileId::Aid);
    match (&form.id, by_aid) {
        (ProfileId::Iccid(_), Some(id)) => Some(Form { id, refresh: form.refresh }),
        _ if form.refresh && can_reset => Some(Form { id: form.id.clone(), refresh: false }),
        _ => None,
    }
}

fn unknown() -> Error {
    Error::of("card.switch.unknown")
}

/// What a result code means (facts 3.11).
fn refusal(wish: Wish, code: u32) -> Error {
    let function = match wish {
        Wish::Enabled => CardFunction::Enable,
        Wish::Disabled => CardFunction::Disable,
        Wish::Deleted => CardFunction::Delete,
    };
    Error::by_card(function, code)
}
