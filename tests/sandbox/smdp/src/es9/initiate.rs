//! ES9+.InitiateAuthentication: address, version and CI in common; then the server signs first (SGP.22 5.6.1).

use lpakit_sandbox_rsp_server::authority::Asked;
use lpakit_sandbox_rsp_server::json::Reply;
use lpakit_sandbox_rsp_server::status::Refusal;

use super::Call;
use crate::session::Stage;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let smdp = call.smdp;
    let asked = Asked { arguments: call.arguments, quirks: call.quirks, now: smdp.now() };
    let signer = |number| Ok(&smdp.credential(number, call.quirks)?.auth);
    smdp.orders()
        .with_random(|random| smdp.authority.initiate(Stage::Challenged, &asked, random, signer))
}
