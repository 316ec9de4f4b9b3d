//! pcscd of one's own: behind mounts that nobody else sees, with a socket in a folder of its own.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;
use tempfile::TempDir;

/// Nothing that is waited for takes longer, unless it never comes.
const LIMIT: Duration = Duration::from_secs(30);
/// Somebody else may have taken the ports that were free a moment ago.
const TRIES: usize = 5;

/// pcscd knows no other place for its socket than /run/pcscd, and of drivers for real readers in /usr/lib. These mounts
/// are seen by this process alone and end with it, whatever ends it; it ends with the test.
const OWN_MOUNTS: &str = "exec 2>&1
set -e
mount -t tmpfs -o mode=755 lpakit /run
mkdir /run/pcscd
mount --bind \"$1\" /run/pcscd
if [ -d /usr/lib/pcsc/drivers ]; then mount -t tmpfs lpakit /usr/lib/pcsc/drivers; fi
shift
exec setpriv --pdeathsig KILL \"$@\"";

/// A program or file that `cargo xtask` has found or fetched.
pub(super) fn prepared(variable: &str) -> OsString {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.unwrap_or_else(|| {
        panic!(
            "{variable} is not set. Run `cargo xtask test`, or set what `cargo xtask prepare pcsc` prints"
        )
    })
}

/// A running pcscd with two virtual readers, one port each.
pub(super) struct Pcscd {
    child: Child,
    folder: TempDir,
    port: u16,
    log: Receiver<String>,
    said: Vec<String>,
}

impl Pcscd {
    /// Starts it and waits until it can be spoken with.
    pub(super) fn start() -> Self {
        for _ in 0..TRIES {
            let mut pcscd = Self::spawn(free_ports());
            if pcscd.is_ready() {
                return pcscd;
            }
        }
        panic!("no two ports are free for vpcd");
    }

    /// Where programs find its socket: the variable that its library reads.
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("run/pcscd.comm")
    }

    /// Where the card of a reader connects to.
    pub(super) fn vpcd(&self, reader: u16) -> String {
        format!("127.0.0.1:{}", self.port + reader)
    }

    /// Waits until it notices a card in a reader.
    pub(super) fn wait_for_card(&mut self, reader: u16) {
        self.wait_for(&format!("Card inserted into {}", name(reader)));
    }

    /// Waits until it notices that a card is gone.
    pub(super) fn wait_for_removal(&mut self, reader: u16) {
        self.wait_for(&format!("Card Removed From {}", name(reader)));
    }

    /// Waits for a line of its log that was not waited for before.
    pub(super) fn wait_for(&mut self, part: &str) {
        loop {
            match self.log.recv_timeout(LIMIT) {
                Ok(line) => {
                    let found = line.contains(part);
                    self.said.push(line);
                    if found {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.give_up(&format!("'{part}' never came")),
                Err(RecvTimeoutError::Disconnected) => self.give_up(
                    "it ended; its own mounts need root, or a system that lets users make namespaces",
                ),
            }
        }
    }

    fn give_up(&self, why: &str) -> ! {
        panic!("pcscd: {why}. It said:\n{}", self.said.join("\n"));
    }

    fn spawn(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["run", "conf"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        let driver = folder.path().join("vpcd.so");
        std::fs::copy(prepared("LPAKIT_VPCD"), &driver).unwrap();
        let conf = folder.path().join("conf/vpcd");
        std::fs::write(conf, reader_file(port, &driver)).unwrap();

        let mut command = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "--propagation", "private", "sh", "-c", OWN_MOUNTS, "sh"]);
        command.arg(folder.path().join("run"));
        let program = prepared("LPAKIT_PCSCD");
        command.arg(&program).args(["--foreground", "--debug"]);
        let help = Command::new(&program).arg("--help").output().unwrap().stdout;
        if String::from_utf8_lossy(&help).contains("--disable-polkit") {
            command.arg("--disable-polkit");
        }
        command.arg("--config").arg(folder.path().join("conf"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("unshare, of util-linux, is on this machine");

        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, log) = channel();
        std::thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            // Nobody may be waiting any more, but pcscd must not wait for a reader of its log.
            lines.for_each(|line| drop(tell.send(line)));
        });
        Self { child, folder, port, log, said: Vec::new() }
    }

    fn is_ready(&mut self) -> bool {
        let inotify = inotify::init(inotify::CreateFlags::CLOEXEC).unwrap();
        let changes = inotify::WatchFlags::CREATE | inotify::WatchFlags::ATTRIB;
        inotify::add_watch(&inotify, self.folder.path().join("run"), changes).unwrap();
        self.wait_for("daemon ready");
        if self.said.iter().any(|line| line.contains("init failed")) {
            return false;
        }
        // It listens some time after it says so.
        let mut client = loop {
            if let Ok(client) = UnixStream::connect(self.socket()) {
                break client;
            }
            let limit = Timespec::try_from(LIMIT).unwrap();
            let mut polled = [PollFd::new(&inotify, PollFlags::IN)];
            if poll(&mut polled, Some(&limit)).unwrap() == 0 {
                self.give_up("it does not listen");
            }
            rustix::io::read(&inotify, &mut [0; 4096]).unwrap();
        };
        // It serves once it has looked into its readers: of a card that is there by then it would say nothing. A
        // client that leaves is left.
        client.set_read_timeout(Some(LIMIT)).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        true
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the service calls a reader.
pub(super) fn name(reader: u16) -> String {
    format!("Virtual PCD 00 0{reader}")
}

fn reader_file(port: u16, driver: &Path) -> String {
    format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x{port:04X}\nLIBPATH {}\nCHANNELID 0x{port:04X}\n",
        driver.display()
    )
}

/// The first of two ports in a row that nobody uses at this moment.
fn free_ports() -> u16 {
    loop {
        let first = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let next = port.checked_add(1);
        if next.is_some_and(|next| TcpListener::bind(("0.0.0.0", next)).is_ok()) {
            return port;
        }
    }
}
