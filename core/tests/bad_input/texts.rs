//! What people type, paste and scan: addresses, confirmation codes, tokens, and codes somewhere in long texts.

use lpakit::activation_code::{Address, MatchingId, ParseOptions};
use lpakit::messages::meaning;
use lpakit::{ActivationCode, ConfirmationCode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn options() -> impl Strategy<Value = ParseOptions> {
    let all = [ParseOptions::strict(), ParseOptions::lenient(), ParseOptions::developer()];
    select(all.to_vec())
}

/// Text that is nearly an address: names, ports, brackets, schemes, blanks.
fn nearly_an_address() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[A-Za-z0-9_-]{1,64}",
        "[0-9]{1,6}",
        select(vec![".", "..", ":", "[", "]", "::", "https://", "/", " ", "\u{200B}", "%", "-"])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn an_address_that_is_taken_says_the_same_again(
        text in prop_oneof![any::<String>(), nearly_an_address()], options in options(),
    ) {
        match Address::parse_with(&text, &options) {
            Ok(address) => {
                prop_assert_eq!(Address::parse_with(address.as_entered(), &options), Ok(address.clone()));
                prop_assert_eq!(Address::parse_with(&address.authority(), &options), Ok(address.clone()));
                prop_assert!(address.matches(&address.authority()));
                // A port and an IP address may be written in more than one way.
                prop_assert!(options.allow_port || address.matches(&text));
                // It stands in a URL as it is.
                prop_assert!(address.authority().bytes().all(|c| c.is_ascii_alphanumeric() || b"-._:[]".contains(&c)));
                prop_assert!(options.allow_port || !address.authority().contains(':'));
                prop_assert!(address.host().len() <= 253);
            }
            Err(error) => prop_assert!(meaning(error.key()).is_some(), "{}", error.key()),
        }
    }

    #[test]
    fn a_confirmation_code_is_taken_to_the_letter(
        text in prop_oneof![any::<String>(), "[ \u{FEFF}]{0,2}[0-9A-Za-zé]{0,70}[ \n]{0,2}"],
    ) {
        match ConfirmationCode::new(&text) {
            Ok(code) => {
                prop_assert!((1..=64).contains(&code.as_bytes().len()));
                let typed = str::from_utf8(code.as_bytes()).unwrap();
                prop_assert!(text.contains(typed));
                prop_assert_eq!(ConfirmationCode::new(typed), Ok(code.clone()));
                prop_assert_eq!(format!("{:?}", code), "ConfirmationCode(redacted)");
            }
            Err(error) => prop_assert!(meaning(error.key()).is_some(), "{}", error.key()),
        }
    }

    #[test]
    fn a_token_that_is_taken_survives_in_a_code(
        text in prop_oneof![any::<String>(), "[ -~]{0,40}", "[A-Z0-9-]{1000,1100}"],
    ) {
        match MatchingId::new(&text) {
            Ok(token) => {
                let code = ActivationCode::new(Address::parse("smdp.example.com").unwrap(), token);
                prop_assert_eq!(ActivationCode::parse(&code.to_text()), Ok(code.clone()));
                prop_assert_eq!(ActivationCode::parse(&code.to_qr_text()), Ok(code));
            }
            Err(error) => prop_assert!(meaning(error.key()).is_some(), "{}", error.key()),
        }
    }

    #[test]
    fn a_code_is_found_in_whatever_people_write_around_it(
        before in "([a-zA-Zéß,.!?]{0,12}[ \n]){0,30}", after in "([ \n][a-zA-Zéß,.!?]{0,12}){0,30}",
        token in "[A-Z0-9-]{1,40}", prefix in select(vec!["LPA:", "lpa:", "https://a.example/?carddata=LPA:"]),
    ) {
        let text = format!("{before}{prefix}1$smdp.example.com${token}{after}");
        let token = MatchingId::new(&token).unwrap();
        let code = ActivationCode::new(Address::parse("smdp.example.com").unwrap(), token);
        prop_assert_eq!(ActivationCode::find_in_text(&text, &ParseOptions::strict()), Ok(code));
    }

    #[test]
    fn long_texts_full_of_nearly_codes_are_searched_or_refused(
        word in "(lpa:|LPA%3A|https://|1\\$|\\PC){1,4}\\PC{0,20}[$%24]{0,3}", times in 1_usize..9000,
        options in options(),
    ) {
        let text = format!("{word} ").repeat(times);
        match ActivationCode::find_in_text(&text, &options) {
            Ok(code) => prop_assert_eq!(ActivationCode::parse_with(&code.to_text(), &options), Ok(code)),
            Err(error) => prop_assert!(meaning(error.key()).is_some(), "{}", error.key()),
        }
    }
}
