//! What a server's subject/reason pair means. Codes are compared as texts: 4.10 is not 4.1 (facts 7).

use crate::Meaning;
use crate::rooms::{self, Row, refusals};

/// The common start of the keys of server refusals.
pub(crate) const PREFIX: &str = "server.refused.";
/// The key for a pair of which nothing is known.
const GENERAL: &str = "server.refused";
/// Subjects and reasons are a few numbers; what is longer is none.
const MAX_CODE: usize = 16;
/// No number in a code has more digits.
const MAX_DIGITS: usize = 3;

/// What a server's refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRefusal {
    /// The stable name, with the numbers as the server gave them: `server.refused.8.2.6/3.8`.
    pub key: String,
    /// What it usually means; for an unknown pair that of the next wider subject.
    pub meaning: Meaning,
    /// Whether the catalogue has a row for this very pair. If not, its text shows the numbers.
    pub known: bool,
}

/// What subject and reason mean. Whatever a server writes, only digits and dots of it go into the key.
pub fn server_refusal(subject: &str, reason: &str) -> ServerRefusal {
    let (subject, reason) = (clean(subject), clean(reason));
    let (row, known) = resolve(&subject, &reason);
    ServerRefusal { key: format!("{PREFIX}{subject}/{reason}"), meaning: row.meaning, known }
}

fn clean(code: &str) -> String {
    let kept = code.chars().filter(|c| c.is_ascii_digit() || *c == '.');
    let mut cleaned = String::new();
    let mut digits = 0;
    for c in kept.take(MAX_CODE) {
        digits = if c == '.' { 0 } else { digits + 1 };
        // A longer number is none of these codes; it could be an identifier.
        if digits <= MAX_DIGITS {
            cleaned.push(c);
        }
    }
    let kept = cleaned.trim_matches('.');
    // A server that names no code at all still gives a key that can be read.
    if kept.is_empty() { "-".to_owned() } else { kept.to_owned() }
}

/// The row for the key of a refusal, and whether it is of this very pair. `None` for other keys.
pub(crate) fn resolve_key(key: &str) -> Option<(&'static Row, bool)> {
    let (subject, reason) = key.strip_prefix(PREFIX)?.split_once('/')?;
    Some(resolve(subject, reason))
}

/// The row of a pair: of this very pair or subject; else of the next wider subject (8.8.5, then 8.8, then 8); else of
/// the reason alone; else of what is left of the family.
fn resolve(subject: &str, reason: &str) -> (&'static Row, bool) {
    let subjects = || std::iter::successors(Some(subject), |s| s.rsplit_once('.').map(|(w, _)| w));
    for (depth, wider) in subjects().enumerate() {
        if let Some(row) = find(wider, reason) {
            return (row, depth == 0);
        }
        if let Some(row) = find(wider, "*") {
            return (row, false);
        }
    }
    let row = find("*", reason).or_else(|| subjects().find_map(|wider| find(wider, "other")));
    (row.unwrap_or_else(general), false)
}

fn find(subject: &str, reason: &str) -> Option<&'static Row> {
    refusals::ROWS.iter().find(|row| {
        let pair = row.key.strip_prefix(PREFIX).and_then(|pair| pair.split_once('/'));
        pair == Some((subject, reason))
    })
}

fn general() -> &'static Row {
    // There is such a row, by a test.
    const NEVER: &Row = rooms::first(refusals::ROWS);
    refusals::ROWS.iter().find(|row| row.key == GENERAL).unwrap_or(NEVER)
}
