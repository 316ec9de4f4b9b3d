//! The program killed (SIGKILL, and the card with it) in the middle of an installation: the next start tells the
//! truth, and the operator learns it, too.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Sandbox, command, piped};

/// When to kill: told each command to the card and, once there is one, the card's answer to it.
type When = fn(commands_of_package: usize, answer: Option<&str>) -> bool;

/// A download through this process, which passes on what LPA and card say until it kills both.
fn download_and_kill(sandbox: &Sandbox, server: &str, code: &str, when: When) {
    let mut serving = command(&["sandbox", "card", &sandbox.dir()]);
    let mut card = piped(serving.stdin(Stdio::piped()));
    let connect = format!("smdpplus.sandbox.test={server}");
    let ci = sandbox.ci();
    let args =
        ["--card", "stdio", "--trust", &ci, "--connect", &connect, "download", code, "--yes"];
    let mut lpa = piped(command(&args).stdin(Stdio::piped()));
    pass_on(&mut lpa, &mut card, when);
    for child in [&mut lpa, &mut card] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn pass_on(lpa: &mut Child, card: &mut Child, when: When) {
    let mut to_card = card.stdin.take().unwrap();
    let mut from_card = BufReader::new(card.stdout.take().unwrap());
    let mut to_lpa = lpa.stdin.take().unwrap();
    let mut commands = 0;
    for request in BufReader::new(lpa.stdout.take().unwrap()).lines() {
        let request = request.unwrap();
        let parsed: Value = serde_json::from_str(&request).unwrap();
        let apdu = parsed["payload"]["param"].as_str().unwrap_or_default().to_lowercase();
        if commands > 0 || apdu.get(10..14) == Some("bf36") {
            commands += 1;
        }
        if when(commands, None) {
            return;
        }
        writeln!(to_card, "{request}").unwrap();
        let mut answer = String::new();
        from_card.read_line(&mut answer).unwrap();
        if when(commands, Some(&answer.to_lowercase())) {
            return;
        }
        to_lpa.write_all(answer.as_bytes()).unwrap();
    }
    panic!("the download came to its end before it could be killed");
}

fn count(sandbox: &Sandbox, args: &[&str], kind: &str) -> usize {
    let ran = sandbox.run(args).ok();
    ran.objects().iter().filter(|object| object["type"] == kind).count()
}

fn next_start(when: When, installed: bool, reports: usize) {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&[]);
    download_and_kill(&sandbox, &server.addr, &code, when);

    assert_eq!(count(&sandbox, &["--json", "profiles"], "profile"), usize::from(installed));
    let list = ["--json", "notifications", "list"];
    assert_eq!(count(&sandbox, &list, "notification"), reports);
    sandbox.run(&["notifications", "send"]).ok();
    assert_eq!(count(&sandbox, &list, "notification"), 0);
    if !installed {
        // Nothing is in the way of a new try.
        let code = sandbox.order(&[]);
        sandbox.run(&["download", &code, "--yes"]).ok();
    }
    assert_eq!(count(&sandbox, &["--json", "profiles"], "profile"), 1);
}

#[test]
fn before_the_first_command_of_the_package() {
    next_start(|commands, answer| commands == 1 && answer.is_none(), false, 0);
}

#[test]
fn in_the_middle_of_the_package() {
    next_start(|commands, answer| commands == 20 && answer.is_some(), false, 1);
}

#[test]
fn before_the_result_was_heard() {
    // The last command is done, and its answer, the result, waits to be fetched or is on its way.
    next_start(
        |_, answer| answer.is_some_and(|answer| answer.contains("\"data\":\"bf37")),
        true,
        1,
    );
}
