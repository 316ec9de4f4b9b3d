//! A pseudo-terminal with the program on it, and what a person sees there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A program on a terminal of its own. It is ended when this is dropped.
pub(crate) struct OnTerminal {
    pub(crate) child: Child,
    keyboard: File,
    screen: Screen,
}

impl OnTerminal {
    pub(crate) fn start(command: &mut Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        // Wide enough that no line is broken, which the screen below does not know.
        let size = Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).unwrap();
        let theirs = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
        command.stdin(theirs()).stdout(theirs()).stderr(theirs());
        // What the terminal can do: where nothing is said, progress is not drawn but listed.
        command.env("TERM", "xterm");
        let child = command.spawn().unwrap();
        // The terminal hangs up when the program has ended, if nobody else holds it.
        *command = Command::new("");
        Self { child, keyboard: ours.into(), screen: Screen::default() }
    }

    /// Waits until this is on the screen.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.screen.text().contains(text) {
            assert!(self.read(), "{text:?} never came:\n{}", self.screen.text());
        }
    }

    /// Types this.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the end; gives exit status and what is left on the screen.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        while self.read() {}
        (self.child.wait().unwrap().code(), self.screen.text())
    }

    /// `false` when the terminal has hung up, which is an error on Linux and the end of the file elsewhere.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.keyboard.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.screen.show(&bytes[..count]);
                true
            }
        }
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A screen without an end to the right. It knows what progress bars use: carriage returns, moving up and down, and
/// erasing lines.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// What came of a character or an escape sequence that is not whole yet.
    pending: Vec<u8>,
}

impl Screen {
    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>());
        lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    fn show(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.pending.push(*byte);
            let Ok(text) = std::str::from_utf8(&self.pending) else { continue };
            let text = text.to_owned();
            if text.starts_with('\u{1b}') && !text[1..].contains(|c: char| c.is_ascii_alphabetic())
            {
                continue;
            }
            self.pending.clear();
            match text.strip_prefix("\u{1b}[") {
                Some(sequence) => self.obey(sequence),
                None => text.chars().for_each(|c| self.put(c)),
            }
        }
    }

    fn obey(&mut self, sequence: &str) {
        let (number, command) = sequence.split_at(sequence.len() - 1);
        let count = number.parse().unwrap_or(1);
        match command {
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.row += count,
            "K" => self.line().clear(),
            _ => panic!("an escape sequence that the screen does not know: {sequence}"),
        }
    }

    fn put(&mut self, c: char) {
        match c {
            '\r' => self.column = 0,
            '\n' => self.row += 1,
            c => {
                let column = self.column;
                let line = self.line();
                if line.len() <= column {
                    line.resize(column + 1, ' ');
                }
                line[column] = c;
                self.column += 1;
            }
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        let row = self.row;
        if self.lines.len() <= row {
            self.lines.resize(row + 1, Vec::new());
        }
        &mut self.lines[row]
    }
}
