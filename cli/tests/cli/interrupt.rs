//! Ctrl-C: the installation is cancelled while it can be, and the outcome is told.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Child;

use lpakit_sandbox::smdp::Function;
use lpakit_sandbox::smdp::misbehaviour::{Misbehaviour, Times};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Ran, Sandbox, piped};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

#[test]
fn while_the_server_is_silent() {
    let sandbox = Sandbox::new();
    let code = sandbox.order(&[]);
    let silent = TcpListener::bind(LOOPBACK).unwrap();
    let connect = format!("smdpplus.sandbox.test={}", silent.local_addr().unwrap());
    let args = ["--trust", &sandbox.ci(), "--connect", &connect, "download", &code, "--yes"];
    let child = piped(&mut sandbox.command(&args));
    let connection = silent.accept().unwrap();
    interrupt(&child);
    Ran::of(child.wait_with_output().unwrap()).refused("cancelled.by_user");
    drop(connection);
    sandbox.run(&["chip"]).ok();
}

// This process serves on a thread of its own while it waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_package_is_on_its_way() {
    let sandbox = Sandbox::new();
    let opened = lpakit_sandbox::Sandbox::open(sandbox.dir().as_ref()).unwrap();
    let server = opened.start_server(LOOPBACK).await.unwrap();
    let all = server.smdp().misbehaviours();
    all.add(Function::GetBoundProfilePackage, Misbehaviour::Hang, Times::Once);
    let code = sandbox.order(&[]);

    let mut child = piped(&mut sandbox.command(&["--json", "download", &code, "--yes"]));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(r#""phase":"downloading""#) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it ended too early");
    }
    interrupt(&child);
    let rest: Vec<String> = stdout.lines().map(Result::unwrap).collect();
    let outcome: serde_json::Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert_eq!(outcome["error"]["key"], "cancelled.by_user");
    assert_eq!(outcome["error"]["plan"], "still_valid");
    assert_eq!(child.wait().unwrap().code(), Some(1));
    // The request may have been given up before the server saw it.
    all.clear();
    // Neither card nor server holds anything against it.
    sandbox.run(&["download", &code, "--yes"]).ok();
}

#[test]
fn a_server_stops_in_order() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let args = ["--json", "sandbox", "serve", &dir, "--listen", "127.0.0.1:0"];
    let mut child = piped(&mut crate::support::command(&args));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    interrupt(&child);
    let last = stdout.lines().map(Result::unwrap).last().unwrap();
    let outcome: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(outcome["ok"], true);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // The note of where it listened is gone with it.
    let opened = lpakit_sandbox::Sandbox::open(dir.as_ref()).unwrap();
    assert_eq!(opened.listening(), None);
}

#[test]
fn a_card_in_a_virtual_reader_leaves_in_order() {
    let sandbox = Sandbox::new();
    let vpcd = TcpListener::bind(LOOPBACK).unwrap();
    let address = vpcd.local_addr().unwrap().to_string();
    let args = ["--json", "sandbox", "card", &sandbox.dir(), "--vpcd", &address];
    let child = piped(&mut crate::support::command(&args));
    let connection = vpcd.accept().unwrap();
    interrupt(&child);
    let ran = Ran::of(child.wait_with_output().unwrap()).ok();
    assert_eq!(ran.outcome()["ok"], true);
    drop(connection);
}
