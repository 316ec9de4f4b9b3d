//! Listing and naming profiles (SGP.22 5.7.15, 5.7.21).

use lpakit_rsp::Object;
use lpakit_rsp::profiles::{
    ProfileInfoListError, ProfileInfoListRequest, ProfileInfoListResponse, ProfileSearch,
};
use lpakit_rsp::switching::{SetNicknameRequest, SetNicknameResponse, SetNicknameResult};
use lpakit_rsp::tlv::{Tag, Tlv, Writer};

use super::{Answer, Isdr, request};
use crate::state::StoredProfile;

const PROFILE_INFO: Tag = Tag::new(0xE3);
const ANSWER: Tag = Tag::new(0xBF2D);
const STATE: Tag = Tag::new(0x9F70);
const NICKNAME: Tag = Tag::new(0x90);
const ICON_TYPE: Tag = Tag::new(0x93);
const ICON: Tag = Tag::new(0x94);
const CLASS: Tag = Tag::new(0x95);
const DP_PROPRIETARY_DATA: Tag = Tag::new(0xB8);

/// Every element this card can give, in the order in which it gives them. What is not made here is copied from the
/// metadata as it came.
const ALL: [u32; 14] =
    [0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0xB8, 0x99, 0xBF22];
/// What is given when the LPA does not say (facts 10, item 4: not verified).
const BY_DEFAULT: [u32; 9] = [0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95];

impl Isdr {
    /// ES10c.GetProfilesInfo.
    pub(super) fn profiles_info(&self, command: &[u8]) -> Answer {
        let request: ProfileInfoListRequest = request(command)?;
        let wanted = match (&request.tag_list, request.tags()) {
            (None, _) => BY_DEFAULT.map(Tag::new).to_vec(),
            (Some(_), Some(tags)) => tags,
            (Some(_), None) => {
                let error =
                    ProfileInfoListResponse::Error(ProfileInfoListError::IncorrectInputValues);
                return Ok(error.encode());
            }
        };
        let mut out = Writer::new();
        out.put_with(ANSWER, |out| {
            out.put_with(Tag::context_constructed(0), |list| {
                let profiles = self.store.state().profiles.iter();
                for profile in
                    profiles.filter(|profile| is_wanted(profile, request.search.as_ref()))
                {
                    list.put_with(PROFILE_INFO, |out| put_profile(out, profile, &wanted));
                }
            });
        });
        Ok(out.into_bytes())
    }

    /// ES10c.SetNickname; an empty one takes it away.
    pub(super) fn set_nickname(&mut self, command: &[u8]) -> Answer {
        let request: SetNicknameRequest = request(command)?;
        let id = lpakit_rsp::profiles::ProfileId::Iccid(request.iccid);
        let Some(position) = self.store.state().position(&id) else {
            return Ok(SetNicknameResponse(SetNicknameResult::IccidNotFound).encode());
        };
        let nickname = Some(request.nickname).filter(|nickname| !nickname.is_empty());
        self.store.update(|state| {
            if let Some(profile) = state.profiles.get_mut(position) {
                profile.nickname = nickname;
            }
        })?;
        Ok(SetNicknameResponse(SetNicknameResult::Ok).encode())
    }
}

fn is_wanted(profile: &StoredProfile, search: Option<&ProfileSearch>) -> bool {
    match search {
        None => true,
        Some(ProfileSearch::Id(id)) => profile.is(id),
        Some(ProfileSearch::Class(class)) => profile.class() == *class,
    }
}

fn put_profile(out: &mut Writer, profile: &StoredProfile, wanted: &[Tag]) {
    let metadata = Tlv::parse(&profile.metadata).and_then(|metadata| metadata.fields()).ok();
    let copied = |tag| metadata.as_ref().and_then(|fields| fields.get(tag)).map(|field| field.raw);
    for tag in ALL.map(Tag::new).into_iter().filter(|tag| wanted.contains(tag)) {
        match tag {
            Tag::AID => out.put(tag, &profile.isdp_aid),
            STATE => out.put(tag, &[u8::from(profile.enabled)]),
            NICKNAME => out.put_optional(tag, profile.nickname.as_deref()),
            DP_PROPRIETARY_DATA => {
                out.put_raw(profile.dp_proprietary_data.as_deref().unwrap_or_default())
            }
            CLASS => out.put(tag, &[u8::try_from(profile.class().code()).unwrap_or(u8::MAX)]),
            // Without a picture its type says nothing.
            ICON_TYPE if copied(ICON).is_none() => {}
            other => out.put_raw(copied(other).unwrap_or_default()),
        }
    }
}
