//! Every key that core can give is in the catalogue, with a text in every language.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lpakit::messages::{
    CardFunction, Language, card_result, entries, meaning, server_refusal, words,
};

/// The sources of core.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The texts in quotes that look like keys: small letters and dots, beginning as some key of the catalogue does.
fn quoted_keys(source: &str, beginnings: &BTreeSet<&str>) -> BTreeSet<String> {
    let quoted = source.split('"').map(str::to_owned);
    let looks_like_one = |text: &String| {
        let of_keys = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
        text.chars().all(of_keys)
            && !text.ends_with('.')
            && text.split_once('.').is_some_and(|(start, _)| beginnings.contains(start))
    };
    quoted.filter(looks_like_one).collect()
}

/// What stands in all of the languages.
fn has_texts(key: &str) -> bool {
    Language::ALL.iter().all(|language| language.texts().any(|(known, _)| known == key))
}

#[test]
fn every_key_in_the_sources_is_in_the_catalogue() {
    let texts: BTreeSet<&str> = words().collect();
    let all = entries().map(|entry| entry.key).chain(words());
    let beginnings: BTreeSet<&str> = all.filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let keys: BTreeSet<String> =
        files.iter().flat_map(|file| quoted_keys(file, &beginnings)).collect();
    assert!(keys.len() > 80 && keys.contains("card.switch.no_effect"), "{} keys", keys.len());
    for key in keys {
        assert!(meaning(&key).is_some() || texts.contains(key.as_str()), "{key}");
        assert!(has_texts(&key), "{key}");
    }
}

#[test]
fn every_code_of_a_card_and_of_a_server_has_a_key_with_a_meaning() {
    for function in CardFunction::ALL {
        for code in (1..=130).chain([255, 256, u32::MAX]) {
            let (key, meant) = card_result(*function, code);
            assert_eq!(meaning(key), Some(meant), "{function:?} {code}");
            assert!(has_texts(key), "{key}");
        }
    }
    for (subject, reason) in [("8.2.6", "3.8"), ("", ""), ("99.99", "0"), ("é", "PLANTED")] {
        let refusal = server_refusal(subject, reason);
        assert_eq!(meaning(&refusal.key), Some(refusal.meaning), "{}", refusal.key);
    }
}
