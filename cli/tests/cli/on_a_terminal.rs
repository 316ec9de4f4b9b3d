//! What a person at a terminal is asked, and what is left on the screen.

use std::net::TcpListener;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::pseudo_terminal::OnTerminal;
use crate::support::{Sandbox, command};

const QUESTION: &str = "[y]es or [N]o: ";

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// A sandbox with one profile on its card, and its ICCID.
fn with_a_profile() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&["--name", "Ten days"]);
    let ran = sandbox.run(&["--json", "download", &code, "--yes"]).ok();
    drop(server);
    (sandbox, ran.outcome()["iccid"].as_str().unwrap().to_owned())
}

fn profiles(sandbox: &Sandbox) -> Value {
    sandbox.run(&["--json", "profiles"]).ok().outcome()["profiles"].clone()
}

/// Runs it, gives this answer to its question, and gives exit status and screen.
fn answered(sandbox: &Sandbox, args: &[&str], answer: &str) -> (Option<i32>, String) {
    let mut terminal = OnTerminal::start(&mut sandbox.command(args));
    terminal.wait_for(QUESTION.trim_end());
    terminal.type_in(answer);
    terminal.end()
}

#[test]
fn deleting_asks_and_names_what_goes() {
    let (sandbox, iccid) = with_a_profile();
    for no in ["\n", "n\n", "what?\n", "\u{4}"] {
        let (code, screen) = answered(&sandbox, &["delete", &iccid], no);
        assert_eq!(code, Some(1), "{screen}");
        let question = format!("Delete Ten days, Sandbox Mobile, ICCID {iccid}, for good?");
        assert!(screen.starts_with(&question), "{screen}");
        let last = screen.trim_end().lines().last().unwrap();
        assert_eq!(last, "error: Nothing was deleted. [cancelled.by_user]", "{screen}");
        assert_eq!(profiles(&sandbox), 1, "{no:?}");
    }
    let (code, screen) = answered(&sandbox, &["delete", &iccid], "y\n");
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(profiles(&sandbox), 0);
    let terminal = OnTerminal::start(&mut sandbox.command(&["delete", &iccid]));
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1), "nothing is asked of a profile that is not there");
    assert!(screen.contains("[card.switch.not_found]"), "{screen}");
}

#[test]
fn a_reset_asks_and_names_what_goes() {
    let (sandbox, _) = with_a_profile();
    let (code, screen) = answered(&sandbox, &["reset", "--default-address"], "\n");
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.starts_with("Erase from this card for good: the default SM-DP+ address?"));
    let (code, screen) = answered(&sandbox, &["reset"], "\n");
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("every operator's profile, every downloaded test profile, the default")
    );
    assert_eq!(profiles(&sandbox), 1);
    let (code, screen) = answered(&sandbox, &["reset"], "yes\n");
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(profiles(&sandbox), 0);
}

#[test]
fn a_question_that_is_interrupted_ends_its_line() {
    let (sandbox, iccid) = with_a_profile();
    let mut terminal = OnTerminal::start(&mut sandbox.command(&["delete", &iccid]));
    terminal.wait_for(QUESTION.trim_end());
    interrupt(&terminal.child);
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1));
    assert!(screen.contains("\nerror: It was cancelled. [cancelled.by_user]"), "{screen}");
    assert_eq!(profiles(&sandbox), 1);
}

#[test]
fn a_program_that_reads_json_is_never_asked() {
    let (sandbox, iccid) = with_a_profile();
    for args in [&["--json", "delete", &iccid][..], &["--json", "reset"]] {
        let terminal = OnTerminal::start(&mut sandbox.command(args));
        let (code, screen) = terminal.end();
        assert_eq!(code, Some(1), "{screen}");
        let outcome: Value = serde_json::from_str(screen.trim_end()).unwrap();
        assert_eq!(outcome["error"]["key"], "cancelled.nobody_to_ask");
    }
    assert_eq!(profiles(&sandbox), 1);
}

#[test]
fn progress_is_gone_when_the_profile_is_installed() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&[]);
    let args = ["download", &code, "--yes", "--enable"];
    let (code, screen) = OnTerminal::start(&mut sandbox.command(&args)).end();
    assert_eq!(code, Some(0), "{screen}");
    let expected = "Sandbox Mobile offers: Travel 5 GB\n  server             smdpplus.sandbox.test\n\
        Travel 5 GB is installed, and its operator knows.\nIt is on.";
    assert_eq!(screen.trim_end(), expected);
}

// This process serves on a thread of its own while it waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_gone_when_the_download_is_cancelled() {
    use lpakit_sandbox::smdp::Function;
    use lpakit_sandbox::smdp::misbehaviour::{Misbehaviour, Times};
    let sandbox = Sandbox::new();
    let opened = lpakit_sandbox::Sandbox::open(sandbox.dir().as_ref()).unwrap();
    let server = opened.start_server("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let all = server.smdp().misbehaviours();
    all.add(Function::GetBoundProfilePackage, Misbehaviour::Hang, Times::Once);
    let code = sandbox.order(&[]);
    let mut terminal = OnTerminal::start(&mut sandbox.command(&["download", &code, "--yes"]));
    terminal.wait_for("Downloading");
    interrupt(&terminal.child);
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("[cancelled.by_user]"), "{screen}");
    for waiting in ["Preparing", "Downloading", "Cancelling"] {
        assert!(!screen.contains(waiting), "{waiting} is still there:\n{screen}");
    }
}

#[test]
fn what_is_served_says_that_it_has_stopped() {
    let sandbox = Sandbox::new();
    let dir = sandbox.dir();
    // Whoever connects finds somebody, who never says anything.
    let reader = TcpListener::bind("127.0.0.1:0").unwrap();
    let vpcd = reader.local_addr().unwrap().to_string();
    for (args, ready) in [
        (&["sandbox", "serve", &dir, "--listen", "127.0.0.1:0"][..], "Ctrl-C stops."),
        (&["sandbox", "card", &dir, "--listen", "127.0.0.1:0"], "Ctrl-C stops."),
        (&["sandbox", "card", &dir, "--vpcd", &vpcd], "The card is in the reader"),
    ] {
        let mut terminal = OnTerminal::start(&mut command(args));
        terminal.wait_for(ready);
        interrupt(&terminal.child);
        let (code, screen) = terminal.end();
        assert_eq!(code, Some(0), "{screen}");
        assert!(screen.trim_end().ends_with("\nStopped."), "{screen}");
    }
}
