//! Listing profiles: ES10c.GetProfilesInfo (`BF2D`).

use super::info::{ProfileId, ProfileInfo};
use super::parts::{CLASS, ProfileClass};
use crate::codes::codes;
use crate::coding;
use crate::error::Fault;
use crate::identifiers::{Aid, Iccid};
use crate::object::Object;
use crate::tlv::{self, Tag, Tlv, Writer};

const TAG_LIST: Tag = Tag::new(0x5C);

/// Which profiles to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileSearch {
    /// One profile.
    Id(ProfileId),
    /// All of a class.
    Class(ProfileClass),
}

impl From<ProfileClass> for ProfileSearch {
    fn from(class: ProfileClass) -> Self {
        Self::Class(class)
    }
}

impl From<Iccid> for ProfileSearch {
    fn from(iccid: Iccid) -> Self {
        Self::Id(ProfileId::Iccid(iccid))
    }
}

impl From<Aid> for ProfileSearch {
    fn from(aid: Aid) -> Self {
        Self::Id(ProfileId::Aid(aid))
    }
}

/// ES10c.GetProfilesInfo request (`BF2D`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileInfoListRequest {
    /// Which profiles; all when `None`.
    pub search: Option<ProfileSearch>,
    /// Which elements, as the tags' octets one after another; the card's default set when `None`.
    pub tag_list: Option<Vec<u8>>,
}

/// A tag list that may not be sent to a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagListError {
    /// No tag: the card would answer with empty profiles.
    #[error("the tag list is empty")]
    Empty,
    /// More octets than [`ProfileInfoListRequest::MAX_TAG_LIST`].
    #[error("the tag list is too long")]
    TooLong,
    /// Not a row of whole tags of one to three octets.
    #[error("the tag list holds something that is no tag")]
    NoTag,
}

impl ProfileInfoListRequest {
    /// What a list on a screen needs: ICCID, state, nickname, operator, name, class, policy rules. AID, owner and
    /// icon are fetched when needed, with [`Self::LIST_TAGS_DETAILED`] or [`Self::LIST_TAGS_WITH_ICON`].
    pub const LIST_TAGS_BRIEF: &[u8] = &[0x5A, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x95, 0x99];
    /// As [`Self::LIST_TAGS_BRIEF`], and AID, icon type, notification configuration and owner; no icon, which is up
    /// to 1 KiB a profile (facts 3.10).
    pub const LIST_TAGS_DETAILED: &[u8] =
        &[0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x95, 0xB6, 0xB7, 0x99];
    /// The same as [`Self::LIST_TAGS_DETAILED`].
    pub const LIST_TAGS: &[u8] = Self::LIST_TAGS_DETAILED;
    /// As [`Self::LIST_TAGS_DETAILED`], and the icon.
    pub const LIST_TAGS_WITH_ICON: &[u8] =
        &[0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0x99];
    /// As [`Self::LIST_TAGS_DETAILED`], and the access rules, which are no element of the standard's.
    pub const LIST_TAGS_WITH_APPS: &[u8] =
        &[0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x95, 0xB6, 0xB7, 0x99, 0xBF, 0x76];
    /// The longest tag list that [`Self::with_tags`] takes, in octets: twice what all known tags need.
    pub const MAX_TAG_LIST: usize = 64;

    /// A request for the elements that the caller names.
    ///
    /// # Errors
    /// [`TagListError`] for a list that a card could misread.
    pub fn with_tags(search: Option<ProfileSearch>, tag_list: &[u8]) -> Result<Self, TagListError> {
        if tag_list.is_empty() {
            return Err(TagListError::Empty);
        }
        if tag_list.len() > Self::MAX_TAG_LIST {
            return Err(TagListError::TooLong);
        }
        let request = Self { search, tag_list: Some(tag_list.to_vec()) };
        let tags = request.tags().ok_or(TagListError::NoTag)?;
        if tags.iter().copied().all(Tag::is_well_formed) {
            Ok(request)
        } else {
            Err(TagListError::NoTag)
        }
    }

    /// The tags of the tag list, one by one; `None` when it cannot be read.
    pub fn tags(&self) -> Option<Vec<Tag>> {
        let mut rest = self.tag_list.as_deref()?;
        let mut tags = Vec::new();
        while !rest.is_empty() {
            let (tag, length) = tlv::parse_tag(rest).ok()?;
            rest = rest.get(length..)?;
            tlv::push(&mut tags, tag);
        }
        Some(tags)
    }
}

impl Object for ProfileInfoListRequest {
    const TAG: Tag = Tag::new(0xBF2D);
    const NAME: &'static str = "ProfileInfoListRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let search = match fields.get(Tag::context_constructed(0)) {
            None => None,
            Some(criteria) => {
                let criteria = criteria.fields()?;
                Some(match criteria.get(CLASS) {
                    Some(class) => ProfileSearch::Class(ProfileClass::from_code(
                        coding::read_unsigned(class, "profileClass")?,
                    )),
                    None => ProfileSearch::Id(ProfileId::from_fields(&criteria)?),
                })
            }
        };
        let tag_list = fields.get(TAG_LIST).map(|tlv| tlv.value.to_vec());
        Ok(Self { search, tag_list })
    }

    fn write(&self, out: &mut Writer) {
        if let Some(search) = &self.search {
            out.put_with(Tag::context_constructed(0), |out| match search {
                ProfileSearch::Id(id) => id.write(out),
                ProfileSearch::Class(class) => class.put(out),
            });
        }
        out.put_optional(TAG_LIST, self.tag_list.as_deref());
    }
}

codes! {
    /// Why profiles could not be listed (ProfileInfoListError).
    pub enum ProfileInfoListError {
        IncorrectInputValues = 1,
        ProfileChangeOngoing = 11,
        UndefinedError = 127,
    }
}

/// The most profiles that are read from one answer. A safeguard: an empty entry has two octets on the wire and half a
/// kilobyte in memory. No card holds as many.
pub const MAX_PROFILES: usize = 256;

/// The answer to ES10c.GetProfilesInfo (`BF2D`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileInfoListResponse {
    /// The profiles, in the card's order.
    Profiles(Vec<ProfileInfo>),
    /// The card refused.
    Error(ProfileInfoListError),
}

impl Object for ProfileInfoListResponse {
    const TAG: Tag = Tag::new(0xBF2D);
    const NAME: &'static str = "ProfileInfoListResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(error) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(error, "profileInfoListError")?;
            return Ok(Self::Error(ProfileInfoListError::from_code(code)));
        }
        let list = fields.require(Tag::context_constructed(0))?.fields()?;
        if list.iter().filter(|entry| entry.tag == ProfileInfo::TAG).count() > MAX_PROFILES {
            return Err(Fault::TooMany("profiles"));
        }
        list.collect(ProfileInfo::TAG, ProfileInfo::read).map(Self::Profiles)
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Profiles(profiles) => out.put_with(Tag::context_constructed(0), |list| {
                profiles.iter().for_each(|profile| profile.put(list));
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}
