//! Asking a person.

use std::io::{self, BufRead, IsTerminal, Write};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// No answer and no code is longer.
const MAX_ANSWER: u64 = 4096;

/// Asks, and waits for a line or for Ctrl-C. The end of the input is an empty answer.
pub(crate) async fn ask(
    question: &str,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    let _ = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    read_line(interrupt).await
}

/// As [`ask`], and what is typed is not shown, where that can be done.
pub(crate) async fn ask_secret(
    question: &str,
    interrupt: &Interrupt,
) -> Result<Zeroizing<String>, Failure> {
    // Put right again when this function is left, on whatever way.
    let hidden = Hidden::hide();
    let answer = ask(question, interrupt).await;
    drop(hidden);
    let _ = writeln!(io::stderr());
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
        read_line(interrupt).await
    }
}

/// Reads on a thread of its own, which is left behind when Ctrl-C comes first.
async fn read_line(interrupt: &Interrupt) -> Result<Zeroizing<String>, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = Zeroizing::new(String::new());
        let mut limited = io::Read::take(io::stdin().lock(), MAX_ANSWER);
        limited.read_line(&mut line).map(|_| line)
    });
    tokio::select! {
        line = read => match line {
            Ok(Ok(line)) => Ok(Zeroizing::new(line.trim().to_owned())),
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
