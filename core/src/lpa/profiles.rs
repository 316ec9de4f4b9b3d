//! The profiles on a card: list, enable, disable, delete, rename.

use lpakit_messages::{CardFunction, Language};
use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::profiles::{
    AccessRule, Icon, PolicyRules, ProfileClass, ProfileId, ProfileInfo, ProfileInfoListError,
    ProfileInfoListRequest, ProfileSearch, ProfileState,
};
use lpakit_rsp::switching::SetNicknameResult;

use super::Lpa;
use crate::card::CardError;
use crate::error::Error;
use crate::es10::Es10;

/// The longest nickname, in octets of UTF-8.
const MAX_NICKNAME: usize = 64;

/// A profile on the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its ICCID.
    pub iccid: Iccid,
    /// The AID of its ISD-P, where it was asked for ([`Lpa::profile`]) and the card says it.
    pub isdp_aid: Option<Aid>,
    /// On or off.
    pub state: ProfileState,
    /// The name that the user gave, if any.
    pub nickname: Option<String>,
    /// The operator's name.
    pub service_provider_name: String,
    /// The plan's name.
    pub profile_name: String,
    /// The operator's picture, when asked for.
    pub icon: Option<Icon>,
    /// What it is for.
    pub class: ProfileClass,
    /// What its owner forbids.
    pub policy_rules: PolicyRules,
    /// Who owns it, where it was asked for ([`Lpa::profile`], [`Lpa::profiles_in_detail`]).
    pub owner: Option<OperatorId>,
    /// The apps that its operator trusts, where they were asked for ([`Lpa::profiles_in_detail`]).
    pub apps: Vec<AccessRule>,
}

impl Profile {
    /// The nickname, else the plan's name, else the operator's.
    pub fn display_name(&self) -> &str {
        let given = self.nickname.as_deref().filter(|name| !name.is_empty());
        given.unwrap_or(if self.profile_name.is_empty() {
            &self.service_provider_name
        } else {
            &self.profile_name
        })
    }

    /// What its rules forbid, in plain words.
    pub fn rules_in_words(&self, language: Language) -> Vec<String> {
        rules_in_words(self.policy_rules, language)
    }

    /// Whether it is the one with this name.
    pub fn is(&self, id: &ProfileId) -> bool {
        match id {
            ProfileId::Iccid(iccid) => self.iccid == *iccid,
            ProfileId::Aid(aid) => self.isdp_aid.as_ref() == Some(aid),
        }
    }

    /// A profile without an ICCID could not be named; there is none such by the standard. One in a state that this version
    /// does not know is shown as off.
    fn from_info(info: ProfileInfo) -> Option<Self> {
        Some(Self {
            iccid: info.iccid?,
            // Rules that cannot be read trust nobody.
            apps: info.read_access_rules().unwrap_or_default(),
            isdp_aid: info.isdp_aid,
            state: info.state.unwrap_or(ProfileState::Disabled),
            nickname: info.nickname,
            service_provider_name: info.service_provider_name.unwrap_or_default(),
            profile_name: info.profile_name.unwrap_or_default(),
            icon: info.icon,
            class: info.class,
            policy_rules: info.policy_rules,
            owner: info.owner,
        })
    }
}

