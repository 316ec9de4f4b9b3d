//! Configured addresses (SGP.22 5.7.3, 5.7.4).

use lpakit_rsp::Object;
use lpakit_rsp::chip::{ConfiguredAddresses, SetDefaultDpAddressRequest};
use lpakit_rsp::identifiers::KeyId;
use lpakit_rsp::switching::{SetDefaultDpAddressResponse, SetDefaultDpAddressResult};

use super::{Answer, Isdr, request};

impl Isdr {
    /// ES10a.GetEuiccConfiguredAddresses.
    pub(super) fn configured_addresses(&self) -> Vec<u8> {
        let state = self.store.state();
        let addresses = ConfiguredAddresses {
            default_dp_address: state.default_dp_address.clone(),
            root_ds_address: state.config.root_ds_address.clone(),
            ..self.configured_data_of_version_3()
        };
        self.with_private(&addresses)
    }

    /// ES10a.SetDefaultDpAddress; an empty address takes it away.
    pub(super) fn set_default_dp_address(&mut self, command: &[u8]) -> Answer {
        let request: SetDefaultDpAddressRequest = request(command)?;
        // Only a card of v3 knows of it.
        let allowed_ci = request.allowed_ci_key_id.filter(|_| self.config().version_3.is_some());
        let knows = |ci: &KeyId| self.credentials.roots().find(ci.octets()).is_ok();
        if !allowed_ci.as_ref().is_none_or(knows) {
            let result = SetDefaultDpAddressResult::UnsupportedCiPkId;
            return Ok(SetDefaultDpAddressResponse(result).encode());
        }
        let address = Some(request.address).filter(|address| !address.is_empty());
        let allowed_ci = allowed_ci.filter(|_| address.is_some());
        let allowed_ci = allowed_ci.map(|ci| ci.octets().into());
        self.store.update(|state| {
            state.allowed_ci = allowed_ci;
            state.default_dp_address = address;
        })?;
        Ok(SetDefaultDpAddressResponse(SetDefaultDpAddressResult::Ok).encode())
    }
}
