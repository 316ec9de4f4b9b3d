//! What is known to be wrong in core and not mended yet. Each entry is mended by deleting it; the list is to be empty.

/// A finding, and how to tell that something broken belongs to it.
struct Known {
    finding: &'static str,
    /// All of these stand in the words.
    words: &'static [&'static str],
}

const KNOWN: &[Known] = &[];

/// The finding that something broken belongs to.
pub(crate) fn finding(broken: &str) -> Option<&'static str> {
    let known = |known: &&Known| known.words.iter().all(|word| broken.contains(word));
    KNOWN.iter().find(known).map(|known| known.finding)
}
