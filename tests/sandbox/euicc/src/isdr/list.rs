//! Listing and naming profiles (SGP.22 5.7.15, 5.7.21).

use lpakit_rsp::Object;
use lpakit_rsp::coding;
use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::profiles::{
    ProfileClass, ProfileId, ProfileInfoListError, ProfileInfoListResponse, ProfileSearch,
};
use lpakit_rsp::switching::{SetNicknameRequest, SetNicknameResponse, SetNicknameResult};
use lpakit_rsp::tlv::{Reader, Tag, Tlv, Writer};

use super::{Answer, Isdr, request};
use crate::apdu::Status;
use crate::state::StoredProfile;

const PROFILE_INFO: Tag = Tag::new(0xE3);
const ANSWER: Tag = Tag::new(0xBF2D);
const SEARCH: Tag = Tag::context_constructed(0);
const TAG_LIST: Tag = Tag::new(0x5C);
const STATE: Tag = Tag::new(0x9F70);
const NICKNAME: Tag = Tag::new(0x90);
const ICON_TYPE: Tag = Tag::new(0x93);
const ICON: Tag = Tag::new(0x94);
const CLASS: Tag = Tag::new(0x95);
const ACCESS_RULES: Tag = Tag::new(0xBF76);
const DP_PROPRIETARY_DATA: Tag = Tag::new(0xB8);

/// Every element this card can give, in the order in which it gives them. What is not made here is copied from the
/// metadata as it came.
const ALL: &[u32] = &[
    0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0xB8, 0x99, 0xBF22, 0xBF76,
];
/// What a card of v3 copies beside it.
const ALL_OF_VERSION_3: &[u32] = &[0xBA, 0x9B, 0xBC, 0xBD, 0x9F1F, 0xBF20];
/// What is given when the LPA does not say (facts 10, item 4: not verified).
const BY_DEFAULT: [u32; 9] = [0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95];

impl Isdr {
    /// ES10c.GetProfilesInfo.
    pub(super) fn profiles_info(&self, command: &[u8]) -> Answer {
        let fields = Tlv::parse(command).and_then(|element| element.fields());
        let fields = fields.map_err(|_| Status::WRONG_DATA)?;
        // Unknown elements do no harm here; unknown search criteria and broken lists do.
        let search = fields.get(SEARCH).map(|criteria| read_search(criteria).ok_or(()));
        let wanted = fields.get(TAG_LIST).map(|list| read_tags(list.value).ok_or(()));
        let is_taken = |wanted: &Option<Vec<Tag>>| {
            let has_foreign = wanted.as_ref().is_some_and(|tags| tags.contains(&ACCESS_RULES));
            !(has_foreign && self.config().quirks.refuses_foreign_tags)
        };
        let wanted = wanted.transpose().ok().filter(is_taken);
        let (Ok(search), Some(wanted)) = (search.transpose(), wanted) else {
            let error = ProfileInfoListError::IncorrectInputValues;
            return Ok(ProfileInfoListResponse::Error(error).encode());
        };
        let wanted = wanted.unwrap_or_else(|| BY_DEFAULT.map(Tag::new).to_vec());
        let mut out = Writer::new();
        out.put_with(ANSWER, |out| {
            out.put_with(Tag::context_constructed(0), |list| {
                let profiles = self.store.state().profiles.iter();
                for profile in profiles.filter(|profile| is_wanted(profile, search.as_ref())) {
                    list.put_with(PROFILE_INFO, |out| self.put_profile(out, profile, &wanted));
                }
            });
        });
        Ok(out.into_bytes())
    }

    /// ES10c.SetNickname; an empty one takes it away.
    pub(super) fn set_nickname(&mut self, command: &[u8]) -> Answer {
        let request: SetNicknameRequest = request(command)?;
        let id = ProfileId::Iccid(request.iccid);
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

/// One search criterion.
fn read_search(criteria: Tlv<'_>) -> Option<ProfileSearch> {
    let criterion = Tlv::parse(criteria.value).ok()?;
    Some(match criterion.tag {
        Tag::ICCID => {
            let octets = criterion.value.try_into().ok()?;
            ProfileSearch::Id(ProfileId::Iccid(Iccid::from_octets(octets)))
        }
        Tag::AID => ProfileSearch::Id(ProfileId::Aid(Aid::from_octets(criterion.value).ok()?)),
        CLASS => {
            let class = coding::read_unsigned(criterion, "profileClass").ok()?;
            ProfileSearch::Class(ProfileClass::from_code(class))
        }
        _ => return None,
    })
}

/// The tags of a tag list, of any length.
fn read_tags(mut list: &[u8]) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    while let Some(tag) = Reader::new(list).peek().ok()? {
        let octets = tag.octets().checked_ilog2().map_or(1, |bits| bits / 8 + 1);
        list = list.get(octets as usize..)?;
        tags.push(tag);
    }
    Some(tags)
}

impl Isdr {
    fn put_profile(&self, out: &mut Writer, profile: &StoredProfile, wanted: &[Tag]) {
        let metadata = Tlv::parse(&profile.metadata).and_then(|metadata| metadata.fields()).ok();
        let copied =
            |tag| metadata.as_ref().and_then(|fields| fields.get(tag)).map(|field| field.raw);
        let is_version_3 = self.config().version_3.is_some();
        let further = if is_version_3 { ALL_OF_VERSION_3 } else { &[] };
        let known = ALL.iter().chain(further).copied().map(Tag::new);
        for tag in known.filter(|tag| wanted.contains(tag)) {
            match tag {
                Tag::ICCID => out.put(tag, self.listed_iccid(profile)),
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
        self.put_profile_of_version_3(out, profile, wanted);
        self.put_private(out);
    }

    fn listed_iccid<'p>(&self, profile: &'p StoredProfile) -> &'p [u8] {
        match profile.iccid.split_last() {
            Some((0xFF, nine)) if self.config().quirks.iccid_without_filler => nine,
            _ => &profile.iccid,
        }
    }
}
