//! What a download may take of memory. The only test in its process: every allocation counts.

use std::path::Path;

use lpakit_bench::limits;
use lpakit_bench::memory::{LARGE_BPP, measure};

#[test]
fn a_large_package_is_in_memory_once() {
    let program = Path::new(env!("CARGO_BIN_EXE_lpakit-bench"));
    let memory = measure(program, LARGE_BPP).unwrap();
    let finding = limits::of_memory(&memory);
    assert!(finding.reached, "{finding}");
    // Less than the package's own base64 would mean that not everything was counted.
    assert!(memory.peak > LARGE_BPP / 3 * 4, "{memory:?}");
}
