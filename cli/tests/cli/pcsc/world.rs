//! A sandbox, its server, and its card in a reader of a pcscd.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use lpakit_sandbox::euicc::CardConfig;
use serde_json::Value;

use super::service::Pcscd;
use crate::support::{Ran, Sandbox, Serving, command, piped};

/// The variable by which the library of PC/SC finds another socket than the system's.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// The program on a pcscd's readers.
pub(super) fn lpakit_on(pcscd: &Pcscd, args: &[&str]) -> Command {
    let mut command = command(args);
    command.env(SOCKET, pcscd.socket());
    command
}

/// The program, as a process that ends with the test, whatever ends that.
fn bound_to_us(args: &[&str]) -> Command {
    let program = command(args);
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL"]).arg(program.get_program()).args(program.get_args());
    bound.stdin(Stdio::null()).env_remove("RUST_LOG").env_remove("CARGO");
    bound
}

/// Everything for a story.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) server: Serving,
    pub(super) pcscd: Pcscd,
    _card: CardProcess,
}

impl World {
    /// With a card of this kind.
    pub(super) fn new(card: impl FnOnce(&mut CardConfig)) -> Self {
        let sandbox = Sandbox::new();
        let opened = lpakit_sandbox::Sandbox::open(sandbox.dir().as_ref()).unwrap();
        opened.card().unwrap().configure(card).unwrap();
        // Programs that cannot map names need the port in the address.
        let address = ["--listen", "127.0.0.1:0", "--address", "localhost:0"];
        let dir = sandbox.dir();
        let server = [&["--json", "sandbox", "serve", &dir], &address[..]].concat();
        let server = Serving::of(&mut bound_to_us(&server));
        let mut pcscd = Pcscd::start();
        let card = CardProcess::insert(&sandbox, &mut pcscd, 0);
        Self { sandbox, server, pcscd, _card: card }
    }

    /// Runs the program on the card in the reader; it trusts the sandbox's CI.
    pub(super) fn run(&self, args: &[&str]) -> Ran {
        let ci = self.sandbox.ci();
        let port = self.server.addr.rsplit(':').next().unwrap();
        let connect = format!("localhost=127.0.0.1:{port}");
        let mut all = vec!["--json", "--card", "pcsc", "--trust", &ci, "--connect", &connect];
        all.extend(args);
        Ran::of(lpakit_on(&self.pcscd, &all).output().unwrap())
    }

    /// A program of others on the readers.
    pub(super) fn other(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env(SOCKET, self.pcscd.socket());
        command
    }

    /// What the server was told of the profile, in order.
    pub(super) fn told(&self) -> Vec<String> {
        let sandbox = lpakit_sandbox::Sandbox::open(self.sandbox.dir().as_ref()).unwrap();
        let received = sandbox.received().unwrap();
        received.into_iter().map(|report| format!("{:?}", report.kind)).collect()
    }
}

/// The sandbox card in a reader, until it is dropped.
pub(super) struct CardProcess {
    child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl CardProcess {
    pub(super) fn insert(sandbox: &Sandbox, pcscd: &mut Pcscd, reader: u16) -> Self {
        let vpcd = pcscd.vpcd(reader);
        let args = ["--json", "sandbox", "card", &sandbox.dir(), "--vpcd", &vpcd];
        let mut child = piped(&mut bound_to_us(&args));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["type"], "connected");
        pcscd.wait_for_card(reader);
        Self { child, _stdout: stdout }
    }
}

impl Drop for CardProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
