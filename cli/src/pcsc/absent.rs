//! What stands for PC/SC in builds without the feature `pcsc`: how to make one that has it.

use lpakit::ErrorKind;
use lpakit::card::{PortAbilities, PortError, RawCard};

use crate::failure::Failure;
use crate::output::{Done, Output};

/// A card that there never is.
pub(crate) enum NoCard {}

impl RawCard for NoCard {
    fn abilities(&self) -> PortAbilities {
        match *self {}
    }

    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, PortError> {
        match *self {}
    }

    fn reset(&mut self) -> Result<(), PortError> {
        match *self {}
    }
}

pub(crate) async fn open(_: Option<String>, _: &Output) -> Result<NoCard, Failure> {
    Err(absent())
}

pub(crate) async fn list(_: &Output) -> Result<Done, Failure> {
    Err(absent())
}

fn absent() -> Failure {
    let text = "This lpakit was built without PC/SC. 'cargo build --features pcsc' builds one with it, given the \
                system's library (Debian: pkgconf and libpcsclite-dev; pcscd to run it).";
    Failure::new(ErrorKind::Input, "input.without_pcsc", text)
}
