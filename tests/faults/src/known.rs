//! What is known to be wrong in core and not mended yet. Each entry is mended by deleting it; the list is to be empty.

/// A finding, and how to tell that something broken belongs to it.
struct Known {
    finding: &'static str,
    /// All of these stand in the words.
    words: &'static [&'static str],
}

const KNOWN: &[Known] = &[
    // After a lost connection the card is not asked how the installation ended.
    Known { finding: "F1", words: &["card.lost_during_installation"] },
    Known { finding: "F1", words: &["left with a session: Loading"] },
    // A load that broke off ends the order, and the code is said to be good.
    Known { finding: "F2", words: &["card.no_installation_result", "is not usable"] },
    // A garbled answer while the rules are checked ends the order, and the code is said to be good.
    Known { finding: "F3", words: &["card.malformed", "still_valid", "is not usable"] },
    Known { finding: "F3", words: &["card.status", "still_valid", "is not usable"] },
    // Errors of the card speak of a plan where there is none.
    Known { finding: "F4", words: &["speaks of a plan, and there is none"] },
    // Renaming, default address and memory reset are not looked at after a failure.
    Known { finding: "F5", words: &["and yet the card did it"] },
    // A cancellation that fails once is not tried again.
    Known { finding: "F6", words: &["session: Authenticated"] },
    // A memory reset does not tell the operators by itself.
    Known { finding: "F7", words: &["operators were not told"] },
    // What could not be sent by hand is not tried again by itself.
    Known { finding: "F8", words: &["in the end: notifications", "are still on the card"] },
];

/// The finding that something broken belongs to.
pub(crate) fn finding(broken: &str) -> Option<&'static str> {
    let known = |known: &&Known| known.words.iter().all(|word| broken.contains(word));
    KNOWN.iter().find(known).map(|known| known.finding)
}
