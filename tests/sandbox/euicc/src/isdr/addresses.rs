//! Configured addresses (SGP.22 5.7.3, 5.7.4).

use lpakit_rsp::Object;
use lpakit_rsp::chip::{ConfiguredAddresses, SetDefaultDpAddressRequest};
use lpakit_rsp::switching::{SetDefaultDpAddressResponse, SetDefaultDpAddressResult};
use lpakit_rsp::tlv::{Tag, Tlv};

use super::{Answer, Isdr, request};
use crate::octets::Octets;

const ALLOWED_CI: Tag = Tag::context(1);

impl Isdr {
    /// ES10a.GetEuiccConfiguredAddresses.
    pub(super) fn configured_addresses(&self) -> Vec<u8> {
        let state = self.store.state();
        let addresses = ConfiguredAddresses {
            default_dp_address: state.default_dp_address.clone(),
            root_ds_address: state.config.root_ds_address.clone(),
            ..ConfiguredAddresses::default()
        };
        self.with_version_3(&addresses, |isdr, out| isdr.put_configured_data_of_version_3(out))
    }

    /// ES10a.SetDefaultDpAddress; an empty address takes it away.
    pub(super) fn set_default_dp_address(&mut self, command: &[u8]) -> Answer {
        let request: SetDefaultDpAddressRequest = request(command)?;
        let address = Some(request.address).filter(|address| !address.is_empty());
        let Some(allowed_ci) = self.allowed_ci(command) else {
            let result = SetDefaultDpAddressResult::UnsupportedCiPkId;
            return Ok(SetDefaultDpAddressResponse(result).encode());
        };
        self.store.update(|state| {
            state.allowed_ci = allowed_ci.filter(|_| address.is_some());
            state.default_dp_address = address;
        })?;
        Ok(SetDefaultDpAddressResponse(SetDefaultDpAddressResult::Ok).encode())
    }

    /// The only CI that the default SM-DP+ may stand under, if the terminal of a v3 card names one; `None` when the
    /// card does not know it.
    fn allowed_ci(&self, command: &[u8]) -> Option<Option<Octets>> {
        let fields = Tlv::parse(command).and_then(|element| element.fields()).ok()?;
        let named = fields.get(ALLOWED_CI).filter(|_| self.config().version_3.is_some());
        let Some(named) = named else { return Some(None) };
        self.credentials.roots().find(named.value).ok()?;
        Some(Some(named.value.into()))
    }
}
