//! Which reader is taken, and what is said when none can be.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::service::{Pcscd, name};
use super::world::{CardProcess, lpakit_on};
use crate::support::{Ran, Sandbox, piped};

fn run(pcscd: &Pcscd, args: &[&str]) -> Ran {
    Ran::of(lpakit_on(pcscd, args).output().unwrap())
}

/// The states of both readers.
fn states(pcscd: &Pcscd) -> Vec<Value> {
    let ran = run(pcscd, &["--json", "readers"]).ok();
    assert_eq!(ran.outcome()["readers"], 2);
    let readers: Vec<Value> = ran.objects().drain(..2).collect();
    for (reader, number) in readers.iter().zip(0..) {
        assert_eq!(reader["name"], name(number));
    }
    readers.iter().map(|reader| reader["state"].clone()).collect()
}

/// A card by hand, on a thread that ends with its reader: answers commands until it falls silent, and is pulled out.
fn insert(pcscd: &mut Pcscd, reader: u16, answer: fn(&[u8]) -> Option<Vec<u8>>) {
    let mut stream = TcpStream::connect(pcscd.vpcd(reader)).unwrap();
    stream.set_nodelay(true).unwrap();
    std::thread::spawn(move || {
        let mut length = [0; 2];
        while stream.read_exact(&mut length).is_ok() {
            // vpcd waits for this before it sends the rest.
            rustix::net::sockopt::set_tcp_quickack(&stream, true).unwrap();
            let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut frame).unwrap();
            let answer = match frame.as_slice() {
                [4] => Some(lpakit_sandbox::euicc::ATR.to_vec()),
                [_] => continue,
                command => answer(command),
            };
            let Some(answer) = answer else { return };
            let mut frame = u16::try_from(answer.len()).unwrap().to_be_bytes().to_vec();
            frame.extend(answer);
            let _ = stream.write_all(&frame);
        }
    });
    pcscd.wait_for_card(reader);
}

/// A SIM of the old kind: it has channels, but no ISD-R.
fn old_sim(command: &[u8]) -> Option<Vec<u8>> {
    Some(match command {
        [0x00, 0x70, 0x00, 0x00, 0x01] => vec![0x01, 0x90, 0x00],
        [0x00, 0x70, 0x80, ..] => vec![0x90, 0x00],
        [_, 0xA4, ..] => vec![0x6A, 0x82],
        _ => vec![0x6D, 0x00],
    })
}

#[test]
fn without_a_service() {
    for args in [&["readers"][..], &["--card", "pcsc", "chip"]] {
        let mut command = crate::support::command(args);
        command.env("PCSCLITE_CSOCK_NAME", "/nowhere/pcscd.comm");
        Ran::of(command.output().unwrap()).refused("card.no_pcsc_service");
    }
}

#[test]
fn readers_without_a_card() {
    let pcscd = Pcscd::start();
    assert_eq!(states(&pcscd), ["empty", "empty"]);
    run(&pcscd, &["--card", "pcsc", "chip"]).refused("card.none");
    let ran = run(&pcscd, &["--card", "pcsc:00 01", "chip"]).refused("card.none");
    assert!(ran.stderr.contains(&name(1)), "{ran:?}");
    run(&pcscd, &["--card", "pcsc:virtual", "chip"]).refused("input.which_reader");
    run(&pcscd, &["--card", "pcsc:ACS", "chip"]).refused("input.no_such_reader");
}

#[test]
fn the_first_reader_with_an_euicc() {
    let sandbox = Sandbox::new();
    let mut pcscd = Pcscd::start();
    insert(&mut pcscd, 0, old_sim);
    // With one card only, its own fault is told.
    run(&pcscd, &["--card", "pcsc", "chip"]).refused("card.no_isdr");
    let card = CardProcess::insert(&sandbox, &mut pcscd, 1);
    assert_eq!(states(&pcscd), ["no_euicc", "euicc"]);
    run(&pcscd, &["--card", "pcsc", "chip"]).ok();
    run(&pcscd, &["--card", "pcsc:00 01", "chip"]).ok();
    run(&pcscd, &["--card", "pcsc:00 00", "chip"]).refused("card.no_isdr");

    drop(card);
    pcscd.wait_for_removal(1);
    assert_eq!(states(&pcscd), ["no_euicc", "empty"]);
    run(&pcscd, &["--card", "pcsc:00 01", "chip"]).refused("card.none");
    let _card = CardProcess::insert(&sandbox, &mut pcscd, 1);
    run(&pcscd, &["--card", "pcsc", "chip"]).ok();
}

#[test]
fn a_card_that_another_program_uses() {
    let sandbox = Sandbox::new();
    let code = sandbox.order(&[]);
    let mut pcscd = Pcscd::start();
    let _card = CardProcess::insert(&sandbox, &mut pcscd, 0);
    // A download that waits for its server holds the card.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = format!("smdpplus.sandbox.test={}", silent.local_addr().unwrap());
    let ci = sandbox.ci();
    let args =
        ["--card", "pcsc", "--trust", &ci, "--connect", &connect, "download", &code, "--yes"];
    let holder = piped(&mut lpakit_on(&pcscd, &args));
    let connection = silent.accept().unwrap();

    let ran = run(&pcscd, &["--card", "pcsc", "chip"]).refused("busy.card");
    assert!(ran.stderr.contains(&format!("Another program uses {}", name(0))), "{ran:?}");
    run(&pcscd, &["--card", "pcsc:00 00", "chip"]).refused("busy.card");
    assert_eq!(states(&pcscd), ["in_use", "empty"]);
    // A reader in use does not stand in the way of the next one.
    insert(&mut pcscd, 1, old_sim);
    run(&pcscd, &["--card", "pcsc", "chip"]).refused("card.no_isdr");

    // Ctrl-C: it lets go of the card before it ends.
    kill_process(Pid::from_child(&holder), Signal::INT).unwrap();
    Ran::of(holder.wait_with_output().unwrap()).refused("cancelled.by_user");
    run(&pcscd, &["--card", "pcsc", "chip"]).ok();
    drop(connection);
}

#[test]
fn a_card_that_is_pulled_out_in_the_middle() {
    let mut pcscd = Pcscd::start();
    let pulled = |command: &[u8]| match command {
        [_, 0xA4, ..] => None,
        command => old_sim(command),
    };
    insert(&mut pcscd, 0, pulled);
    run(&pcscd, &["--card", "pcsc", "chip"]).refused("card.gone");
    pcscd.wait_for_removal(0);
    run(&pcscd, &["--card", "pcsc", "chip"]).refused("card.none");
}
