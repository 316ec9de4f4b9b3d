//! How long a download would take with a real card and a real network.

use crate::counts::Counts;

/// The latency model: what one APDU, one round trip and one octet cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Milliseconds an APDU takes, there and back, whatever its length.
    pub apdu_ms: u64,
    /// Milliseconds of a round trip between device and server.
    pub round_trip_ms: u64,
    /// Bits per millisecond (that is kbit/s) that the network carries, either way.
    pub kbit_per_second: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self { apdu_ms: 20, round_trip_ms: 120, kbit_per_second: 256 }
    }
}

/// Round trips of a TCP connect: SYN and its answer.
const CONNECT: u64 = 1;
/// Round trips of a TLS 1.3 handshake, resumed or not; no early data is sent. The bench's server speaks nothing older.
const HANDSHAKE: u64 = 1;
/// Round trips of a request: it goes out, the answer comes back.
const REQUEST: u64 = 1;

impl Model {
    /// Round trips between device and server.
    pub const fn round_trips(counts: &Counts) -> u64 {
        counts.tcp_connections * CONNECT
            + counts.tls_handshakes * HANDSHAKE
            + counts.http_requests * REQUEST
    }

    /// The time of a download in milliseconds, one thing after the other, a last part of a millisecond as a whole one.
    pub const fn milliseconds(&self, counts: &Counts) -> u64 {
        let bits = (counts.body_bytes_out + counts.body_bytes_in) * 8;
        counts.apdus * self.apdu_ms
            + Self::round_trips(counts) * self.round_trip_ms
            + bits.div_ceil(self.kbit_per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cost_counts() {
        let counts = Counts {
            apdus: 10,
            tcp_connections: 1,
            tls_handshakes: 1,
            http_requests: 4,
            body_bytes_out: 3_200,
            body_bytes_in: 32_001,
            ..Counts::default()
        };
        assert_eq!(Model::round_trips(&counts), 6);
        // 200 for the card, 720 for round trips, 1100 and a bit for 35,201 octets at 32 a millisecond.
        assert_eq!(Model::default().milliseconds(&counts), 200 + 720 + 1_101);
        assert_eq!(Model::default().milliseconds(&Counts::default()), 0);
    }
}
