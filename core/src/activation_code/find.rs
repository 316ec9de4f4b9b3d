//! An activation code somewhere inside a longer text.

use super::error::ActivationCodeError;
use super::{ActivationCode, MAX_SEARCH_LENGTH, ParseOptions, text};

/// What a code or link may start with inside a word, in any case.
const MARKS: [&str; 4] = ["lpa:", "lpa%3a", "https://", "http://"];

pub(super) fn find_in_text(
    text: &str,
    options: &ParseOptions,
) -> Result<ActivationCode, ActivationCodeError> {
    if text.len() > MAX_SEARCH_LENGTH {
        return Err(ActivationCodeError::TooLong { limit: MAX_SEARCH_LENGTH });
    }
    let whole = match ActivationCode::parse_with(text, options) {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    let mut best = None;
    let mut words = 0;
    for word in text.split(is_separator).filter(|word| !word.is_empty()) {
        words += 1;
        match parse_word(word, options) {
            Some(Ok(code)) => return Ok(code),
            Some(Err(error)) => best = Some(better_of(best, error)),
            None => {}
        }
    }
    // A single word is the code or is none: what its own parse said is more exact.
    Err(if words <= 1 { whole } else { best.unwrap_or(ActivationCodeError::NotAnActivationCode) })
}

/// The first error of something that looked like a code wins; a web page is better than nothing.
fn better_of(best: Option<ActivationCodeError>, new: ActivationCodeError) -> ActivationCodeError {
    best.filter(|best| *best != ActivationCodeError::WebPage).unwrap_or(new)
}

/// Parses from the first mark in a word on, or the word itself when it is a code without prefix.
fn parse_word(
    word: &str,
    options: &ParseOptions,
) -> Option<Result<ActivationCode, ActivationCodeError>> {
    let lower = word.to_ascii_lowercase();
    let start = MARKS.iter().filter_map(|mark| lower.find(mark)).min();
    let bare = word.starts_with("1$") && word.matches('$').count() >= 2;
    let start = start.or(bare.then_some(0))?;
    // Punctuation of the sentence around it; no field ends with any of these.
    let candidate = word.get(start..)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
    Some(ActivationCode::parse_with(candidate, options))
}

/// White space, invisible characters, quotes and brackets end a code in running text.
fn is_separator(c: char) -> bool {
    text::is_blank(c)
        || c.is_control()
        || "\"'`<>()[]{}|\\".contains(c)
        || matches!(c, '\u{2018}'..='\u{201F}' | '«' | '»' | '‹' | '›')
        || matches!(c, '\u{3001}' | '\u{3002}' | '\u{300C}'..='\u{300F}')
}
