//! What SGP.22 v2.4 and v3 add to a profile's metadata.

use crate::coding::{self, Bits};
use crate::members::Members;
use crate::tlv::{Tag, Writer};

const SERVICE_DATA_STORED: Tag = Tag::new(0xBF22);
const SERVICE_DATA_NOT_STORED: Tag = Tag::new(0xBF23);
const RPM_CONFIGURATION: Tag = Tag::context_constructed(26);
const HRI_SERVER_ADDRESS: Tag = Tag::context(27);
const LPR_CONFIGURATION: Tag = Tag::context_constructed(28);
const ENTERPRISE_CONFIGURATION: Tag = Tag::context_constructed(29);
const SERVICE_PROVIDER_MESSAGE: Tag = Tag::context_constructed(30);
const SERVICE_DESCRIPTION: Tag = Tag::new(0x9F1F);
const DEVICE_CHANGE_CONFIGURATION: Tag = Tag::new(0xBF20);

/// Members of later versions that StoreMetadata and ProfileInfo share (facts 3.10). Nothing in this library acts on
/// them; those that are structures of their own are kept as the octets of their content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileExtras {
    /// serviceSpecificDataStoredInEuicc (`BF22`, v2.4), content.
    pub service_specific_data_stored: Option<Vec<u8>>,
    /// serviceSpecificDataNotStoredInEuicc (`BF23`, v2.4; in StoreMetadata only), content.
    pub service_specific_data_not_stored: Option<Vec<u8>>,
    /// rpmConfiguration (`BA`, v3), content: who may manage the profile from afar.
    pub rpm_configuration: Option<Vec<u8>>,
    /// hriServerAddress (`9B`, v3): where more about the profile stands for people to read.
    pub hri_server_address: Option<String>,
    /// serviceProviderMessage (`BE`, v3; in StoreMetadata only), content.
    pub service_provider_message: Option<Vec<u8>>,
    /// lprConfiguration (`BC`, v3), content: the LPA proxy.
    pub lpr_configuration: Option<Vec<u8>>,
    /// enterpriseConfiguration (`BD`, v3), content.
    pub enterprise_configuration: Option<Vec<u8>>,
    /// serviceDescription (`9F1F`, v3): bit 0 voice, bit 1 data.
    pub service_description: Option<Bits>,
    /// deviceChangeConfiguration (`BF20`, v3), content.
    pub device_change_configuration: Option<Vec<u8>>,
}

impl ProfileExtras {
    /// True when the profile has nothing of a later version.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn take(members: &mut Members<'_>) -> Self {
        Self {
            service_specific_data_stored: members.octets(SERVICE_DATA_STORED),
            service_specific_data_not_stored: members.octets(SERVICE_DATA_NOT_STORED),
            rpm_configuration: members.octets(RPM_CONFIGURATION),
            hri_server_address: members.get(HRI_SERVER_ADDRESS).map(coding::read_name),
            service_provider_message: members.octets(SERVICE_PROVIDER_MESSAGE),
            lpr_configuration: members.octets(LPR_CONFIGURATION),
            enterprise_configuration: members.octets(ENTERPRISE_CONFIGURATION),
            service_description: members
                .lenient(SERVICE_DESCRIPTION, |tlv| Bits::read(tlv, "serviceDescription")),
            device_change_configuration: members.octets(DEVICE_CHANGE_CONFIGURATION),
        }
    }

    /// Puts what is there in the order of StoreMetadata, which is also that of ProfileInfo.
    pub(super) fn put(&self, out: &mut Writer) {
        out.put_optional(SERVICE_DATA_STORED, self.service_specific_data_stored.as_deref());
        out.put_optional(SERVICE_DATA_NOT_STORED, self.service_specific_data_not_stored.as_deref());
        out.put_optional(RPM_CONFIGURATION, self.rpm_configuration.as_deref());
        out.put_optional(HRI_SERVER_ADDRESS, self.hri_server_address.as_deref());
        out.put_optional(SERVICE_PROVIDER_MESSAGE, self.service_provider_message.as_deref());
        out.put_optional(LPR_CONFIGURATION, self.lpr_configuration.as_deref());
        out.put_optional(ENTERPRISE_CONFIGURATION, self.enterprise_configuration.as_deref());
        out.put_optional(SERVICE_DESCRIPTION, self.service_description.map(Bits::octets));
        out.put_optional(DEVICE_CHANGE_CONFIGURATION, self.device_change_configuration.as_deref());
    }
}
