//! lpac: asking an SM-DS. It prints the servers of the events and not their names, so that is where it ends.

use lpakit::rsp::identifiers::Eid;
use lpakit_interop::{Program, Stage};
use lpakit_sandbox_smds::Es11Path;

use crate::support::{lpac_ok, order, request};

#[test]
fn the_servers_of_events_are_found() {
    let stage =
        Stage::builder(Program::Lpac, "discovery").smds(&[Es11Path::Es9Plus]).start().unwrap();
    let address = stage.smds()[0].address().to_owned();
    let ask = || lpac_ok(&stage, &["profile", "discovery", "-s", &address]).to_string();
    assert!(!ask().contains(stage.address()));
    let mut waiting = request();
    waiting.eid = Some(Eid::from_octets(*stage.card().eid().octets()));
    waiting.smds = Some(address.clone());
    order(&stage, &waiting);
    stage.settled();
    assert!(ask().contains(stage.address()));
    stage.finish().unwrap();
}
