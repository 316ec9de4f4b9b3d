//! The card in a virtual PC/SC reader: a client of vsmartcard's vpcd, which pcscd loads as a reader's driver.
//!
//! vpcd listens and the card connects. Each side sends frames: two octets of length, then so many octets. A single
//! octet from vpcd is about the contacts (below), anything longer is a command APDU.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use lpakit_sandbox_euicc::{ATR, Card, CardError};

/// What a single octet asks for. Only the answer to reset is answered; it is asked again and again, to see whether
/// there still is a card.
mod control {
    pub(super) const POWER_OFF: u8 = 0x00;
    pub(super) const POWER_ON: u8 = 0x01;
    pub(super) const RESET: u8 = 0x02;
    pub(super) const ATR: u8 = 0x04;
}

/// From one attempt to reach vpcd to the next.
const RETRY: Duration = Duration::from_millis(250);

/// What happens between a card and its virtual reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VpcdEvent {
    /// The card is in the reader.
    Connected,
    /// The card is out of the reader: vpcd ended the connection, or the card lost its power in the middle.
    Disconnected,
    /// There is no vpcd at this address now.
    Unreachable,
}

/// Puts the card into the reader of the vpcd at `address` (`HOST:PORT`), again and again, until `tell` breaks it off.
///
/// # Errors
/// [`CardError`] when the card's memory cannot be read. vpcd not being there is an event, not an error.
pub fn serve_vpcd(
    card: &mut Card,
    address: &str,
    mut tell: impl FnMut(VpcdEvent) -> ControlFlow<()>,
) -> Result<(), CardError> {
    loop {
        let Ok(stream) = connect(address) else {
            if tell(VpcdEvent::Unreachable).is_break() {
                return Ok(());
            }
            thread::sleep(RETRY);
            continue;
        };
        if tell(VpcdEvent::Connected).is_break() {
            return Ok(());
        }
        let served = serve_reader(card, Frames(stream));
        card.power_off();
        served?;
        if tell(VpcdEvent::Disconnected).is_break() {
            return Ok(());
        }
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut fault = io::ErrorKind::AddrNotAvailable.into();
    for address in address.to_socket_addrs()? {
        match TcpStream::connect(address) {
            Ok(stream) => return stream.set_nodelay(true).map(|()| stream),
            Err(error) => fault = error,
        }
    }
    Err(fault)
}

/// One stay in the reader.
fn serve_reader(card: &mut Card, mut frames: Frames) -> Result<(), CardError> {
    while let Ok(frame) = frames.receive() {
        let answer = match frame.as_slice() {
            [control::POWER_OFF] => {
                card.power_off();
                continue;
            }
            [control::POWER_ON] => {
                card.power_on()?;
                continue;
            }
            [control::RESET] => {
                card.reset()?;
                continue;
            }
            [control::ATR] => ATR.to_vec(),
            // Nothing that this card knows of; none of them is answered.
            [] | [_] => continue,
            command => card.transmit(command),
        };
        // A card without power answers nothing, but vpcd would wait for ever after an empty answer: better out.
        if answer.is_empty() || frames.send(&answer).is_err() {
            break;
        }
    }
    Ok(())
}

struct Frames(TcpStream);

impl Frames {
    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 2];
        self.read(&mut length)?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        self.read(&mut payload)?;
        Ok(payload)
    }

    fn read(&mut self, octets: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(octets)?;
        // vpcd sends length and payload apart, and holds the second back until the first is acknowledged: with the
        // usual delay each APDU would take 49 ms. The setting lasts until the next packet only.
        #[cfg(target_os = "linux")]
        rustix::net::sockopt::set_tcp_quickack(&self.0, true)?;
        Ok(())
    }

    fn send(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut frame = length.to_be_bytes().to_vec();
        frame.extend_from_slice(payload);
        self.0.write_all(&frame)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread::JoinHandle;

    use super::*;
    use crate::{Sandbox, SandboxOptions};

    const SELECT_ISDR: &[u8] = &[
        0x01, 0xA4, 0x04, 0x00, 0x10, 0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF,
        0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
    ];
    const OPEN_CHANNEL: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];

    /// vpcd's side of a connection.
    struct Reader(TcpStream);

    impl Reader {
        fn accept(listener: &TcpListener) -> Self {
            let reader = Self(listener.accept().unwrap().0);
            reader.0.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            reader
        }

        /// Sends a frame in two pieces, as vpcd does.
        fn tell(&mut self, payload: &[u8]) {
            self.0.write_all(&u16::try_from(payload.len()).unwrap().to_be_bytes()).unwrap();
            self.0.write_all(payload).unwrap();
        }

        fn ask(&mut self, payload: &[u8]) -> Vec<u8> {
            self.tell(payload);
            let mut length = [0; 2];
            self.0.read_exact(&mut length).unwrap();
            let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
            self.0.read_exact(&mut answer).unwrap();
            answer
        }

        /// Gives the card power and opens its first channel to the ISD-R.
        fn open_isdr(&mut self) {
            self.tell(&[control::POWER_ON]);
            assert_eq!(self.ask(OPEN_CHANNEL), [0x01, 0x90, 0x00]);
            let answer = self.ask(SELECT_ISDR);
            assert!(matches!(answer[..], [0x61, _]), "{answer:02X?}");
        }

        /// Waits until the card has ended the connection.
        fn wait_for_end(mut self) {
            assert_eq!(self.0.read(&mut [0]).unwrap(), 0);
        }
    }

    fn listener() -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
    }

    /// Serves a new sandbox's card on a thread of its own; gives what happened in the end.
    fn serve(
        address: String,
        mut stop: impl FnMut(VpcdEvent) -> bool + Send + 'static,
    ) -> JoinHandle<Vec<VpcdEvent>> {
        thread::spawn(move || {
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join("s");
            let sandbox = Sandbox::create(&dir, &SandboxOptions::default()).unwrap();
            let mut events = Vec::new();
            let tell = |event| {
                events.push(event);
                if stop(event) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            serve_vpcd(&mut sandbox.card().unwrap(), &address, tell).unwrap();
            events
        })
    }

    #[test]
    fn a_card_in_a_reader() {
        let listener = listener();
        let serving = serve(listener.local_addr().unwrap().to_string(), |event| {
            event == VpcdEvent::Disconnected
        });
        let mut reader = Reader::accept(&listener);
        // A card without power has an answer to reset already: that is how vpcd sees that it is there.
        assert_eq!(reader.ask(&[control::ATR]), ATR);
        reader.open_isdr();
        // Neither an unknown octet nor an empty frame is answered.
        reader.tell(&[0x55]);
        reader.tell(&[]);
        assert_eq!(reader.ask(&[control::ATR]), ATR);
        // A reset closes the channel.
        assert_eq!(reader.ask(SELECT_ISDR)[0], 0x61);
        reader.tell(&[control::RESET]);
        assert_eq!(reader.ask(SELECT_ISDR), [0x68, 0x81]);
        reader.open_isdr();
        drop(reader);
        assert_eq!(serving.join().unwrap(), [VpcdEvent::Connected, VpcdEvent::Disconnected]);
    }

    #[test]
    fn a_card_goes_back_into_the_reader() {
        let listener = listener();
        let mut ends = 0;
        let serving = serve(listener.local_addr().unwrap().to_string(), move |event| {
            ends += usize::from(event == VpcdEvent::Disconnected);
            ends == 2
        });
        let mut reader = Reader::accept(&listener);
        reader.open_isdr();
        drop(reader);
        let mut reader = Reader::accept(&listener);
        // It has no power any more: rather than answering nothing, it leaves.
        reader.tell(OPEN_CHANNEL);
        reader.wait_for_end();
        assert_eq!(
            serving.join().unwrap(),
            [VpcdEvent::Connected, VpcdEvent::Disconnected].repeat(2)
        );
    }

    #[test]
    fn the_reader_may_come_later() {
        let early = listener();
        let address = early.local_addr().unwrap();
        drop(early);
        let mut late = None;
        let (found, finding) = std::sync::mpsc::channel();
        let serving = serve(address.to_string(), move |event| {
            match event {
                VpcdEvent::Unreachable => late = late.take().or(TcpListener::bind(address).ok()),
                VpcdEvent::Connected => found.send(Reader::accept(late.as_ref().unwrap())).unwrap(),
                VpcdEvent::Disconnected => return true,
            }
            false
        });
        let mut reader = finding.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(reader.ask(&[control::ATR]), ATR);
        drop(reader);
        let events = serving.join().unwrap();
        assert_eq!(events.first(), Some(&VpcdEvent::Unreachable));
        assert_eq!(events.last(), Some(&VpcdEvent::Disconnected));
    }

    #[test]
    fn an_address_that_is_none_is_unreachable() {
        let events = serve("nowhere".to_owned(), |_| true).join().unwrap();
        assert_eq!(events, [VpcdEvent::Unreachable]);
    }
}
