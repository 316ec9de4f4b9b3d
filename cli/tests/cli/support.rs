//! Running the program, and a sandbox to run it on.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program with these arguments, without standard input.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lpakit"));
    command.args(args).stdin(Stdio::null()).env_remove("RUST_LOG").env_remove("CARGO");
    command
}

/// Runs it to its end.
pub(crate) fn lpakit(args: &[&str]) -> Ran {
    Ran::of(command(args).output().unwrap())
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The run went well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// It was refused with this key, for a person.
    pub(crate) fn refused(self, key: &str) -> Self {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.stderr.contains(&format!("[{key}]")), "{key}: {self:?}");
        self
    }

    /// The JSON lines.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last JSON line.
    pub(crate) fn outcome(&self) -> Value {
        let outcome = self.objects().pop().unwrap();
        assert_eq!(outcome["type"], "outcome", "{self:?}");
        outcome
    }

    /// The first JSON line of a type.
    pub(crate) fn object(&self, kind: &str) -> Value {
        let mut objects = self.objects().into_iter();
        objects.find(|object| object["type"] == kind).unwrap_or_else(|| panic!("{kind}: {self:?}"))
    }
}

/// A sandbox made by the program.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap() };
        lpakit(&["sandbox", "new", &sandbox.dir()]).ok();
        sandbox
    }

    pub(crate) fn dir(&self) -> String {
        self.file("s").to_str().unwrap().to_owned()
    }

    /// A file beside the sandbox.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn card(&self) -> String {
        format!("sandbox:{}", self.dir())
    }

    pub(crate) fn ci(&self) -> String {
        Path::new(&self.dir()).join("pki/CERT_CI_ECDSA_NIST.pem").to_str().unwrap().to_owned()
    }

    /// The program on this sandbox's card.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&["--card", &self.card()]);
        command.args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// As [`Self::run`], with this on standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = piped(self.command(args).stdin(Stdio::piped()));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Orders, and gives the activation code.
    pub(crate) fn order(&self, args: &[&str]) -> String {
        let dir = self.dir();
        let mut all = vec!["--json", "sandbox", "order", &dir];
        all.extend(args);
        let ran = lpakit(&all).ok();
        ran.object("order")["activation_code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn serve(&self) -> Serving {
        Serving::start(&["--json", "sandbox", "serve", &self.dir(), "--listen", "127.0.0.1:0"])
    }
}

/// A program that listens, until it is dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) addr: String,
    _stdout: BufReader<ChildStdout>,
}

impl Serving {
    /// Starts it and waits for the line that says where it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::of(&mut command(args))
    }

    /// As [`Self::start`], in a way of its own.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = piped(command);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        let addr = listening["listening"].as_str().unwrap().to_owned();
        Self { child, addr, _stdout: stdout }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it with its output in pipes.
pub(crate) fn piped(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
