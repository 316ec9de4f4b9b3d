//! Running other programs, with errors that say what to do.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// How many lines of a failed program's output are repeated in the error.
const TAIL: usize = 25;

/// Runs a command quietly and gives its standard output; a failure repeats the end of what it said.
///
/// `advice` tells the reader what to do when the program is missing or fails.
pub(crate) fn output(command: &mut Command, advice: &str) -> Result<String> {
    let name = name_of(command);
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|error| not_started(&name, &error, advice))?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(said);
    }
    let complaint = format!("{said}\n{}", String::from_utf8_lossy(&done.stderr));
    let reason = plain_reason(&complaint).unwrap_or(advice);
    bail!("`{name}` failed ({}): {reason}\n{}", done.status, tail(&complaint))
}

/// Runs a command with some text on its standard input, and gives what it prints whatever its end.
pub(crate) fn converse(command: &mut Command, text: &str) -> Result<String> {
    let name = name_of(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| not_started(&name, &error, "try again"))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that ends without reading all of it is no failure.
        let _ = pipe.write_all(text.as_bytes());
    }
    let done = child.wait_with_output().with_context(|| format!("cannot wait for `{name}`"))?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs a command with its output going to the terminal; `each` sees every line of standard output.
pub(crate) fn stream(command: &mut Command, advice: &str, each: impl FnMut(&str)) -> Result<()> {
    let name = name_of(command);
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| not_started(&name, &error, advice))?;
    let pipe = child.stdout.take().context("a started program has no output")?;
    follow(child, pipe, &name, advice, each)
}

/// The same for programs that report on standard error: `each` sees the lines of both.
pub(crate) fn stream_both(
    command: &mut Command,
    advice: &str,
    each: impl FnMut(&str),
) -> Result<()> {
    let name = name_of(command);
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let second = writer.try_clone().context("cannot make a pipe")?;
    let started = command.stdin(Stdio::null()).stdout(writer).stderr(second).spawn();
    let child = started.map_err(|error| not_started(&name, &error, advice))?;
    // Else the pipe would stay open at this end, and never be read to its end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    follow(child, reader, &name, advice, each)
}

fn follow(
    mut child: Child,
    pipe: impl Read,
    name: &str,
    advice: &str,
    mut each: impl FnMut(&str),
) -> Result<()> {
    let mut failures = Vec::new();
    for line in BufReader::new(pipe).split(b'\n') {
        let line = line.with_context(|| format!("cannot read what `{name}` prints"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        each(&line);
        if is_failure(&line) && failures.len() < TAIL {
            failures.push(line.into_owned());
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed ({status}): {advice}\n{}", failures.join("\n"));
    }
    Ok(())
}

/// Whether a line of cargo, Maven, XCTest or unittest names what failed: long outputs end with these lines again.
fn is_failure(line: &str) -> bool {
    let starts = ["[ERROR] ", "ERROR: ", "FAIL: ", "error: ", "error["];
    starts.iter().any(|start| line.starts_with(start))
        || line.starts_with("test ") && line.ends_with(" FAILED")
        || line.contains(".swift:") && line.contains(": error: ")
}

/// The cargo that runs us, or the one on PATH.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

/// The first executable file called `name` on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args().take(3) {
        name.push(' ');
        name.push_str(&argument.to_string_lossy());
    }
    name
}

fn not_started(name: &str, error: &std::io::Error, advice: &str) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => anyhow::anyhow!("`{name}` is not on this machine: {advice}"),
        _ => anyhow::anyhow!("`{name}` did not start ({error}): {advice}"),
    }
}

/// The plain meaning of complaints that package tools share, and what to do.
pub(crate) fn plain_reason(complaint: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    if has(&["No space left on device", "enough free space", "ENOSPC"]) {
        return Some("the disk is full: free some space and run the same command again");
    }
    if has(&[
        "Could not resolve",
        "Temporary failure",
        "Could not connect",
        "Unable to connect",
        "Network is unreachable",
        "Name or service not known",
        "NewConnectionError",
        "Failed to establish a new connection",
        "Connection timed out",
    ]) {
        return Some("the network or the package server cannot be reached: try again later");
    }
    if has(&["NO_PUBKEY", "is not signed"]) {
        return Some(
            "the package lists are signed by a key this machine does not hold: update its archive keyring",
        );
    }
    None
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_says_what_to_do() {
        let error = output(&mut Command::new("/no/such/program"), "install it").unwrap_err();
        assert_eq!(error.to_string(), "`program` is not on this machine: install it");
    }

    #[test]
    fn a_failure_repeats_what_was_said_and_names_a_known_reason() {
        let script = "echo first; echo 'E: Could not resolve host' >&2; exit 3";
        let error = output(Command::new("sh").args(["-c", script]), "advice").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit status: 3"), "{text}");
        assert!(text.contains("cannot be reached"), "{text}");
        assert!(text.contains("first"), "{text}");
    }

    #[test]
    fn known_complaints_are_told_apart() {
        assert!(plain_reason("write: No space left on device").unwrap().contains("disk is full"));
        assert!(plain_reason("NO_PUBKEY 1234").unwrap().contains("keyring"));
        assert_eq!(plain_reason("Unable to locate package"), None);
    }

    #[test]
    fn a_program_is_given_text_and_heard() {
        let said =
            converse(Command::new("sh").args(["-c", "read x; echo got $x; exit 1"]), "a\nb\n");
        assert_eq!(said.unwrap(), "got a\n");
    }

    #[test]
    fn streamed_lines_are_seen() {
        let mut seen = Vec::new();
        let script = "echo one; echo two";
        stream(Command::new("sh").args(["-c", script]), "", |line| seen.push(line.to_owned()))
            .unwrap();
        assert_eq!(seen, ["one", "two"]);
        seen.clear();
        let script = "echo one >&2; echo two; exit 3";
        let done = stream_both(Command::new("sh").args(["-c", script]), "mend it", |line| {
            seen.push(line.to_owned());
        });
        assert_eq!(seen, ["one", "two"]);
        assert!(done.unwrap_err().to_string().ends_with("failed (exit status: 3): mend it\n"));
    }

    #[test]
    fn what_failed_is_told_again_at_the_end() {
        let script = "echo 'test a::b ... FAILED'; echo 'test c ... ok'; \
                      echo '[ERROR] Tests.kt:3 expected: 1'; echo '/x/ATests.swift:4: error: ATests.b : 1'; exit 1";
        let told = stream(Command::new("sh").args(["-c", script]), "see above", |_| {});
        let told = told.unwrap_err().to_string();
        assert_eq!(
            told.lines().skip(1).collect::<Vec<_>>(),
            [
                "test a::b ... FAILED",
                "[ERROR] Tests.kt:3 expected: 1",
                "/x/ATests.swift:4: error: ATests.b : 1"
            ]
        );
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh").is_some());
        assert_eq!(on_path("no-such-program-here"), None);
    }
}
