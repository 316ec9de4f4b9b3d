//! Configured addresses (SGP.22 5.7.3, 5.7.4).

use lpakit_rsp::Object;
use lpakit_rsp::chip::{ConfiguredAddresses, SetDefaultDpAddressRequest};
use lpakit_rsp::switching::{SetDefaultDpAddressResponse, SetDefaultDpAddressResult};

use super::{Answer, Isdr, request};

impl Isdr {
    pub(super) fn configured_addresses(&self) -> ConfiguredAddresses {
        let state = self.store.state();
        ConfiguredAddresses {
            default_dp_address: state.default_dp_address.clone(),
            root_ds_address: state.config.root_ds_address.clone(),
        }
    }

    /// ES10a.SetDefaultDpAddress; an empty address takes it away.
    pub(super) fn set_default_dp_address(&mut self, command: &[u8]) -> Answer {
        let request: SetDefaultDpAddressRequest = request(command)?;
        let address = Some(request.address).filter(|address| !address.is_empty());
        self.store.update(|state| state.default_dp_address = address)?;
        Ok(SetDefaultDpAddressResponse(SetDefaultDpAddressResult::Ok).encode())
    }
}