impl Lpa {
    /// The profiles on the card, in the card's order, with what a list on a screen needs: no icons, AIDs and owners.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn profiles(&self) -> Result<Vec<Profile>, Error> {
        self.list(None, ProfileInfoListRequest::LIST_TAGS_BRIEF).await
    }

    /// The profiles on the card with AIDs, owners and the apps that their operators trust, as a phone's system wants them;
    /// no icons.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn profiles_in_detail(&self) -> Result<Vec<Profile>, Error> {
        let request =
            |tags: &[u8]| ProfileInfoListRequest { search: None, tag_list: Some(tags.to_vec()) };
        let list = self.inner.es10(move |card| {
            // Access rules are no element of the standard's; a card may refuse the list that names them.
            let with_apps = request(ProfileInfoListRequest::LIST_TAGS_WITH_APPS);
            ask(card, &with_apps, &request(ProfileInfoListRequest::LIST_TAGS_DETAILED))
        });
        let list = list.await?;
        let list =
            list.map_err(|error| Error::by_card(CardFunction::ProfilesInfo, error.code()))?;
        Ok(list.into_iter().filter_map(Profile::from_info).collect())
    }

    /// One profile with its icon, which may be 1 KiB.
    ///
    /// # Errors
    /// [`Error`] `card.switch.not_found` when it is not there, or of kind `card`.
    pub async fn profile(&self, id: ProfileId) -> Result<Profile, Error> {
        let search = Some(ProfileSearch::Id(id.clone()));
        let found = self.list(search, ProfileInfoListRequest::LIST_TAGS_WITH_ICON).await?;
        let named = found.into_iter().find(|profile| profile.is(&id));
        named.ok_or_else(not_found)
    }

    async fn list(
        &self,
        search: Option<ProfileSearch>,
        tags: &'static [u8],
    ) -> Result<Vec<Profile>, Error> {
        let list = self.search_profiles(search, Some(tags)).await?;
        Ok(list.into_iter().filter_map(Profile::from_info).collect())
    }

    /// Whatever a card says of its profiles: the elements that `tags` names (concatenated tags, facts 3.10; all that the
    /// card gives by itself when `None`), of the profiles that `search` names. Elements that lpakit does not know come
    /// back as they are ([`ProfileInfo::unknown`]).
    ///
    /// # Errors
    /// `input.search_tags` when the tags are not well formed, the card untouched; or [`Error`] of kind `card`.
    pub async fn search_profiles(
        &self,
        search: Option<ProfileSearch>,
        tags: Option<&[u8]>,
    ) -> Result<Vec<ProfileInfo>, Error> {
        let request = match tags {
            Some(tags) => ProfileInfoListRequest::with_tags(search, tags)
                .map_err(|_| Error::of("input.search_tags"))?,
            None => ProfileInfoListRequest { search, tag_list: None },
        };
        let list = self.inner.es10(move |card| card.get_profiles_info(&request)).await?;
        list.map_err(|error| Error::by_card(CardFunction::ProfilesInfo, error.code()))
    }

    /// Gives a profile a name, at most 64 octets of UTF-8; an empty one takes the name away.
    ///
    /// # Errors
    /// `input.nickname_too_long`; or [`Error`] of kind `card`.
    pub async fn rename(&self, id: ProfileId, name: &str) -> Result<(), Error> {
        if name.len() > MAX_NICKNAME {
            return Err(Error::of("input.nickname_too_long"));
        }
        let iccid = match id {
            ProfileId::Iccid(iccid) => iccid,
            by_aid @ ProfileId::Aid(_) => self.profile(by_aid).await?.iccid,
        };
        let name = name.to_owned();
        match self.inner.es10(move |card| card.set_nickname(iccid, &name)).await? {
            SetNicknameResult::Ok => Ok(()),
            refused => Err(Error::by_card(CardFunction::SetNickname, refused.code())),
        }
    }
}

/// What policy rules forbid, in plain words.
pub fn rules_in_words(rules: PolicyRules, language: Language) -> Vec<String> {
    let rules = [(rules.forbids_disabling(), "rule.ppr1"), (rules.forbids_deleting(), "rule.ppr2")];
    let no_values: &[(&str, &str)] = &[];
    let set = rules.into_iter().filter(|(set, _)| *set);
    set.map(|(_, key)| lpakit_messages::render(key, no_values, language)).collect()
}

/// What the card says of one profile now; `None` when it has none of this name.
pub(super) fn find(card: &mut Es10<'_>, id: &ProfileId) -> Result<Option<Profile>, CardError> {
    let request = |search| ProfileInfoListRequest {
        search,
        tag_list: Some(ProfileInfoListRequest::LIST_TAGS_DETAILED.to_vec()),
    };
    // A card that cannot search may list.
    let list = ask(card, &request(Some(ProfileSearch::Id(id.clone()))), &request(None))?;
    let list =
        list.map_err(|refused| CardError::Refused(CardFunction::ProfilesInfo, refused.code()))?;
    let mut profiles = list.into_iter().filter_map(Profile::from_info);
    Ok(profiles.find(|profile| profile.is(id)))
}

/// Asks the card for profiles, and where it refuses, asks it otherwise.
fn ask(
    card: &mut Es10<'_>,
    wanted: &ProfileInfoListRequest,
    otherwise: &ProfileInfoListRequest,
) -> Result<Result<Vec<ProfileInfo>, ProfileInfoListError>, CardError> {
    match card.get_profiles_info(wanted)? {
        Ok(list) => Ok(Ok(list)),
        Err(_) => card.get_profiles_info(otherwise),
    }
}

fn not_found() -> Error {
    Error::of("card.switch.not_found")
}
