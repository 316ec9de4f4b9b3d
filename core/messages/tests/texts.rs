//! Every key has a text of its own in every language.

use std::collections::BTreeSet;

use lpakit_messages::{
    Advice, Language, PlanState, advice_sentence, entries, meaning, plan_sentence, words,
};

/// Keys whose texts are words, not sentences.
const WORDS: [&str; 5] = ["state.", "class.", "event.", "phase.", "label."];
/// Names that are the same everywhere.
const NAMES: [&str; 7] = ["eSIM", "EID", "ICCID", "IMEI", "SIM", "QR", "HTTP"];
/// English words that are none in Spanish, German and French.
const ENGLISH: [&str; 14] = [
    "the", "is", "not", "cannot", "this", "please", "your", "and", "of", "with", "could", "does",
    "has", "server's",
];
/// Characters that only one of the two Chinese scripts has, in pairs.
const SIMPLIFIED: &str = "这没码务证书无运营业请设备网时间启认错误载销个们输统联选项权";
const TRADITIONAL: &str = "這沒碼務證書無運營業請設備網時間啟認錯誤載銷個們輸統聯選項權";

fn keys() -> impl Iterator<Item = &'static str> {
    entries().map(|entry| entry.key).chain(words())
}

fn all_texts() -> impl Iterator<Item = (Language, &'static str, &'static str)> {
    Language::ALL
        .iter()
        .flat_map(|language| language.texts().map(move |(key, text)| (*language, key, text)))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    let names = text.split('{').skip(1);
    names.map(|rest| rest.split_once('}').expect("an open brace is closed").0).collect()
}

fn is_word(key: &str) -> bool {
    WORDS.iter().any(|start| key.starts_with(start))
}

/// What may be put into a text.
const VALUES: [&str; 4] = ["code", "status", "key", "name"];

#[test]
fn every_key_stands_once_in_every_language_and_no_text_stands_alone() {
    let table: BTreeSet<&str> = keys().collect();
    assert_eq!(table.len(), keys().count(), "a key stands twice in the table");
    for language in Language::ALL {
        let texts: BTreeSet<&str> = language.texts().map(|(key, _)| key).collect();
        assert_eq!(texts.len(), language.texts().count(), "{language:?} has a key twice");
        let missing: Vec<_> = table.difference(&texts).collect();
        let orphans: Vec<_> = texts.difference(&table).collect();
        assert!(missing.is_empty() && orphans.is_empty(), "{language:?}: {missing:?} {orphans:?}");
    }
}

#[test]
fn every_error_has_a_meaning_and_no_word_has_one() {
    for entry in entries() {
        assert_eq!(meaning(entry.key), Some(entry.meaning), "{}", entry.key);
        assert!(!entry.cause.is_empty(), "{}", entry.key);
    }
    for key in words() {
        assert_eq!(meaning(key), None, "{key}");
    }
}

#[test]
fn the_same_values_are_put_into_every_language() {
    let english: Vec<_> = Language::English.texts().collect();
    for (language, key, text) in all_texts() {
        let (_, original) = english.iter().find(|(row, _)| *row == key).unwrap();
        assert_eq!(placeholders(text), placeholders(original), "{language:?} {key}");
        assert!(placeholders(text).is_subset(&VALUES.into()), "{key}");
    }
}

#[test]
fn sentences_end_and_words_do_not() {
    for (language, key, text) in all_texts() {
        assert_eq!(text, text.trim(), "{language:?} {key}");
        assert!(!text.is_empty(), "{language:?} {key}");
        assert_eq!(text.ends_with(['.', '。']), !is_word(key), "{language:?} {key}: {text}");
        assert!(!text.contains('\''), "{language:?} {key}: a straight apostrophe");
    }
}

#[test]
fn no_english_is_left_in_other_languages() {
    let english: Vec<_> = Language::English.texts().collect();
    for (language, key, text) in all_texts().filter(|(of, ..)| *of != Language::English) {
        let (_, original) = english.iter().find(|(row, _)| *row == key).unwrap();
        assert!(text != *original || key.starts_with("label."), "{language:?} {key}");
        let without = |text: String, value: &&str| text.replace(&format!("{{{value}}}"), "");
        let bare = VALUES.iter().fold(text.to_owned(), without);
        let is_foreign = |word: &&str| match language {
            Language::Spanish | Language::German | Language::French => {
                ENGLISH.contains(&word.to_lowercase().as_str())
            }
            _ => word.chars().any(|c| c.is_ascii_alphabetic()) && !NAMES.contains(word),
        };
        // Latin letters end where ideographs begin: no space stands between them.
        let is_ideograph = |c: char| ('\u{3000}'..='\u{9FFF}').contains(&c);
        let mut of_words = bare.split(|c: char| !c.is_alphanumeric() || is_ideograph(c));
        let foreign = of_words.find(is_foreign);
        assert_eq!(foreign, None, "{language:?} {key}: {text}");
    }
}

#[test]
fn the_chinese_scripts_are_not_mixed() {
    for (language, other) in
        [(Language::ChineseSimplified, TRADITIONAL), (Language::ChineseTraditional, SIMPLIFIED)]
    {
        for (key, text) in language.texts() {
            let shared = |c: &char| SIMPLIFIED.contains(*c) && TRADITIONAL.contains(*c);
            let foreign = text.chars().filter(|c| !shared(c)).find(|c| other.contains(*c));
            assert_eq!(foreign, None, "{language:?} {key}: {text}");
        }
    }
}

#[test]
fn causes_that_differ_are_told_differently() {
    let rooms = ["Result codes of the card's functions", "Refusals of servers"];
    for language in Language::ALL {
        for room in rooms {
            let in_room: Vec<_> = entries().filter(|entry| entry.room == room).collect();
            let mut told = BTreeSet::new();
            assert!(in_room.len() > 60, "{room}");
            for entry in in_room {
                let text = language.texts().find(|(key, _)| *key == entry.key).unwrap().1;
                assert!(told.insert(text), "{language:?} {}: {text}", entry.key);
            }
        }
    }
}

#[test]
fn every_plan_state_and_advice_has_a_sentence() {
    for language in Language::ALL {
        let mut told = BTreeSet::new();
        for plan in PlanState::ALL {
            let sentence = plan_sentence(*plan, *language);
            assert_eq!(sentence.is_empty(), *plan == PlanState::NotConcerned, "{plan:?}");
            assert!(told.insert(sentence), "{language:?} {sentence}");
        }
        for advice in Advice::ALL {
            let sentence = advice_sentence(*advice, *language);
            assert_eq!(sentence.is_empty(), *advice == Advice::Nothing, "{advice:?}");
            assert!(sentence.is_empty() || told.insert(sentence), "{language:?} {sentence}");
        }
    }
}
