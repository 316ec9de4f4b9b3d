//! What a person reads: the text, with values that cannot disturb it.

use lpakit_messages::{Advice, Language, PlanState, card_result, explain, meaning, render};

const NONE: [(&str, &str); 0] = [];

fn english(key: &str, args: &[(&str, &str)]) -> String {
    render(key, args, Language::English)
}

#[test]
fn an_explanation_says_what_happened_whether_the_plan_is_usable_and_what_to_do() {
    let (key, told) = card_result(lpakit_messages::CardFunction::Install, 10);
    for (language, whole) in [
        (
            Language::English,
            "There is not enough space on the eSIM. Your plan is still valid. \
             Delete a plan that you no longer need, then try again.",
        ),
        (
            Language::ChineseSimplified,
            "eSIM 的空间不足。您的套餐仍然有效。请删除不再需要的套餐，然后重试。",
        ),
        (
            Language::ChineseTraditional,
            "eSIM 的空間不足。您的方案仍然有效。請刪除不再需要的方案，然後再試一次。",
        ),
        (
            Language::Japanese,
            "eSIM の空き容量が足りません。プランは引き続き有効です。\
             不要なプランを削除して、もう一度お試しください。",
        ),
        (
            Language::Spanish,
            "No hay espacio suficiente en la eSIM. Su plan sigue siendo válido. \
             Elimine un plan que ya no necesite e inténtelo de nuevo.",
        ),
        (
            Language::German,
            "Auf der eSIM ist nicht genug Platz. Ihr Tarif ist weiterhin gültig. \
             Löschen Sie einen Tarif, den Sie nicht mehr brauchen, und versuchen Sie es dann noch einmal.",
        ),
        (
            Language::French,
            "Il n’y a pas assez d’espace sur l’eSIM. Votre forfait est toujours valable. \
             Supprimez un forfait dont vous n’avez plus besoin, puis réessayez.",
        ),
    ] {
        let told = explain(key, &NONE, told.plan, told.advice, language);
        assert_eq!(told.to_string(), whole);
        assert_eq!(whole.matches(&told.what).count(), 1);
        assert!(whole.contains(told.plan) && whole.ends_with(told.advice));
    }
}

#[test]
fn the_situation_decides_about_plan_and_advice() {
    let usual = meaning("card.gone").unwrap();
    assert_eq!(usual.plan, PlanState::StillValid);
    let told =
        explain("card.gone", &NONE, PlanState::NotConcerned, Advice::Nothing, Language::German);
    assert_eq!((told.plan, told.advice), ("", ""));
    assert_eq!(told.to_string(), told.what);
}

#[test]
fn values_stand_in_isolates() {
    let told = english("server.http_status", &[("status", "503")]);
    assert_eq!(told, "The operator’s server has a problem (HTTP \u{2068}503\u{2069}).");
    for language in Language::ALL {
        let told = render("card.status", &[("status", "6A88")], *language);
        assert!(told.contains("\u{2068}6A88\u{2069}"), "{told}");
        assert!(!told.contains(['{', '}']), "{told}");
    }
}

#[test]
fn a_value_cannot_leave_its_isolate_or_break_the_line() {
    let hostile =
        "\u{2069}a\u{202E}b\u{2066}c\u{200F}\n\r\t\u{0}\u{1B}[31m\u{2028}d\u{FEFF}\u{061C}\u{9B}e";
    let told = english("card.refused", &[("code", hostile)]);
    assert_eq!(told, "The eSIM refused the request (code \u{2068}abc[31mde\u{2069}).");
}

#[test]
fn a_value_is_not_too_long_and_not_read_again() {
    let told = english("card.refused", &[("code", &"é".repeat(5000))]);
    assert_eq!(told.matches('é').count(), 100);
    assert!(told.contains("é…\u{2069})"), "{told}");
    let exact = english("card.refused", &[("code", &"é".repeat(100))]);
    assert!(!exact.contains('…'));
    let braces = english("card.refused", &[("code", "{status} {code} }{"), ("status", "PLANTED")]);
    assert!(braces.contains("\u{2068}{status} {code} }{\u{2069}"), "{braces}");
}

#[test]
fn what_is_missing_is_seen_and_what_is_too_much_is_not() {
    assert_eq!(english("card.refused", &[]), "The eSIM refused the request (code ?).");
    let told = english("card.gone", &[("code", "7")]);
    assert_eq!(told, "The eSIM was not found; it may have been removed.");
}

#[test]
fn a_key_from_another_version_gives_a_general_text_that_shows_it() {
    for language in Language::ALL {
        let told = render("future.key", &NONE, *language);
        assert!(told.contains("\u{2068}future.key\u{2069}"), "{told}");
    }
    assert_eq!(meaning("future.key"), None);
    let long = english(&"x\u{202E}".repeat(5000), &[]);
    assert!(long.chars().count() < 150 && !long.contains('\u{202E}'), "{long}");
    for odd in ["", " ", "# English", "server.refused.", "server.refused./", "{key}"] {
        assert!(!english(odd, &[]).is_empty(), "{odd}");
    }
}

#[test]
fn no_text_of_the_catalogue_shows_a_value_without_its_isolate() {
    let args = ["code", "status", "key", "name"].map(|name| (name, "42"));
    for language in Language::ALL {
        for (key, template) in language.texts().filter(|(key, _)| !key.contains('/')) {
            let told = render(key, &args, *language);
            let values = template.matches('{').count();
            assert_eq!(told.matches("\u{2068}42\u{2069}").count(), values, "{key}");
            assert_eq!(told.matches("42").count(), values, "{key}");
        }
    }
}
