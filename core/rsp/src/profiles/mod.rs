//! Profiles: the metadata that a server offers and a card lists (StoreMetadata `BF25`, ProfileInfo `E3`).

mod access;
mod extras;
mod info;
mod list;
mod metadata;
mod parts;

pub use access::AccessRule;
pub use extras::ProfileExtras;
pub use info::{ProfileId, ProfileInfo, ProfileState};
pub use list::{
    MAX_PROFILES, ProfileInfoListError, ProfileInfoListRequest, ProfileInfoListResponse,
    ProfileSearch, TagListError,
};
pub use metadata::ProfileMetadata;
pub use parts::{Icon, IconKind, NotificationConfiguration, PolicyRules, ProfileClass};
