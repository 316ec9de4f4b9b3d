//! What must be reached.

use std::fmt;

use crate::download::Download;
use crate::floor::Floor;
use crate::memory::MemoryUse;
use crate::model::Model;

/// APDUs above the floor: TERMINAL CAPABILITY at the beginning and closing the channel at the end.
const APDUS_ABOVE_FLOOR: u64 = 2;
/// InitiateAuthentication, AuthenticateClient, GetBoundProfilePackage, HandleNotification.
const REQUESTS: u64 = 4;
const HANDSHAKES: u64 = 1;

/// One thing that must be reached, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub what: &'static str,
    /// What was counted.
    pub found: u64,
    /// What is allowed at most; where it must be met exactly, exactly this.
    pub limit: u64,
    /// Whether it was reached.
    pub reached: bool,
}

impl Finding {
    const fn at_most(what: &'static str, found: u64, limit: u64) -> Self {
        Self { what, found, limit, reached: found <= limit }
    }

    const fn exactly(what: &'static str, found: u64, limit: u64) -> Self {
        Self { what, found, limit, reached: found == limit }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.reached { "ok" } else { "MISSED" };
        write!(f, "{word:<6} {}: {} (limit {})", self.what, self.found, self.limit)
    }
}

/// What lpakit must reach by itself.
pub fn alone(lpakit: &Download, floor: &Floor) -> Vec<Finding> {
    let counts = &lpakit.counts;
    vec![
        Finding::at_most(
            "lpakit's APDUs against the floor and 2",
            counts.apdus,
            floor.apdus + APDUS_ABOVE_FLOOR,
        ),
        Finding::exactly("lpakit's HTTP requests", counts.http_requests, REQUESTS),
        Finding::exactly("lpakit's TLS handshakes", counts.tls_handshakes, HANDSHAKES),
    ]
}

/// What lpakit must reach beside lpac.
pub fn beside(lpakit: &Download, lpac: &Download, model: &Model) -> Vec<Finding> {
    let time = |download: &Download| model.milliseconds(&download.counts);
    vec![
        Finding::at_most(
            "lpakit's APDUs against half of lpac's",
            lpakit.counts.apdus,
            lpac.counts.apdus / 2,
        ),
        Finding::at_most(
            "lpakit's modelled ms against 0.6 of lpac's",
            time(lpakit),
            time(lpac) * 6 / 10,
        ),
    ]
}

/// What a download may take of memory.
pub fn of_memory(memory: &MemoryUse) -> Finding {
    let what = "peak octets above the idle client";
    Finding::at_most(what, memory.peak as u64, memory.limit() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::Counts;

    const FLOOR: Floor = Floor { apdus: 101, package: 81 };

    fn download(apdus: u64, http_requests: u64, tls_handshakes: u64) -> Download {
        let counts = Counts { apdus, http_requests, tls_handshakes, ..Counts::default() };
        Download { program: "some", counts }
    }

    fn reached(findings: &[Finding]) -> Vec<bool> {
        findings.iter().map(|finding| finding.reached).collect()
    }

    #[test]
    fn what_is_at_the_limit_is_reached() {
        assert_eq!(reached(&alone(&download(103, 4, 1), &FLOOR)), [true, true, true]);
        let beside = beside(&download(103, 0, 0), &download(206, 0, 0), &Model::default());
        assert_eq!(reached(&beside), [true, true]);
        let memory = MemoryUse { bpp: 1000, peak: 1400 + 768 * 1024, allocations: 1 };
        assert!(of_memory(&memory).reached);
    }

    #[test]
    fn one_more_is_missed() {
        assert_eq!(reached(&alone(&download(104, 5, 2), &FLOOR)), [false, false, false]);
        // Fewer than needed is no success either: then something was not counted.
        assert_eq!(reached(&alone(&download(103, 3, 0), &FLOOR)), [true, false, false]);
        let slow = download(103, 50, 1);
        let beside = beside(&slow, &download(205, 4, 1), &Model::default());
        assert_eq!(reached(&beside), [false, false]);
        let memory = MemoryUse { bpp: 1000, peak: 1401 + 768 * 1024, allocations: 1 };
        assert!(!of_memory(&memory).reached);
    }

    #[test]
    fn a_miss_can_be_seen() {
        let text = alone(&download(104, 4, 1), &FLOOR)[0].to_string();
        assert_eq!(text, "MISSED lpakit's APDUs against the floor and 2: 104 (limit 103)");
    }
}
