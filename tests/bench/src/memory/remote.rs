//! The card of the other process, at the LPA's port.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lpakit::card::{PortAbilities, PortError, RawCard};
use serde_json::Value;

use super::served::RESET;
use crate::error::BenchError;

/// Another process with a card and a server. It ends when this is dropped.
pub(super) struct RemoteSandbox {
    program: PathBuf,
    child: Child,
    /// `None` only while it is being dropped.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    code: String,
    ci: PathBuf,
}

impl RemoteSandbox {
    /// Starts `program --serve-sandbox` for a package of `bpp` octets.
    pub(super) fn start(program: &Path, bpp: usize) -> Result<Self, BenchError> {
        let failed = |source| BenchError::Sandbox { program: program.to_owned(), source };
        let mut command = Command::new(program);
        command.args(["--serve-sandbox", "--bpp", &bpp.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let pipe = || failed(io::ErrorKind::BrokenPipe.into());
        let commands = child.stdin.take().ok_or_else(pipe)?;
        let mut answers = BufReader::new(child.stdout.take().ok_or_else(pipe)?);
        let mut greeting = String::new();
        answers.read_line(&mut greeting).map_err(failed)?;
        let greeting: Value = serde_json::from_str(&greeting).unwrap_or_default();
        let text = |name: &str| greeting[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            program: program.to_owned(),
            child,
            commands: Some(commands),
            answers,
            code: text("code"),
            ci: text("ci").into(),
        })
    }

    /// The activation code that its server takes.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Its CI's certificate.
    pub(super) fn ci(&self) -> Result<Vec<u8>, BenchError> {
        fs::read(&self.ci).map_err(|source| self.failed(source))
    }

    /// It said something that is not to be understood.
    pub(super) fn confused(&self) -> BenchError {
        self.failed(io::ErrorKind::InvalidData.into())
    }

    fn failed(&self, source: io::Error) -> BenchError {
        BenchError::Sandbox { program: self.program.clone(), source }
    }

    fn ask(&mut self, line: &str) -> io::Result<String> {
        let commands = self.commands.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(commands, "{line}")?;
        commands.flush()?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer),
        }
    }
}

impl RawCard for RemoteSandbox {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::READER
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let answer = self.ask(&hex::encode(command)).map_err(|_| PortError::CardGone)?;
        let answer = hex::decode(answer.trim_end()).map_err(|_| PortError::Failed)?;
        if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) }
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.ask(RESET).map(drop).map_err(|_| PortError::CardGone)
    }
}

impl Drop for RemoteSandbox {
    fn drop(&mut self) {
        // At the end of its input it cleans up and ends.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
