//! What lpakit must reach by itself, without lpac.

use lpakit_bench::{BPP, download, limits};

#[test]
fn a_download_takes_the_floor_and_two_apdus_four_requests_and_one_handshake() {
    let (lpakit, floor) = download::lpakit(BPP).unwrap();
    for finding in limits::alone(&lpakit, &floor) {
        assert!(finding.reached, "{finding}");
    }
    // The package alone needs so many blocks; a lower floor would be one of another download.
    assert!(floor.package > BPP as u64 / 255, "{floor:?}");
    assert_eq!(lpakit.counts.tcp_connections, 1);
}
