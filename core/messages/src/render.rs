//! Texts for people: what happened, what it means for the plan, what to do now.

use crate::language::Language;
use crate::meaning::{Advice, PlanState};
use crate::refusal;

/// First strong isolate: what follows has a direction of its own.
const ISOLATE: char = '\u{2068}';
/// Pop directional isolate: ends the isolate.
const POP: char = '\u{2069}';
/// No inserted value is longer, in characters. A server's name may have 253, but nobody reads them.
const MAX_VALUE: usize = 100;

/// What is told of an error: a sentence each. What there is nothing to say about is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub what: String,
    /// Whether the plan is still usable.
    pub plan: &'static str,
    /// What to do now.
    pub advice: &'static str,
    language: Language,
}

impl std::fmt::Display for Explanation {
    /// All of it in a row.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)?;
        for sentence in [self.plan, self.advice] {
            if !sentence.is_empty() {
                f.write_str(self.language.sentence_space())?;
                f.write_str(sentence)?;
            }
        }
        Ok(())
    }
}

/// Explains an error in a language. `plan` and `advice` are the situation's own; usually those of
/// [`meaning`](crate::meaning).
pub fn explain(
    key: &str,
    args: &[(impl AsRef<str>, impl AsRef<str>)],
    plan: PlanState,
    advice: Advice,
    language: Language,
) -> Explanation {
    Explanation {
        what: render(key, args, language),
        plan: plan_sentence(plan, language),
        advice: advice_sentence(advice, language),
        language,
    }
}

/// What a plan state means for a person; empty when no plan is concerned.
pub fn plan_sentence(plan: PlanState, language: Language) -> &'static str {
    let key = match plan {
        PlanState::NotConcerned => return "",
        PlanState::StillValid => "plan.still_valid",
        PlanState::NoLongerValid => "plan.no_longer_valid",
        PlanState::Installed => "plan.installed",
        PlanState::Unknown => "plan.unknown",
    };
    text(key, language).unwrap_or_default()
}

/// What a person is to do now; empty when nothing can be done.
pub fn advice_sentence(advice: Advice, language: Language) -> &'static str {
    let key = match advice {
        Advice::Nothing => return "",
        Advice::TryAgain => "advice.try_again",
        Advice::TryLater => "advice.try_later",
        Advice::ChangeInput => "advice.change_input",
        Advice::FreeSpace => "advice.free_space",
        Advice::CheckProfiles => "advice.check_profiles",
        Advice::AskOperator => "advice.ask_operator",
        Advice::CheckClock => "advice.check_clock",
        Advice::CheckNetwork => "advice.check_network",
        Advice::SwitchOff => "advice.switch_off",
        Advice::CloseOtherApp => "advice.close_other_app",
    };
    text(key, language).unwrap_or_default()
}

/// The text of a key, errors and words alike. Values are put in bidi isolates, without control characters and not too
/// long. A key that is not in the catalogue gives a general text that shows it; a refusal by a pair that is not in the
/// catalogue shows its numbers.
pub fn render(
    key: &str,
    args: &[(impl AsRef<str>, impl AsRef<str>)],
    language: Language,
) -> String {
    if let Some((row, known)) = refusal::resolve_key(key) {
        let mut told = fill(text(row.key, language).unwrap_or_default(), args);
        if !known {
            let pair = key.trim_start_matches(refusal::PREFIX);
            told.push_str(language.sentence_space());
            told.push_str(&fill(
                text("server.code", language).unwrap_or_default(),
                &[("code", pair)],
            ));
        }
        return told;
    }
    match text(key, language) {
        Some(template) => fill(template, args),
        None => fill(text("general", language).unwrap_or_default(), &[("key", key)]),
    }
}

fn text(key: &str, language: Language) -> Option<&'static str> {
    language.text(key).or_else(|| Language::English.text(key))
}

/// Puts the values in the place of `{name}`, in one pass: braces in a value stay what they are.
fn fill(template: &str, args: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match args.iter().find(|(arg, _)| arg.as_ref() == name) {
            Some((_, value)) => push_isolated(&mut filled, value.as_ref()),
            None => filled.push('?'),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn push_isolated(text: &mut String, value: &str) {
    let mut kept = value.chars().filter(|c| !is_unwanted(*c));
    text.push(ISOLATE);
    text.extend(kept.by_ref().take(MAX_VALUE));
    if kept.next().is_some() {
        text.push('…');
    }
    text.push(POP);
}

/// Control characters, line and paragraph separators, and what could turn the direction of the text around it.
fn is_unwanted(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061C}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{206F}'
                | '\u{FEFF}'
        )
}
