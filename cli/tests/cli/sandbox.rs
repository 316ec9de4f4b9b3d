//! `sandbox`: making, certificates, addresses.

use std::net::TcpListener;
use std::path::Path;

use crate::support::{Sandbox, Serving, lpakit};

#[test]
fn a_sandbox_is_not_made_over_another() {
    let sandbox = Sandbox::new();
    lpakit(&["sandbox", "new", &sandbox.dir()]).refused("sandbox.exists");
    lpakit(&["sandbox", "new", &sandbox.file("x").display().to_string(), "--address", "a b"])
        .refused("sandbox.address");
}

#[test]
fn certificates_travel_between_sandboxes() {
    let one = Sandbox::new();
    let exported = one.file("pki").display().to_string();
    lpakit(&["sandbox", "pki", "export", &one.dir(), &exported]).ok();
    assert!(Path::new(&exported).join("CERT_S_SM_DPauth_ECDSA_NIST.der").is_file());

    let two = one.file("two").display().to_string();
    lpakit(&["sandbox", "new", &two, "--pki", &exported]).ok();
    let three = Sandbox::new();
    lpakit(&["sandbox", "pki", "import", &three.dir(), &exported]).ok();
    let eid = |card: &str| {
        let chip = lpakit(&["--json", "--card", card, "chip"]).ok().object("chip");
        chip["eid"].as_str().unwrap().to_owned()
    };
    assert_eq!(eid(&format!("sandbox:{two}")), eid(&one.card()));
    assert_eq!(eid(&three.card()), eid(&one.card()));
    std::fs::remove_file(Path::new(&exported).join("SK_EUICC_ECDSA_NIST.pem")).unwrap();
    lpakit(&["sandbox", "pki", "import", &three.dir(), &exported]).refused("sandbox.pki");
}

#[test]
fn a_server_may_be_called_by_its_port() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let listen = ["--listen", "127.0.0.1:0", "--address", "localhost:0"];
    let args = [&["--json", "sandbox", "serve", &dir], &listen[..]].concat();
    let server = Serving::start(&args);
    let code = sandbox.order(&[]);
    let port = server.addr.rsplit(':').next().unwrap();
    assert!(code.starts_with(&format!("LPA:1$localhost:{port}$")), "the order's address");
    sandbox.run(&["download", &code, "--yes", "--enable"]).ok();
}

#[test]
fn only_one_program_has_the_card() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let _card = Serving::start(&["--json", "sandbox", "card", &dir, "--listen", "127.0.0.1:0"]);
    sandbox.run(&["chip"]).refused("busy.card");
}

#[test]
fn an_order_for_the_own_card_needs_no_card() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let _server = sandbox.serve();
    let card = Serving::start(&["--json", "sandbox", "card", &dir, "--listen", "127.0.0.1:0"]);
    lpakit(&["sandbox", "order", &dir, "--eid", "own", "--smds"]).ok();
    drop(card);
    sandbox.run(&["download", "--discover", "--yes"]).ok();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for program in ["serve", "card"] {
        let ran = lpakit(&["sandbox", program, &dir, "--listen", &address.to_string()]);
        let ran = ran.refused("sandbox.port_taken");
        assert!(ran.stderr.contains(&format!("port {}", address.port())), "{ran:?}");
        assert!(ran.stderr.contains("Another program"), "{ran:?}");
        assert!(ran.stderr.contains("--listen"), "{ran:?}");
        assert!(!ran.stderr.contains("os error"), "{ran:?}");
    }
}

#[test]
fn an_order_of_ones_own() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    let icon = sandbox.file("icon.gif");
    std::fs::write(&icon, "GIF89a").unwrap();
    let args = ["sandbox", "order", &dir, "--icon", icon.to_str().unwrap()];
    lpakit(&args).refused("sandbox.order");
    std::fs::write(&icon, b"\x30\x00").unwrap();
    let args = ["sandbox", "order", &dir, "--profile", icon.to_str().unwrap()];
    lpakit(&args).refused("sandbox.order");
    let ran = lpakit(&["sandbox", "order", &dir]).ok();
    assert!(ran.stdout.contains("LPA:1$smdpplus.sandbox.test$"), "{ran:?}");
}
