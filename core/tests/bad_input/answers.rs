//! What servers answer: any octets, damaged answers, JSON of another shape, base64 as it is found in the field.

use lpakit::es9::Es9Error;
use lpakit::messages::{Language, meaning};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::damage;
use crate::server::{Canned, Function, ask, base64, read};

const KEYS: [&str; 14] = [
    "header",
    "functionExecutionStatus",
    "status",
    "statusCodeData",
    "subjectCode",
    "reasonCode",
    "message",
    "transactionId",
    "serverSigned1",
    "boundProfilePackage",
    "eventEntries",
    "eventId",
    "rspServerAddress",
    "profileMetaData",
];

/// An error must have a key of the catalogue and texts, none with what the server wrote.
fn check<T>(answer: Result<T, Es9Error>) {
    let Err(error) = answer else { return };
    let mut shown = format!("{error} {error:?}");
    let error = lpakit::Error::from(error);
    assert!(meaning(error.key()).is_some(), "{}", error.key());
    for language in Language::ALL {
        let told = error.explain(*language).to_string();
        assert!(!told.is_empty());
        shown.push_str(&told);
    }
    shown.push_str(&format!("{error:?}"));
    assert!(!shown.contains("PLANTED"), "{shown}");
}

fn function() -> impl Strategy<Value = Function> {
    select(Function::ALL.to_vec())
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[A-Za-z0-9+/]{0,40}={0,3}",
        select(vec!["Failed", "Executed-Success", "Expired", "8.2.6", "3.8", "PLANTED", "0A1B2C"])
            .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let member = (select(KEYS.to_vec()), inner.clone());
        let object = vec(member, 0..6).prop_map(|members| {
            Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        });
        prop_oneof![vec(inner, 0..6).prop_map(Value::from), object]
    })
}

/// The names of an answer's own members.
fn names(answer: &Value) -> Vec<String> {
    answer.as_object().map(Map::keys).into_iter().flatten().cloned().collect()
}

/// A good answer with its base64 broken into lines and its padding taken away or not, as JSON text.
fn with_loose_base64(function: Function, line: usize, padded: bool, blank: &str) -> String {
    let mut answer = function.good();
    for (name, value) in answer.as_object_mut().unwrap() {
        let is_base64 = !matches!(name.as_str(), "header" | "transactionId" | "eventEntries");
        if let (true, Value::String(text)) = (is_base64, value) {
            let kept = if padded { text.as_str() } else { text.trim_end_matches('=') };
            let lines: Vec<&str> =
                kept.as_bytes().chunks(line).map(|line| str::from_utf8(line).unwrap()).collect();
            *text = lines.join(blank);
        }
    }
    answer.to_string()
}

#[test]
fn the_good_answers_are_taken() {
    for function in Function::ALL {
        let body = function.good().to_string().into_bytes();
        let fields = read(function, body).unwrap();
        let expected = match function {
            Function::Initiate | Function::Authenticate => 5,
            Function::Package => 2,
            Function::Notify | Function::Cancel => 0,
            Function::Events => 4,
        };
        assert_eq!(fields.len(), expected, "{function:?}");
        assert!(fields.iter().all(|field| !field.is_empty()), "{function:?}");
    }
}

#[test]
fn deep_and_huge_answers_are_read_or_refused() {
    let depth = 200_000;
    let deep = [
        "[".repeat(depth),
        r#"{"a":"#.repeat(depth),
        format!(r#"{{"header":{}"#, r#"{"header":"#.repeat(depth)),
        format!(r#"{{"a":{}1{},"transactionId":"0A1B2C"}}"#, "[".repeat(depth), "]".repeat(depth)),
        format!(r#"{{"eventEntries":{}{}}}"#, "[".repeat(depth), "]".repeat(depth)),
    ];
    for function in Function::ALL {
        deep.iter().for_each(|body| check(read(function, body.clone().into_bytes())));
    }

    let mut many = Function::Events.good();
    let entry = json!({ "eventId": "PLANTED", "rspServerAddress": "a.example.com" });
    many["eventEntries"] = vec![entry; 100_000].into();
    let refused = read(Function::Events, many.to_string().into_bytes()).unwrap_err();
    assert_eq!(refused, Es9Error::TooManyEvents);
    let mut long = Function::Initiate.good();
    long["transactionId"] = "0A".repeat(1 << 20).into();
    let refused = read(Function::Initiate, long.to_string().into_bytes()).unwrap_err();
    assert_eq!(refused, Es9Error::BadField("transactionId"));
}

proptest! {
    #[test]
    fn any_octets_are_an_answer_or_an_error(
        function in function(), body in vec(any::<u8>(), 0..600), status in any::<u16>(),
        piece in 1_usize..700,
    ) {
        let success = (200..300).contains(&status);
        let answer = ask(function, Canned { status, body, piece });
        prop_assert!(success || answer == Err(Es9Error::HttpStatus(status)));
        check(answer);
    }

    #[test]
    fn damaged_text_is_an_answer_or_an_error(function in function(), damage in damage::some()) {
        let body = function.good().to_string().into_bytes();
        check(read(function, damage::apply(body, &damage)));
    }

    #[test]
    fn any_json_is_an_answer_or_an_error(function in function(), body in any_json()) {
        check(read(function, body.to_string().into_bytes()));
    }

    #[test]
    fn a_member_of_another_kind_is_an_answer_or_an_error(
        function in function(), which in any::<Index>(), other in any_json(),
    ) {
        let mut answer = function.good();
        let names = names(&answer);
        answer[names[which.index(names.len())].as_str()] = other;
        check(read(function, answer.to_string().into_bytes()));
    }

    #[test]
    fn damaged_objects_in_base64_are_an_answer_or_an_error(
        function in select(vec![Function::Initiate, Function::Authenticate, Function::Package]),
        which in any::<Index>(), damage in damage::some(),
    ) {
        let mut answer = function.good();
        let good = read(function, answer.to_string().into_bytes()).unwrap();
        let fields: Vec<(String, Vec<u8>)> = names(&answer).into_iter().filter_map(|name| {
            let text = answer[&name].as_str()?;
            good.iter().find(|octets| base64(octets) == text).map(|octets| (name, octets.clone()))
        }).collect();
        prop_assert!(!fields.is_empty());
        let (name, octets) = &fields[which.index(fields.len())];
        answer[name] = base64(&damage::apply(octets.clone(), &damage)).into();
        check(read(function, answer.to_string().into_bytes()));
    }

    #[test]
    fn base64_says_the_same_with_blanks_and_without_padding(
        function in function(), line in 1_usize..80, padded in any::<bool>(),
        blank in "[ \r\n\t]{0,3}", piece in 1_usize..500,
    ) {
        let good = read(function, function.good().to_string().into_bytes()).unwrap();
        let body = with_loose_base64(function, line, padded, &blank).into_bytes();
        prop_assert_eq!(ask(function, Canned { status: 200, body, piece }), Ok(good));
    }
}
