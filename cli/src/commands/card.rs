//! `sandbox card`: the card for programs of others.

use std::io::{BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use lpakit_sandbox::Sandbox;
use lpakit_sandbox::euicc::{Card, stdio};
use serde_json::json;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};

pub(super) async fn run(
    dir: &Path,
    listen: Option<SocketAddr>,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let mut card = Sandbox::open(dir)?.card()?;
    let listener = listen.map(|address| bind(address, output)).transpose()?;
    let serving = tokio::task::spawn_blocking(move || match listener {
        Some(listener) => serve_tcp(&mut card, &listener),
        None => serve_stdio(&mut card),
    });
    let served = async move { serving.await.unwrap_or_else(|_| Err(failed("it broke off"))) };
    tokio::select! {
        served = served => served.map(|()| Done::default()),
        // The usual end of a server.
        () = interrupt.wished() => Ok(Done::default()),
    }
}

fn bind(address: SocketAddr, output: &Output) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).map_err(|fault| failed(&fault.to_string()))?;
    let address = listener.local_addr().map_err(|fault| failed(&fault.to_string()))?;
    output.line(format!("Listening on {address}"));
    output.note("Ctrl-C stops.");
    output.object(&json!({ "type": "listening", "listening": address }));
    Ok(listener)
}

fn serve_stdio(card: &mut Card) -> Result<(), Failure> {
    let input = BufReader::new(std::io::stdin());
    match stdio::serve(card, input, std::io::stdout(), pass_on) {
        // A program may go away without waiting for its last answer.
        Err(fault) if fault.kind() != ErrorKind::BrokenPipe => Err(failed(&fault.to_string())),
        _ => Ok(()),
    }
}

/// One client after the other; each finds the card without power.
fn serve_tcp(card: &mut Card, listener: &TcpListener) -> Result<(), Failure> {
    for stream in listener.incoming() {
        // A client that goes away in the middle is no reason to stop.
        let _ = stream.and_then(|stream| serve_client(card, stream));
        card.power_off();
    }
    Ok(())
}

fn serve_client(card: &mut Card, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let input = BufReader::new(stream.try_clone()?);
    stdio::serve(card, input, stream, pass_on)
}

/// What the program says beside its requests: results, progress.
fn pass_on(line: &str) {
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn failed(text: &str) -> Failure {
    Failure::new(
        lpakit::ErrorKind::Card,
        "sandbox.card",
        format!("The card cannot be served: {text}."),
    )
}
