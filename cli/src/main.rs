//! The lpakit command line.
fn main() {}
