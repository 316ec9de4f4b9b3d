//! `sandbox order`.

use std::path::Path;

use lpakit::rsp::identifiers::Eid;
use lpakit_sandbox::smdp::metadata::Owner;
use lpakit_sandbox::smdp::order::{MatchingId, OrderRequest, ProfileSource};
use lpakit_sandbox::{Sandbox, sample_order};
use serde_json::json;

use super::sandbox::program;
use crate::args::{Order, Whose};
use crate::failure::Failure;
use crate::output::{Done, Output};
use crate::qr_code::QrPicture;

pub(super) fn run(args: &Order, output: &Output) -> Result<Done, Failure> {
    let sandbox = Sandbox::open(&args.dir)?;
    let mut request = request(args)?;
    request.eid = match args.eid {
        Some(Whose::Own) => Some(Eid::from_octets(*sandbox.eid()?.octets())),
        Some(Whose::Of(eid)) => Some(eid),
        None => None,
    };
    let order = sandbox.order(&request)?;
    let on_card = match args.eid {
        Some(Whose::Own) => format!("{} --card sandbox:{}", program(), args.dir.display()),
        _ => format!("{} --card …", program()),
    };
    if args.smds.is_some() {
        output.line("An event waits at the SM-DS for the card. Next:");
        output.line(format!("  {on_card} discover"));
        output.line(format!("  {on_card} download --discover"));
        return Ok(Done::with(json!({ "smds": args.smds })));
    }
    if args.default {
        output.line("The profile waits for its card. Next:");
        output.line(format!("  {on_card} set-default-address {}", order.address));
        output.line(format!("  {on_card} download --default"));
        return Ok(Done::with(json!({ "address": order.address })));
    }
    let code = order.activation_code(None);
    let picture = QrPicture::new(&code)?;
    if let Some(path) = &args.png {
        picture.write_png(path)?;
    }
    output.line(picture.to_terminal());
    output.line(&code);
    output.object(&json!({
        "type": "order",
        "activation_code": code,
        "confirmation_code_required": order.confirmation_code_required,
    }));
    Ok(Done::default())
}

fn request(args: &Order) -> Result<OrderRequest, Failure> {
    let mut request = sample_order();
    let metadata = &mut request.metadata;
    metadata.profile_name.clone_from(&args.name);
    metadata.service_provider_name.clone_from(&args.operator);
    if let Some(path) = &args.icon {
        metadata.icon = Some(read(path)?);
    }
    metadata.ppr1 = args.ppr.iter().any(|rule| rule == "1");
    metadata.ppr2 = args.ppr.iter().any(|rule| rule == "2");
    metadata.apps.clone_from(&args.app);
    metadata.owner = args.owner.clone().or_else(|| {
        // A card allows rules to owners only.
        (!args.ppr.is_empty()).then(test_network)
    });
    if let Some(path) = &args.profile {
        request.profile = ProfileSource::Der(read(path)?);
    } else if let ProfileSource::Build { imsi, .. } = &mut request.profile {
        imsi.clone_from(&args.imsi);
    }
    request.confirmation_code.clone_from(&args.confirmation_code);
    request.smds.clone_from(&args.smds);
    if args.default {
        request.matching_id = MatchingId::DefaultServer;
    }
    Ok(request)
}

fn test_network() -> Owner {
    Owner { mcc: "001".to_owned(), mnc: "01".to_owned(), gid1: None, gid2: None }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|fault| Failure::file(path, &fault))
}
