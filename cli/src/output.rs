//! What is printed: lines for a person, or one JSON object a line.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lpakit::card::CardStats;
use lpakit::http::HttpStats;
use serde_json::{Map, Value, json};

use crate::args::{Args, Card};
use crate::failure::Failure;

/// Whether the outcome was told. It is looked at and set while standard output is locked.
static OVER: AtomicBool = AtomicBool::new(false);

/// What was exchanged with card and servers.
pub(crate) type Stats = (CardStats, HttpStats);

/// A command that did what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// More members of the JSON outcome.
    pub(crate) fields: Map<String, Value>,
    /// Whether pending notifications are to be sent once the outcome has been told.
    pub(crate) sweep: bool,
}

impl Done {
    /// With these members in the outcome; anything but an object adds none.
    pub(crate) fn with(fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { fields, sweep: false }
    }
}

/// Where and how to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    /// Standard output belongs to the card.
    stdout_taken: bool,
}

impl Output {
    pub(crate) fn new(args: &Args) -> Self {
        let serves_card = matches!(
            &args.command,
            crate::args::Command::Sandbox(crate::args::Sandbox::Card {
                listen: None,
                vpcd: None,
                ..
            })
        );
        Self {
            json: args.global.json,
            stdout_taken: serves_card || args.global.card == Some(Card::Stdio),
        }
    }

    /// Whether a program is to read it.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether somebody can be asked something. A program that reads JSON never is.
    pub(crate) fn can_ask(&self) -> bool {
        !self.json && !self.stdout_taken && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// A line for a person: what was asked for.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        if !self.json {
            self.print(text.as_ref());
        }
    }

    /// A line for a person beside what was asked for.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.json {
            // Nobody may be reading any more.
            let _ = writeln!(io::stderr(), "{}", text.as_ref());
        }
    }

    /// Ends what "Ctrl-C stops." began, on a line of its own: a terminal shows `^C` without ending the line.
    pub(crate) fn stopped(&self) {
        let line_end = if io::stderr().is_terminal() { "\n" } else { "" };
        self.note(format!("{line_end}Stopped."));
    }

    /// A line for a program.
    pub(crate) fn object(&self, object: &Value) {
        if self.json {
            self.print(&object.to_string());
        }
    }

    /// Tells how it ended, and the exit status.
    pub(crate) fn outcome(&self, result: &Result<Done, Failure>, stats: Option<Stats>) -> ExitCode {
        let mut outcome = Map::new();
        outcome.insert("type".to_owned(), "outcome".into());
        outcome.insert("ok".to_owned(), result.is_ok().into());
        match result {
            Ok(done) => outcome.extend(done.fields.clone()),
            Err(failure) => {
                outcome.insert("error".to_owned(), failure.to_json());
                self.note(format!("error: {} [{}]", failure.text(), failure.key()));
            }
        }
        if let Some(stats) = stats {
            self.line(stats_text(&stats));
            outcome.insert("stats".to_owned(), stats_json(&stats));
        }
        // A card's thread may still have something to tell; the outcome is the last word.
        let stdout = io::stdout().lock();
        self.object(&Value::Object(outcome));
        OVER.store(true, Ordering::Relaxed);
        drop(stdout);
        if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn print(&self, text: &str) {
        // A reader such as `head` may have had enough; what was asked for is done all the same.
        let _ = if self.stdout_taken {
            writeln!(io::stderr(), "{text}")
        } else {
            let mut stdout = io::stdout().lock();
            if OVER.load(Ordering::Relaxed) {
                return;
            }
            writeln!(stdout, "{text}").and_then(|()| stdout.flush())
        };
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Everything that was counted.
pub(crate) fn stats_json((card, http): &Stats) -> Value {
    json!({
        "apdus": card.apdus,
        "apdu_bytes_out": card.bytes_out,
        "apdu_bytes_in": card.bytes_in,
        "card_ms": milliseconds(card.time),
        "http_requests": http.requests,
        "tls_handshakes": http.tls_handshakes,
        "http_bytes_out": http.bytes_out,
        "http_bytes_in": http.bytes_in,
        "http_ms": milliseconds(http.time),
    })
}

/// Two lines: the card, the network.
pub(crate) fn stats_text((card, http): &Stats) -> String {
    format!(
        "card     {} APDUs, {} bytes out, {} bytes in, {} ms\n\
         network  {} HTTP requests, {} TLS handshakes, {} bytes out, {} bytes in, {} ms",
        card.apdus,
        card.bytes_out,
        card.bytes_in,
        milliseconds(card.time),
        http.requests,
        http.tls_handshakes,
        http.bytes_out,
        http.bytes_in,
        milliseconds(http.time),
    )
}
