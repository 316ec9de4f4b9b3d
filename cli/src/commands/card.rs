//! `sandbox card`: the card for programs of others.

use std::io::{BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;

use lpakit_sandbox::euicc::{Card, stdio};
use lpakit_sandbox::{Sandbox, VpcdEvent, serve_vpcd};
use serde_json::json;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};

/// Where programs come to the card.
pub(super) enum Door {
    Stdio,
    Tcp(SocketAddr),
    Vpcd(String),
}

impl Door {
    pub(super) fn new(listen: Option<SocketAddr>, vpcd: Option<String>) -> Self {
        match (listen, vpcd) {
            (Some(address), _) => Self::Tcp(address),
            (None, Some(address)) => Self::Vpcd(address),
            (None, None) => Self::Stdio,
        }
    }
}

pub(super) async fn run(
    dir: &Path,
    door: Door,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let mut card = Sandbox::open(dir)?.card()?;
    let on_stdio = matches!(door, Door::Stdio);
    let listener = match door {
        Door::Tcp(address) => Some(bind(address, output)?),
        _ => None,
    };
    let output = *output;
    let serving = tokio::task::spawn_blocking(move || match (door, listener) {
        (Door::Vpcd(address), _) => serve_in_reader(&mut card, &address, output),
        (_, Some(listener)) => serve_tcp(&mut card, &listener),
        (_, None) => serve_stdio(&mut card),
    });
    let served = async move { serving.await.unwrap_or_else(|_| Err(failed("it broke off"))) };
    tokio::select! {
        served = served => served.map(|()| Done::default()),
        // The usual end of a server.
        () = interrupt.wished() => {
            if !on_stdio {
                output.stopped();
            }
            Ok(Done::default())
        }
    }
}

fn bind(address: SocketAddr, output: &Output) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).map_err(|fault| match fault.kind() {
        ErrorKind::AddrInUse => Failure::port_taken(address),
        _ => failed(&fault.to_string()),
    })?;
    let address = listener.local_addr().map_err(|fault| failed(&fault.to_string()))?;
    output.line(format!("Listening on {address}"));
    output.note("Ctrl-C stops.");
    output.object(&json!({ "type": "listening", "listening": address }));
    Ok(listener)
}

/// In vpcd's reader, until somebody stops the program.
fn serve_in_reader(card: &mut Card, address: &str, output: Output) -> Result<(), Failure> {
    let mut last = None;
    let tell = |event| {
        // An attempt after the other is not worth a line each.
        if last.replace(event) != Some(event) {
            let (name, text) = match event {
                VpcdEvent::Connected => ("connected", "The card is in the reader of"),
                VpcdEvent::Disconnected => ("disconnected", "The card is out of the reader of"),
                VpcdEvent::Unreachable => ("unreachable", "There is no vpcd yet at"),
            };
            output.line(format!("{text} {address}"));
            output.object(&json!({ "type": name, "vpcd": address }));
        }
        ControlFlow::Continue(())
    };
    output.note("Ctrl-C stops.");
    serve_vpcd(card, address, tell).map_err(|fault| failed(&fault.to_string()))
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
