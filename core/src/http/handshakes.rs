//! Counts TLS handshakes: rustls asks its session store for a key-exchange hint exactly once at the start of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;

/// Sessions of at most this many servers are remembered.
const REMEMBERED_SERVERS: usize = 16;

/// rustls' own in-memory session store, with a counter in front.
#[derive(Debug)]
pub(super) struct CountingSessionStore {
    sessions: ClientSessionMemoryCache,
    handshakes: Arc<AtomicU64>,
}

impl CountingSessionStore {
    pub(super) fn new(handshakes: Arc<AtomicU64>) -> Self {
        Self { sessions: ClientSessionMemoryCache::new(REMEMBERED_SERVERS), handshakes }
    }
}

impl ClientSessionStore for CountingSessionStore {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.sessions.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.handshakes.fetch_add(1, Ordering::Relaxed);
        self.sessions.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.sessions.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.sessions.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.sessions.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.sessions.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.sessions.take_tls13_ticket(server_name)
    }
}
