//! A person's locales choose a language that they read.

use lpakit_messages::Language;
use lpakit_messages::Language::{
    ChineseSimplified as Hans, ChineseTraditional as Hant, English, French, German, Japanese,
    Spanish,
};

#[test]
fn one_locale_names_a_language() {
    for (locale, language) in [
        ("en", English),
        ("en-GB", English),
        ("en_US.UTF-8", English),
        ("zh", Hans),
        ("zh-CN", Hans),
        ("zh_CN.GB18030", Hans),
        ("zh-SG", Hans),
        ("zh-MY", Hans),
        ("zh-Hans", Hans),
        ("zh-Hans-HK", Hans),
        ("zh-Hans-TW", Hans),
        ("cmn-Hans-CN", Hans),
        ("zh-Hant", Hant),
        ("zh-Hant-HK", Hant),
        ("zh-Hant-CN", Hant),
        ("zh_TW", Hant),
        ("zh_TW_#Hant", Hant),
        ("zh-Hant_TW", Hant),
        ("b+zh+Hant", Hant),
        ("zh-HK", Hant),
        ("zh-MO", Hant),
        ("yue-HK", Hant),
        ("yue-Hans-CN", Hans),
        ("ZH-HANT-tw", Hant),
        ("ja", Japanese),
        ("ja_JP.eucJP", Japanese),
        ("ja-JP-u-ca-japanese", Japanese),
        ("zh-u-rg-twzzzz", Hans),
        ("es", Spanish),
        ("es-419", Spanish),
        ("spa", Spanish),
        ("de_AT.UTF-8", German),
        ("de_DE@euro", German),
        ("gsw", English),
        ("fr-CA", French),
        ("fr;q=0.8", French),
        (" fr ", French),
    ] {
        assert_eq!(Language::negotiate(&[locale]), language, "{locale}");
    }
}

#[test]
fn the_first_locale_that_is_here_wins() {
    assert_eq!(Language::negotiate(&["pt-BR", "es-AR", "en"]), Spanish);
    assert_eq!(Language::negotiate(&["en-AU", "de"]), English);
    assert_eq!(Language::negotiate(&["", "C", "ja-JP", "fr"]), Japanese);
    assert_eq!(Language::negotiate(&[String::from("fr"), String::from("de")]), French);
}

#[test]
fn what_cannot_be_read_is_english() {
    let garbage =
        ["", " ", "C", "POSIX", "C.UTF-8", "-", "__", "zhongwen", "espana", "\u{0}", "🇩🇪"];
    for locale in garbage {
        assert_eq!(Language::of_locale(locale), None, "{locale:?}");
    }
    assert_eq!(Language::negotiate(&garbage), English);
    assert_eq!(Language::negotiate(&[] as &[&str]), English);
    assert_eq!(Language::negotiate(&["zh-".repeat(100_000)]), Hans);
}

#[test]
fn every_tag_names_its_own_language() {
    for language in Language::ALL {
        assert_eq!(Language::of_locale(language.tag()), Some(*language));
    }
    let tags: Vec<_> = Language::ALL.iter().map(|language| language.tag()).collect();
    assert_eq!(tags, ["en", "zh-Hans", "zh-Hant", "ja", "es", "de", "fr"]);
}
