//! An activation code somewhere inside a longer text.

use zeroize::Zeroizing;

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
    let whole = ActivationCode::parse_with(text, options);
    if whole.as_ref().is_ok_and(has_no_blanks) {
        return whole;
    }
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
    // What the text as a whole said is more exact when it is one word, or a code with odd blanks inside.
    if words <= 1 || whole.is_ok() {
        return whole;
    }
    Err(best.unwrap_or(ActivationCodeError::NotAnActivationCode))
}

/// Whether a code from a whole text ends where a code would end, or ran on into the sentence after it.
fn has_no_blanks(code: &ActivationCode) -> bool {
    let last = code.delete_notification_for_device_change().unwrap_or_default();
    !code.matching_id().as_str().contains(' ') && !last.contains(text::is_blank)
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
    let lower = Zeroizing::new(word.to_ascii_lowercase());
    if let Some(start) = MARKS.iter().filter_map(|mark| lower.find(mark)).min() {
        return Some(ActivationCode::parse_with(without_punctuation(word.get(start..)?), options));
    }
    // Without a mark, `1$` is more often a price than a code.
    let bare = word.starts_with("1$").then(|| without_punctuation(word))?;
    ActivationCode::parse_with(bare, options).ok().map(Ok)
}

/// Cuts off the punctuation of the sentence around a code; no field ends with any of these.
fn without_punctuation(word: &str) -> &str {
    word.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_'])
}

/// White space, invisible characters, quotes and brackets end a code in running text.
fn is_separator(c: char) -> bool {
    text::is_blank(c)
        || c.is_control()
        || "\"'`<>()[]{}|\\".contains(c)
        || matches!(c, '\u{2018}'..='\u{201F}' | '«' | '»' | '‹' | '›')
        || matches!(c, '\u{3001}' | '\u{3002}' | '\u{300C}'..='\u{300F}')
}
