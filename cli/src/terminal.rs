//! Asking a person.

use std::io::{self, BufRead, IsTerminal, Write};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Output;

/// No answer and no code is longer.
const MAX_ANSWER: u64 = 4096;

/// Asks, and waits for a line or for Ctrl-C. The end of the input is an empty answer.
pub(crate) async fn ask(
    question: &str,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    ask_for_line(question, true, interrupt).await
}

/// `shown`: what is typed is on the screen, the end of its line included.
async fn ask_for_line(
    question: &str,
    shown: bool,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    let _ = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    let answer = read_line(interrupt).await;
    if !shown || !answer.as_ref().is_ok_and(|answer| answer.ends_with('\n')) {
        let _ = writeln!(io::stderr());
    }
    answer.map(trimmed)
}

fn trimmed(line: Zeroizing<String>) -> Zeroizing<String> {
    Zeroizing::new(line.trim().to_owned())
}

/// Refuses to go on where [`confirm`] could not ask.
pub(crate) fn check_can_confirm(output: &Output) -> Result<(), Failure> {
    if output.can_ask() {
        return Ok(());
    }
    let text = "Nobody is there to ask. Nothing was deleted; --yes deletes without asking.";
    Err(Failure::undecided("cancelled.nobody_to_ask", text))
}

/// Asks before something is deleted for good. Only a clear yes is one; anything else deletes nothing.
pub(crate) async fn confirm(question: &str, interrupt: &Interrupt) -> Result<(), Failure> {
    let answer = ask(&format!("{question} [y]es or [N]o: "), interrupt).await?;
    match answer.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::undecided("cancelled.by_user", "Nothing was deleted.")),
    }
}

/// As [`ask`], and what is typed is not shown, where that can be done.
pub(crate) async fn ask_secret(
    question: &str,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    // Put right again when this function is left, on whatever way.
    let hidden = Hidden::hide();
    let answer = ask_for_line(question, false, interrupt).await;
    drop(hidden);
    answer
}

/// A secret from standard input: the first line, asked for when a terminal is there.
pub(crate) async fn secret_from_stdin(
    question: &str,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    if io::stdin().is_terminal() {
        ask_secret(question, interrupt).await
    } else {
        read_line(interrupt).await.map(trimmed)
    }
}

/// Reads a line with its end on a thread of its own, which is left behind when Ctrl-C comes first.
async fn read_line(interrupt: &Interrupt) -> Result<Zeroizing<String>, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = Zeroizing::new(String::new());
        let mut limited = io::Read::take(io::stdin().lock(), MAX_ANSWER);
        limited.read_line(&mut line).map(|_| line)
    });
    tokio::select! {
        line = read => match line {
            Ok(Ok(line)) => Ok(line),
            _ => Ok(Zeroizing::default()),
        },
        () = interrupt.wished() => Err(Failure::interrupted()),
    }
}

/// While it lives the terminal does not show what is typed.
struct Hidden {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Hidden {
    #[cfg(unix)]
    fn hide() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
        }
        Self { before }
    }

    #[cfg(not(unix))]
    fn hide() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
