//! A server with an address that stays the same while it comes and goes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use lpakit_sandbox_smdp::http::Service;
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};
use tokio::net::TcpSocket;

use super::StageError;
use super::traffic::Front;
use super::workers::Workers;

/// A server behind TLS on the loopback.
pub(super) struct House<S> {
    front: Arc<Front<S>>,
    address: SocketAddr,
    door: Mutex<Door>,
}

enum Door {
    Open(Server),
    /// The port is kept, or somebody else might be given it meanwhile; whoever comes is turned away.
    Shut(TcpSocket),
    /// Between the two, and after a start that failed.
    Nothing,
}

impl<S: Service> House<S> {
    pub(super) fn open(
        front: Front<S>,
        tls: TlsOptions,
        workers: &Workers,
    ) -> Result<Self, StageError> {
        let front = Arc::new(front);
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let server = start(&front, any, tls, workers)?;
        let address = server.local_addr();
        Ok(Self { front, address, door: Mutex::new(Door::Open(server)) })
    }

    /// Where it listens, and will again.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves.
    pub(super) fn front(&self) -> &Front<S> {
        &self.front
    }

    /// Listens, with this certificate; connections that are open end.
    pub(super) fn start(&self, tls: TlsOptions, workers: &Workers) -> Result<(), StageError> {
        self.stop(workers)?;
        self.change(|_| start(&self.front, self.address, tls, workers).map(Door::Open))
    }

    /// Listens no longer, and ends its connections.
    pub(super) fn stop(&self, workers: &Workers) -> Result<(), StageError> {
        self.change(|door| {
            if let Door::Open(server) = door {
                workers.wait("the server stops", server.stop())?;
            }
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(self.address)?;
            Ok(Door::Shut(socket))
        })
    }

    fn change(
        &self,
        change: impl FnOnce(Door) -> Result<Door, StageError>,
    ) -> Result<(), StageError> {
        let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        let old = match std::mem::replace(&mut *door, Door::Nothing) {
            // The port is free for the server.
            Door::Shut(socket) => {
                drop(socket);
                Door::Nothing
            }
            other => other,
        };
        *door = change(old)?;
        Ok(())
    }
}

fn start<S: Service>(
    front: &Arc<Front<S>>,
    address: SocketAddr,
    tls: TlsOptions,
    workers: &Workers,
) -> Result<Server, StageError> {
    let service: Arc<dyn Service> = Arc::<Front<S>>::clone(front);
    let starting = async move { Server::start(service, address, &tls, Limits::default()).await };
    workers.wait("the server starts", starting)?.map_err(StageError::sandbox)
}
