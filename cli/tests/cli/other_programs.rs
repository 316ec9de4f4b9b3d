//! Card programs of others: `--card stdio` on one side, `sandbox card` on the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox, Serving, command, piped};

/// Runs the LPA on a card that is another process, the two talking through each other's standard input and output.
fn over_stdio(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut serving = command(&["sandbox", "card", &sandbox.dir()]);
    let mut card = piped(serving.stdin(Stdio::piped()));
    let mut lpa = command(&["--card", "stdio"]);
    lpa.args(args).stdin(card.stdout.take().unwrap()).stdout(card.stdin.take().unwrap());
    let output = lpa.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    drop(lpa);
    let served = Ran::of(card.wait_with_output().unwrap()).ok();
    assert_eq!(served.stderr, "", "everything that the LPA printed was a request");
    Ran::of(output)
}

#[test]
fn a_download_on_a_card_behind_a_pipe() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&[]);
    let connect = format!("smdpplus.sandbox.test={}", server.addr);
    let ci = sandbox.ci();

    let args = ["--trust", &ci, "--connect", &connect, "download", &code, "--yes"];
    let ran = over_stdio(&sandbox, &args).ok();
    assert!(ran.stderr.contains("Travel 5 GB is installed"), "{ran:?}");
    let ran = over_stdio(&sandbox, &["--json", "profiles"]).ok();
    assert!(ran.stderr.contains(r#""name":"Travel 5 GB""#), "{ran:?}");
    // Nobody trusts the sandbox's CI unless told to.
    let code = sandbox.order(&[]);
    let ran = over_stdio(&sandbox, &["download", &code, "--yes"]);
    ran.refused("trust.no_common_ci");
}

#[test]
fn a_card_program_that_dies() {
    let mut lpa = command(&["--card", "stdio", "profiles"]);
    Ran::of(lpa.output().unwrap()).refused("card.gone");
}

#[test]
fn the_card_on_a_socket() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let card = Serving::start(&["--json", "sandbox", "card", &dir, "--listen", "127.0.0.1:0"]);
    // One client after the other.
    for _ in 0..2 {
        let mut stream = TcpStream::connect(&card.addr).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let mut ask = |func: &str, param: Value| -> Value {
            let request = json!({ "type": "apdu", "payload": { "func": func, "param": param } });
            writeln!(stream, "{request}").unwrap();
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            serde_json::from_str::<Value>(&line).unwrap()["payload"].clone()
        };
        assert_eq!(ask("connect", Value::Null)["ecode"], 0);
        let isdr = "A0000005591010FFFFFFFF8900000100";
        assert_eq!(ask("logic_channel_open", isdr.into())["ecode"], 1);
        let answer = ask("transmit", "81E2910003BF2E00".into());
        assert_eq!(answer["data"], "6115");
    }
}

/// vpcd's question for the answer to reset, and its answer in a frame.
fn asks_for_answer_to_reset(stream: &mut TcpStream) -> Vec<u8> {
    stream.write_all(&[0, 1, 4]).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn the_card_in_a_virtual_reader() {
    let sandbox = Sandbox::new();
    let vpcd = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = vpcd.local_addr().unwrap().to_string();
    let args = ["--json", "sandbox", "card", &sandbox.dir(), "--vpcd", &address];
    let mut card = piped(&mut command(&args));
    let mut told = BufReader::new(card.stdout.take().unwrap()).lines();
    let mut next = || -> Value {
        let told: Value = serde_json::from_str(&told.next().unwrap().unwrap()).unwrap();
        assert_eq!(told["vpcd"], address);
        told["type"].clone()
    };
    for _ in 0..2 {
        let (mut stream, _) = vpcd.accept().unwrap();
        assert_eq!(next(), "connected");
        assert_eq!(asks_for_answer_to_reset(&mut stream), lpakit_sandbox::euicc::ATR);
        sandbox.run(&["chip"]).refused("busy.card");
        drop(stream);
        assert_eq!(next(), "disconnected");
    }
    card.kill().unwrap();
    card.wait().unwrap();
    // Its memory is nobody's now.
    sandbox.run(&["chip"]).ok();
}
