//! What is known to be wrong in core and not mended yet. Each entry is mended by deleting it; the list is to be empty.

/// A finding, and how to tell that something broken belongs to it.
struct Known {
    finding: &'static str,
    /// All of these stand in the words.
    words: &'static [&'static str],
}

const KNOWN: &[Known] = &[
    // Errors of the card speak of a plan while an SM-DS is asked.
    Known { finding: "F9", words: &["speaks of a plan, and there is none"] },
    // After a lost channel a command is sent again that was carried out.
    Known { finding: "F11", words: &["session: Authenticated"] },
    Known { finding: "F11", words: &["card.switch.not_found", "and yet the card did it"] },
];

/// The finding that something broken belongs to.
pub(crate) fn finding(broken: &str) -> Option<&'static str> {
    let known = |known: &&Known| known.words.iter().all(|word| broken.contains(word));
    KNOWN.iter().find(known).map(|known| known.finding)
}
