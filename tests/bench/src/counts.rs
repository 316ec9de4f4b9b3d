//! What is counted of a download.

use lpakit_interop::Stage;

/// What a program has done to a card and a server, counted by these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Command APDUs at the card's contacts, from power-on to power-off.
    pub apdus: u64,
    /// Octets of those commands.
    pub apdu_bytes_out: u64,
    /// Octets of the card's responses, status words included.
    pub apdu_bytes_in: u64,
    /// TCP connections that the server accepted.
    pub tcp_connections: u64,
    /// TLS handshakes that the server completed.
    pub tls_handshakes: u64,
    /// HTTP requests that reached the server.
    pub http_requests: u64,
    /// Octets of the requests' bodies.
    pub body_bytes_out: u64,
    /// Octets of the responses' bodies.
    pub body_bytes_in: u64,
}

impl Counts {
    /// What a stage has counted so far.
    pub fn of(stage: &Stage) -> Self {
        let card = stage.card_counts();
        let server = stage.counters();
        let http = stage.http();
        let sum = |octets: fn(&lpakit_interop::HttpExchange) -> usize| {
            http.iter().map(|exchange| octets(exchange) as u64).sum()
        };
        Self {
            apdus: card.apdus,
            apdu_bytes_out: card.bytes_out,
            apdu_bytes_in: card.bytes_in,
            tcp_connections: server.connections(),
            tls_handshakes: server.handshakes(),
            http_requests: server.requests(),
            body_bytes_out: sum(|exchange| exchange.request.len()),
            body_bytes_in: sum(|exchange| exchange.response.len()),
        }
    }
}
