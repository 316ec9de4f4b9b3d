//! `sandbox new|serve|order|card|pki`.

use std::net::SocketAddr;
use std::path::Path;

use lpakit_sandbox::crypto::pki::Layout;
use lpakit_sandbox::{RunningServer, SandboxOptions, ServeOptions};
use serde_json::json;

use super::{card, order};
use crate::args::{Pki, Sandbox};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};

pub(crate) async fn run(
    command: &Sandbox,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    match command {
        Sandbox::New { dir, pki, name, address } => {
            let options = SandboxOptions {
                pki: pki.clone(),
                name: name.clone(),
                address: address.clone(),
                ..SandboxOptions::default()
            };
            new(dir, &options, output)
        }
        Sandbox::Serve { dir, listen, address } => {
            serve(dir, *listen, address.clone(), output, interrupt).await
        }
        Sandbox::Order(args) => order::run(args, output),
        Sandbox::Card { dir, listen, vpcd } => {
            let door = card::Door::new(*listen, vpcd.clone());
            card::run(dir, door, output, interrupt).await
        }
        Sandbox::Pki(Pki::Export { dir, folder }) => {
            lpakit_sandbox::Sandbox::open(dir)?.pki_export(folder, Layout::Flat)?;
            output.line(format!("Certificates and keys are in {}.", folder.display()));
            Ok(Done::default())
        }
        Sandbox::Pki(Pki::Import { dir, folder }) => {
            lpakit_sandbox::Sandbox::open(dir)?.pki_import(folder)?;
            output.line("The sandbox has these certificates and keys now, and a new card.");
            Ok(Done::default())
        }
    }
}

fn new(dir: &Path, options: &SandboxOptions, output: &Output) -> Result<Done, Failure> {
    let sandbox = lpakit_sandbox::Sandbox::create(dir, options)?;
    output.line(format!("The sandbox is in {}. Next:", dir.display()));
    for line in next_steps(dir) {
        output.line(format!("  {line}"));
    }
    Ok(Done::with(json!({
        "name": sandbox.name(),
        "address": sandbox.address(),
        "ci_certificate": sandbox.ci_certificate_file(),
    })))
}

/// The by-hand story, in two terminals.
pub(crate) fn next_steps(dir: &Path) -> [String; 5] {
    let (lpakit, dir) = (program(), dir.display());
    [
        format!("{lpakit} sandbox serve {dir}    (in another terminal)"),
        format!("{lpakit} sandbox order {dir} --png order.png"),
        format!("{lpakit} --card sandbox:{dir} download --qr order.png --enable"),
        format!("{lpakit} --card sandbox:{dir} profiles"),
        format!("{lpakit} --card sandbox:{dir} notifications list"),
    ]
}

/// How this program was called, as far as a person needs to type it.
pub(crate) fn program() -> &'static str {
    // Cargo sets it for what it runs.
    if std::env::var_os("CARGO").is_some() { "cargo run --quiet --" } else { "lpakit" }
}

/// Whatever else is served, and where.
fn others(server: &RunningServer) -> Vec<(&'static str, SocketAddr)> {
    let all = [
        ("SM-DP+ (ES2+)", Some(server.es2_addr())),
        ("SM-DS (ES11)", server.smds_addr()),
        ("SM-DS (ES12)", server.es12_addr()),
        ("shop", Some(server.shop_addr())),
    ];
    all.into_iter().filter_map(|(what, socket)| Some((what, socket?))).collect()
}

async fn serve(
    dir: &Path,
    listen: SocketAddr,
    address: Option<String>,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let sandbox = lpakit_sandbox::Sandbox::open(dir)?;
    let options = ServeOptions { address, ..ServeOptions::new(listen) };
    let server = sandbox.start_server_with(options, |_| ()).await?;
    output.line(format!("Listening on {} as {}", server.addr(), server.smdp().address()));
    for (what, socket) in others(&server) {
        output.line(format!("  {what:<16} {socket}"));
    }
    output.note("Ctrl-C stops.");
    output.object(&json!({
        "type": "listening",
        "listening": server.addr(),
        "address": server.smdp().address(),
        "es2": server.es2_addr(),
        "smds": server.smds_addr(),
        "es12": server.es12_addr(),
        "shop": server.shop_addr(),
    }));
    interrupt.wished().await;
    let counts = server.counts();
    let served = json!({ "requests": counts.requests(), "tls_handshakes": counts.handshakes() });
    server.stop().await;
    output.stopped();
    Ok(Done::with(served))
}
