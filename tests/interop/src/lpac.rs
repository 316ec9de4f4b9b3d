//! lpac on a stage: each command is a process of its own, its card is the stage's.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lpakit_sandbox_euicc::stdio;
use serde_json::Value;

use crate::error::InteropError;
use crate::stage::Stage;

/// The variable that names lpac.
pub const LPAC: &str = "LPAKIT_LPAC";
/// Segments of so many octets are lpac's default.
pub const DEFAULT_MSS: u8 = 120;
/// No command takes longer, unless it hangs.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// A way of running lpac.
#[derive(Debug, Clone)]
pub struct Lpac {
    program: PathBuf,
    environment: Vec<(String, String)>,
    time_limit: Duration,
}

/// How a command of lpac ended.
#[derive(Debug, Clone, PartialEq)]
pub struct LpacOutcome {
    /// `code` of its result: 0 is success.
    pub code: i64,
    /// `message` of its result: `success`, or the name of the step that failed.
    pub message: String,
    /// `data` of its result.
    pub data: Value,
    /// Exit status; `None` when it was ended by a signal.
    pub status: Option<i32>,
    /// What it said on the way, in order.
    pub progress: Vec<LpacProgress>,
    /// What it wrote to standard error.
    pub complaints: String,
}

/// One line of progress.
#[derive(Debug, Clone, PartialEq)]
pub struct LpacProgress {
    /// The step's name.
    pub message: String,
    /// What belongs to it, such as the metadata of a profile.
    pub data: Value,
}

impl LpacOutcome {
    /// Whether result and exit status both say success.
    pub const fn is_success(&self) -> bool {
        self.code == 0 && matches!(self.status, Some(0))
    }

    /// Whether it passed through a step of this name.
    pub fn passed(&self, step: &str) -> bool {
        self.progress.iter().any(|progress| progress.message == step)
    }
}

impl Lpac {
    /// The lpac that [`LPAC`] names.
    ///
    /// # Errors
    /// [`InteropError::NoProgram`] when it names none.
    pub fn find() -> Result<Self, InteropError> {
        let path = env::var_os(LPAC).filter(|path| !path.is_empty());
        Ok(Self::at(path.ok_or(InteropError::NoProgram(LPAC))?))
    }

    /// The lpac at this path.
    pub fn at(program: impl Into<OsString>) -> Self {
        Self {
            program: PathBuf::from(program.into()),
            environment: Vec::new(),
            time_limit: TIME_LIMIT,
        }
    }

