//! ES8+.StoreMetadata: may this card take this profile? (SGP.22 5.5.3)

use lpakit_rsp::Object;
use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::installation::InstallErrorReason;
use lpakit_rsp::profiles::{ProfileClass, ProfileMetadata};

use super::policy;
use crate::state::CardState;

/// Longest names and icon, in octets (facts 0.4).
const SERVICE_PROVIDER_NAME: usize = 32;
const PROFILE_NAME: usize = 64;
const ICON: usize = 1024;

/// Checks metadata (BF25) against the card; gives the profile's ICCID.
pub(super) fn check(content: &[u8], card: &CardState) -> Result<Iccid, InstallErrorReason> {
    let metadata =
        ProfileMetadata::decode(content).map_err(|_| InstallErrorReason::IncorrectInputValues)?;
    let icon = metadata.icon.as_ref().map_or(0, |icon| icon.data.len());
    if metadata.service_provider_name.len() > SERVICE_PROVIDER_NAME
        || metadata.profile_name.len() > PROFILE_NAME
        || icon > ICON
    {
        return Err(InstallErrorReason::IncorrectInputValues);
    }
    if card.holds_iccid(&metadata.iccid) {
        return Err(InstallErrorReason::IccidAlreadyExists);
    }
    let unknown = matches!(metadata.class, ProfileClass::Other(_));
    if unknown || card.config.refused_profile_classes.contains(&metadata.class.code()) {
        return Err(InstallErrorReason::UnsupportedProfileClass);
    }
    if !policy::allows(&metadata, card) {
        return Err(InstallErrorReason::PprNotAllowed);
    }
    Ok(metadata.iccid)
}