    /// Has it cut commands into segments of so many octets instead of [`DEFAULT_MSS`].
    #[must_use]
    pub fn with_mss(self, octets: u8) -> Self {
        self.with_env("LPAC_CUSTOM_ES10X_MSS", &octets.to_string())
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Ends a command that takes longer than this; two minutes unless said otherwise.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Runs one command with the stage's card, which has power only meanwhile.
    ///
    /// # Errors
    /// [`InteropError`] when it cannot be run, hangs, or says nothing. What it reports is in the outcome.
    pub fn run(&self, stage: &Stage, arguments: &[&str]) -> Result<LpacOutcome, InteropError> {
        let complaints = stage.files().join("lpac.stderr");
        let mut child = self.start(arguments, &complaints)?;
        let failed = |source| InteropError::Run { program: self.program.clone(), source };
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let watch = Watch::over(child, self.time_limit);
        let mut printed = Vec::new();
        let mut card = stage.card();
        // When lpac is ended in the middle, its pipe breaks: the end tells more than that.
        let served = stdio::serve(&mut card, BufReader::new(output), input, |line| {
            printed.extend(serde_json::from_str::<Value>(line).ok());
        });
        card.power_off();
        drop(card);
        let ended = watch.end().map_err(failed)?;
        let status = ended.ok_or(InteropError::TimeLimit(self.time_limit))?;
        let complaints = fs::read_to_string(&complaints).unwrap_or_default();
        outcome(&printed, status.code(), complaints.clone()).ok_or_else(|| match served {
            Ok(()) => InteropError::NoResult { status: status.code(), complaints },
            Err(source) => failed(source),
        })
    }

    fn start(&self, arguments: &[&str], complaints: &Path) -> Result<Child, InteropError> {
        let complaints = fs::File::create(complaints).map_err(InteropError::io(complaints))?;
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(complaints);
        command.env("LPAC_APDU", "stdio").env("LPAC_HTTP", "curl");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .spawn()
            .map_err(|source| InteropError::Run { program: self.program.clone(), source })
    }
}

/// Reads the result and the progress out of what lpac printed.
fn outcome(printed: &[Value], status: Option<i32>, complaints: String) -> Option<LpacOutcome> {
    let of_kind = |kind: &'static str| {
        printed.iter().filter(move |line| line["type"] == kind).map(|line| &line["payload"])
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let result = of_kind("lpa").next_back()?;
    let progress = of_kind("progress").map(|payload| LpacProgress {
        message: text(&payload["message"]),
        data: payload["data"].clone(),
    });
    Some(LpacOutcome {
        code: result["code"].as_i64()?,
        message: text(&result["message"]),
        data: result["data"].clone(),
        status,
        progress: progress.collect(),
        complaints,
    })
}

/// Ends a process that takes too long.
struct Watch {
    child: Arc<Mutex<Child>>,
    over: Sender<()>,
    watching: JoinHandle<bool>,
}

impl Watch {
    fn over(child: Child, limit: Duration) -> Self {
        let child = Arc::new(Mutex::new(child));
        let (over, is_over) = channel();
        let watched = Arc::clone(&child);
        let watching = thread::spawn(move || {
            let late = is_over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                // It may have ended by itself just now.
                let _ = lock(&watched).kill();
            }
            late
        });
        Self { child, over, watching }
    }

    /// Waits for the process. `None` when it was ended for taking too long.
    fn end(self) -> std::io::Result<Option<ExitStatus>> {
        // Its output has ended, so it is over, or about to be.
        let _ = self.over.send(());
        let late = self.watching.join().unwrap_or(true);
        let status = lock(&self.child).wait()?;
        Ok(Some(status).filter(|_| !late))
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_result_counts_and_progress_is_kept_in_order() {
        let printed = [
            json!({"type": "progress", "payload": {"code": 0, "message": "one", "data": "a"}}),
            json!({"type": "progress", "payload": {"code": 0, "message": "two", "data": null}}),
            json!({"type": "lpa", "payload": {"code": -1, "message": "two", "data": "refused"}}),
        ];
        let outcome = outcome(&printed, Some(255), String::new()).unwrap();
        assert!(!outcome.is_success());
        assert!(outcome.passed("one") && outcome.passed("two") && !outcome.passed("three"));
        assert_eq!((outcome.code, outcome.message.as_str()), (-1, "two"));
        assert_eq!(outcome.progress[0].data, "a");
    }

    #[test]
    fn output_without_a_result_is_none() {
        assert_eq!(outcome(&[json!({"type": "driver"})], Some(0), String::new()), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let stage = Stage::builder(crate::Program::Lpac, "nothing").unpublished().start().unwrap();
        let error = Lpac::at("/nowhere/lpac").run(&stage, &["chip", "info"]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/lpac"), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let stage = Stage::builder(crate::Program::Lpac, "hang").unpublished().start().unwrap();
        let lpac = Lpac::at("sleep").with_time_limit(Duration::from_millis(50));
        let error = lpac.run(&stage, &["600"]).unwrap_err();
        assert!(matches!(error, InteropError::TimeLimit(_)), "{error}");
    }

    #[test]
    fn a_program_that_says_nothing_is_told_with_its_status() {
        let stage = Stage::builder(crate::Program::Lpac, "silent").unpublished().start().unwrap();
        let error = Lpac::at("false").run(&stage, &[]).unwrap_err();
        assert!(matches!(error, InteropError::NoResult { status: Some(1), .. }), "{error}");
    }
}
