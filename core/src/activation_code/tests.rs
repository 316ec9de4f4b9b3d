//! Every shape of facts 1.1 to 1.5, accepted or refused, and properties over all of them.

use std::collections::HashSet;

use proptest::prelude::*;

use super::ActivationCodeError as E;
use super::ActivationCodeWarning as W;
use super::AddressFault as F;
use super::*;

const HOST: &str = "smdp.example.com";
const TOKEN: &str = "04386-AGYFT-A74Y8-3F815";
/// GSMA RSP2 root CI1.
const CI1: &str = "81370f5125d0b1d408d4c3b232e6d25e795bebfb";

fn parse(text: &str) -> Result<ActivationCode, ActivationCodeError> {
    ActivationCode::parse(text)
}

fn find(text: &str) -> Result<ActivationCode, ActivationCodeError> {
    ActivationCode::find_in_text(text, &ParseOptions::strict())
}

/// What nearly every accepted text below says.
fn usual() -> ActivationCode {
    ActivationCode::new(Address::parse(HOST).unwrap(), MatchingId::new(TOKEN).unwrap())
}

#[test]
fn reference_shapes() {
    let oid = "1.3.6.1.4.1.31746";
    let cases = [
        (format!("1$SMDP.GSMA.COM${TOKEN}"), TOKEN, None, false),
        (format!("1$SMDP.GSMA.COM${TOKEN}$$1"), TOKEN, None, true),
        (format!("1$SMDP.GSMA.COM${TOKEN}${oid}$1"), TOKEN, Some(oid), true),
        (format!("1$SMDP.GSMA.COM${TOKEN}${oid}"), TOKEN, Some(oid), false),
        (format!("1$SMDP.GSMA.COM$${oid}"), "", Some(oid), false),
        ("1$SMDP.GSMA.COM$".to_owned(), "", None, false),
        ("1$SMDP.GSMA.COM$$$1".to_owned(), "", None, true),
    ];
    for (text, token, oid, confirmation_code_required) in cases {
        let code = parse(&text).unwrap();
        assert_eq!(code.address().as_entered(), "SMDP.GSMA.COM");
        assert_eq!(code.address().host(), "smdp.gsma.com");
        assert_eq!(code.matching_id().as_str(), token);
        assert_eq!(code.matching_id().is_empty(), token.is_empty());
        assert_eq!(code.oid().map(ToString::to_string).as_deref(), oid);
        assert_eq!(code.confirmation_code_required(), confirmation_code_required);
        assert_eq!((code.ci_pkid(), code.delete_notification_for_device_change()), (None, None));
        assert_eq!(code.warnings(), []);
        assert_eq!(code.to_text(), text);
        assert_eq!(code.to_qr_text(), format!("LPA:{text}"));
    }
}

#[test]
fn trailing_empty_fields_mean_nothing() {
    for text in ["$", "$$", "$$$", "$$$$", "$$$$$"] {
        let code = parse(&format!("1${HOST}${TOKEN}{text}")).unwrap();
        assert_eq!(code, usual());
        assert_eq!(code.warnings(), []);
        assert_eq!(code.to_text(), format!("1${HOST}${TOKEN}"));
    }
}

#[test]
fn version_3_fields() {
    let code = parse(&format!("1${HOST}${TOKEN}$$${}$any thing+/=", CI1.to_uppercase())).unwrap();
    assert_eq!(code.ci_pkid().unwrap()[..3], [0x81, 0x37, 0x0F]);
    assert_eq!(code.delete_notification_for_device_change(), Some("any thing+/="));
    assert!(!code.confirmation_code_required());
    assert_eq!(code.warnings(), []);
    assert_eq!(code.to_text(), format!("1${HOST}${TOKEN}$$${CI1}$any thing+/="));

    let hyphens =
        parse(&format!("1${HOST}${TOKEN}$$1$81370F51-25D0B1D4-08D4C3B2-32E6D25E-795BEBFB"));
    let hyphens = hyphens.unwrap();
    assert_eq!(hyphens.ci_pkid(), code.ci_pkid());
    assert!(hyphens.confirmation_code_required());

    let device_change_only = parse(&format!("1${HOST}${TOKEN}$$$$X")).unwrap();
    assert_eq!(device_change_only.ci_pkid(), None);
    assert_eq!(device_change_only.delete_notification_for_device_change(), Some("X"));
    assert_eq!(device_change_only.to_text(), format!("1${HOST}${TOKEN}$$$$X"));

    let future = parse(&format!("1${HOST}${TOKEN}$$$$$new$")).unwrap();
    assert_eq!(future, usual());
    assert_eq!(future.warnings(), [W::UnknownFields]);
}

#[test]
fn spellings_of_the_usual_code() {
    let code = format!("1${HOST}${TOKEN}");
    let encoded = format!("LPA%3A1%24{HOST}%24{TOKEN}");
    let apple = "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=";
    let android = "https://esimsetup.android.com/esim_qrcode_provisioning?carddata=";
    let cases = [
        code.clone(),
        format!("LPA:{code}"),
        format!("lpa:{code}"),
        format!("Lpa:{code}"),
        format!("  LPA:{code}\r\n"),
        format!("\u{FEFF}LPA:{code}\u{200B}"),
        format!("\u{00A0}\t{code}\u{00A0}"),
        format!("LPA: 1 $ {HOST}\u{00A0}$\u{200B}{TOKEN} "),
        format!("1$ {HOST} ${TOKEN}"),
        encoded.clone(),
        encoded.to_lowercase().replace(&TOKEN.to_lowercase(), TOKEN),
        format!("LPA%3A{code}"),
        format!("LPA:1%24{HOST}%24{TOKEN}"),
        format!("1%24{HOST}%24{TOKEN}"),
        format!("{apple}LPA:{code}"),
        format!("{apple}{encoded}"),
        format!("{android}LPA:{code}"),
        format!("{android}{encoded}"),
        format!("{android}{}", encoded.replace('%', "%25")),
        format!("{apple}{code}"),
        format!("{apple}%20LPA:{code}%0A"),
        format!("https://carrier.example/go?lang=de&carddata=LPA:{code}&utm_source=mail#top"),
        format!("https://carrier.example/?carddata=LPA:{code}&carddata=LPA:{code}"),
        format!("HTTPS://ESIMSETUP.APPLE.COM/ESIM_QRCODE_PROVISIONING?CARDDATA=LPA:{code}"),
    ];
    for text in cases {
        assert_eq!(parse(&text), Ok(usual()), "{text:?}");
        assert_eq!(find(&text), Ok(usual()), "{text:?}");
    }
}

#[test]
fn refused_texts() {
    let wrong = |fault| E::InvalidAddress(fault);
    let long = |length: usize| format!("1${HOST}${}", "A".repeat(length - 3 - HOST.len()));
    let ten_kilobytes = long(10_000);
    let over_the_cap = format!("{}{}", " ".repeat(MAX_TEXT_LENGTH), "1$a.b$");
    let long_token = long(3 + HOST.len() + 1025);
    let cases: &[(&str, E)] = &[
        ("", E::Empty),
        (" \n\u{00A0}\u{200B}", E::Empty),
        (&ten_kilobytes, E::TooLong { limit: 4096 }),
        (&over_the_cap, E::TooLong { limit: 4096 }),
        ("1$a.example$T\u{7}K", E::ControlCharacter { position: 14 }),
        ("1$a.example$\nTK", E::ControlCharacter { position: 13 }),
        ("1$a.example\0$TK", E::ControlCharacter { position: 12 }),
        ("LPA%3A1%24a.example%24T%07K", E::ControlCharacter { position: 18 }),
        ("hello", E::NotAnActivationCode),
        ("11", E::NotAnActivationCode),
        ("only 5$", E::NotAnActivationCode),
        ("WIFI:S:cafe;P:a$b$c;;", E::NotAnActivationCode),
        ("LPA%3A1%24a.example%24%FF", E::NotAnActivationCode),
        ("http://example.com", E::WebPage),
        ("https://example.com/esim", E::WebPage),
        ("HTTPS://EXAMPLE.COM/?a=b", E::WebPage),
        ("https://example.com/?code=LPA:1$a.example$T", E::WebPage),
        ("https://example.com/#carddata=LPA:1$a.example$T", E::WebPage),
        ("https://example.com/?carddata=4711", E::WebPage),
        ("http://example.com/?carddata=LPA:1$a.example$T", E::WebPage),
        ("www.example.com/esim", E::WebPage),
        ("https://example.com/?carddata=", E::MissingAddress),
        (
            "https://example.com/?carddata=LPA:1$a.example$T&CardData=LPA:1$b.example$T",
            E::SeveralCodes,
        ),
        ("https://example.com/?carddata=4711&x=y&carddata=LPA:1$a.example$T", E::SeveralCodes),
        ("https://example.com/?carddata=LPA:2$a.example$T", E::UnsupportedVersion),
        ("2$a.example$T", E::UnsupportedVersion),
        ("$a.example$T", E::UnsupportedVersion),
        ("01$a.example$T", E::UnsupportedVersion),
        ("1xyz$a.example$T", E::UnsupportedVersion),
        ("LPA:1xyz$a.example$T", E::UnsupportedVersion),
        ("LPA:$a.example$T", E::UnsupportedVersion),
        ("LPA:LPA:1$a.example$T", E::UnsupportedVersion),
        ("LPA:a.example", E::UnsupportedVersion),
        ("LPA:", E::MissingAddress),
        ("LPA:1", E::MissingAddress),
        ("1$", E::MissingAddress),
        ("1$$T", E::MissingAddress),
        ("1$ $T", E::MissingAddress),
        ("1$a.example", E::MissingToken),
        ("1$https://a.example$T", wrong(F::Character { position: 6 })),
        ("1$a.example/path$T", wrong(F::Character { position: 10 })),
        ("1$a.example?q$T", wrong(F::Character { position: 10 })),
        ("1$a.example#f$T", wrong(F::Character { position: 10 })),
        ("1$user@a.example$T", wrong(F::Character { position: 5 })),
        ("1$a%2eexample$T", wrong(F::Character { position: 2 })),
        ("1$a .example$T", wrong(F::Character { position: 2 })),
        ("1$a\u{200B}.example$T", wrong(F::Character { position: 2 })),
        ("1$bücher.example$T", wrong(F::Character { position: 2 })),
        ("1$a*.example$T", wrong(F::Character { position: 2 })),
        ("1$[a.example]$T", wrong(F::Character { position: 1 })),
        ("1$a..example$T", wrong(F::EmptyLabel)),
        ("1$.a.example$T", wrong(F::EmptyLabel)),
        ("1$a.example.$T", wrong(F::EmptyLabel)),
        ("1$-a.example$T", wrong(F::HyphenAtLabelEdge)),
        ("1$a.example-$T", wrong(F::HyphenAtLabelEdge)),
        ("1$localhost$T", wrong(F::NotFullyQualified)),
        ("1$127.1$T", wrong(F::EndsInANumber)),
        ("1$0x7f.0X1$T", wrong(F::EndsInANumber)),
        ("1$2130706433$T", wrong(F::EndsInANumber)),
        ("1$a.example:8443$T", E::PortNotAllowed),
        ("1$a.example:$T", E::PortNotAllowed),
        ("1$127.0.0.1$T", E::IpAddressNotAllowed),
        ("1$127.0.0.1:443$T", E::IpAddressNotAllowed),
        ("1$[::1]:443$T", E::IpAddressNotAllowed),
        ("1$::1$T", E::IpAddressNotAllowed),
        ("1$a.example$Tök", E::InvalidToken { position: 2 }),
        ("1$a.example$T\u{200B}K", E::InvalidToken { position: 2 }),
        (&long_token, E::TokenTooLong { limit: 1024 }),
        ("1$a.example$T$1.2.x", E::InvalidOid),
        ("1$a.example$T$3.1", E::InvalidOid),
        ("1$a.example$T$1", E::InvalidOid),
        ("1$a.example$T$$2", E::InvalidConfirmationFlag),
        ("1$a.example$T$$true", E::InvalidConfirmationFlag),
        ("1$a.example$T$$1234", E::InvalidConfirmationFlag),
        ("1$a.example$T$$1$1234", E::InvalidCiPkId),
        ("1$a.example$T$$1$12345678", E::InvalidCiPkId),
        ("1$a.example$T$$1$8137xx", E::InvalidCiPkId),
    ];
    for (text, error) in cases {
        assert_eq!(parse(text), Err(*error), "{text:?}");
    }
}

#[test]
fn length_limits_of_an_address() {
    let address = |label: usize, labels: usize| vec!["a".repeat(label); labels].join(".");
    assert!(Address::parse(&address(63, 2)).is_ok());
    assert_eq!(Address::parse(&address(64, 2)), Err(E::InvalidAddress(F::LabelTooLong)));
    let longest = format!("{}.{}", address(63, 3), "a".repeat(61));
    assert_eq!(longest.len(), 253);
    assert!(Address::parse(&longest).is_ok());
    assert_eq!(Address::parse(&format!("{longest}a")), Err(E::InvalidAddress(F::TooLong)));
}

#[test]
fn addresses_of_test_servers() {
    let developer = ParseOptions::developer();
    let cases = [
        ("localhost", "localhost", None, "localhost"),
        ("LOCALHOST:8443", "localhost", Some(8443), "localhost:8443"),
        ("SMDP.Example.com:443", HOST, Some(443), "smdp.example.com:443"),
        ("127.0.0.1:8443", "127.0.0.1", Some(8443), "127.0.0.1:8443"),
        ("[0:0::1]:8443", "[::1]", Some(8443), "[::1]:8443"),
        ("fe80::1", "[fe80::1]", None, "[fe80::1]"),
    ];
    for (text, host, port, authority) in cases {
        let code = ActivationCode::parse_with(&format!("1${text}$T"), &developer).unwrap();
        let address = code.address();
        assert_eq!((address.host(), address.port()), (host, port), "{text}");
        assert_eq!(address.authority(), authority);
        assert_eq!(address.to_string(), text);
        assert_eq!(ActivationCode::parse_with(&code.to_text(), &developer), Ok(code));
    }
    for (text, fault) in [
        ("a.example:0", F::InvalidPort),
        ("a.example:65536", F::InvalidPort),
        ("a.example:", F::InvalidPort),
        ("127.1", F::EndsInANumber),
        ("a b:80", F::Character { position: 2 }),
    ] {
        let result = Address::parse_with(text, &developer);
        assert_eq!(result, Err(E::InvalidAddress(fault)), "{text}");
    }
    let ports_only = ParseOptions { allow_port: true, ..ParseOptions::strict() };
    assert!(Address::parse_with("localhost:1", &ports_only).is_ok());
    assert_eq!(Address::parse_with("127.0.0.1:1", &ports_only), Err(E::IpAddressNotAllowed));
}

#[test]
fn addresses_compare_without_case() {
    let one = Address::parse("SMDP.Example.COM").unwrap();
    let other: Address = " smdp.example.com ".parse().unwrap();
    assert_eq!(one, other);
    assert_eq!(HashSet::from([one.clone(), other]).len(), 1);
    assert_ne!(one, Address::parse("smdp.example.org").unwrap());
    assert!(one.matches("smdp.EXAMPLE.com"));
    assert!(!one.matches("smdp.example.com:443"));
    assert!(!one.matches("example.com"));
    assert!(Address::parse("xn--bcher-kva.example").is_ok());
    assert!(Address::parse("rsp_1.example").is_ok());

    let port = Address::parse_with("a.example:8443", &ParseOptions::developer()).unwrap();
    assert_ne!(port, Address::parse("a.example").unwrap());
    assert!(port.matches("A.example") && port.matches("A.example:8443"));
    assert!(!port.matches("a.example:8444"));
}

#[test]
fn lenient_about_the_token() {
    let lenient = ParseOptions::lenient();
    let code = ActivationCode::parse_with(&format!("LPA:1${HOST}"), &lenient).unwrap();
    assert!(code.matching_id().is_empty());
    assert_eq!(code.warnings(), [W::MissingToken]);
    assert_eq!(code.to_text(), format!("1${HOST}$"));
    assert_eq!(ActivationCode::parse_with("LPA:1$", &lenient), Err(E::MissingAddress));
    assert_eq!(ActivationCode::parse_with("LPA:1", &lenient), Err(E::MissingAddress));
}

#[test]
fn warnings_do_not_make_another_code() {
    let zero = parse(&format!("1${HOST}${TOKEN}$$0")).unwrap();
    assert_eq!(zero, usual());
    assert_eq!(zero.warnings(), [W::ConfirmationFlagZero]);

    let odd = parse(&format!("1${HOST}$to ken_&+")).unwrap();
    assert_eq!(odd.matching_id().as_str(), "to ken_&+");
    assert_eq!(odd.warnings(), [W::UnusualTokenCharacters]);

    let lower_case = parse(&format!("1${HOST}$aBc-9")).unwrap();
    assert_eq!(lower_case.matching_id().as_str(), "aBc-9");
    assert_eq!(lower_case.warnings(), []);

    for (length, expected) in [(255, vec![]), (256, vec![W::LongerThanStandard])] {
        let text = format!("1${HOST}${}", "A".repeat(length - 3 - HOST.len()));
        assert_eq!(text.len(), length);
        assert_eq!(parse(&format!("LPA:{text}")).unwrap().warnings(), expected);
    }
}

#[test]
fn made_from_parts() {
    let oid = ObjectIdentifier::parse("2.999.1").unwrap();
    let code = usual().with_oid(oid).with_confirmation_code_required(true);
    assert_eq!(code.to_text(), format!("1${HOST}${TOKEN}$2.999.1$1"));
    assert_eq!(
        code.with_confirmation_code_required(false).to_text(),
        format!("1${HOST}${TOKEN}$2.999.1")
    );
    let bare = ActivationCode::new(Address::parse(HOST).unwrap(), MatchingId::empty());
    assert_eq!(bare.to_text(), format!("1${HOST}$"));
    assert_eq!(MatchingId::new(" A$B"), Err(E::InvalidToken { position: 2 }));
    assert_eq!(MatchingId::new(" A-b\n").unwrap().as_str(), "A-b");
}

#[test]
fn found_in_running_text() {
    let code = format!("1${HOST}${TOKEN}");
    let link = format!("https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:{code}");
    let texts = [
        format!("Your eSIM is ready! Code: LPA:{code}."),
        format!("Code:LPA:{code}, valid until May"),
        format!("Dear customer,\n\n\tlpa:{code}\n\nYours"),
        format!("<a href=\"{link}\">install</a>"),
        format!("See https://example.com/help or tap ({link})"),
        format!("See http://example.com/help, then “LPA:{code}”"),
        format!("LPA%3A{} and more", code.replace('$', "%24")),
        format!("Address and code: {code}"),
        format!("*LPA:{code}*"),
        format!("first LPA:2$x.example$Y then LPA:{code}"),
        format!("costs 1$ or 1$ a day; LPA:{code}"),
        format!("LPA:{code} LPA:1$other.example$X"),
    ];
    for text in texts {
        assert_eq!(find(&text), Ok(usual()), "{text}");
    }
    let odd = "1$smdp.example.com$TO KEN";
    assert_eq!(find(odd).unwrap().matching_id().as_str(), "TO", "a token has no blanks");
    let developer = ParseOptions::developer();
    assert!(ActivationCode::find_in_text("use LPA:1$localhost:8443$T", &developer).is_ok());
}

#[test]
fn not_found_in_running_text() {
    let too_long = "x ".repeat(MAX_SEARCH_LENGTH);
    let cases: &[(&str, E)] = &[
        ("", E::Empty),
        ("nothing of interest here", E::NotAnActivationCode),
        ("a coffee is 1$ or 1$2$", E::NotAnActivationCode),
        ("1$2$", E::InvalidAddress(F::EndsInANumber)),
        ("see https://example.com/esim for more", E::WebPage),
        ("see https://example.com/ or LPA:1$smdp.example.com", E::MissingToken),
        ("LPA:2$a.example$T or LPA:1$a.example", E::UnsupportedVersion),
        ("LPA:1$a.example:80$T", E::PortNotAllowed),
        (&too_long, E::TooLong { limit: 65_536 }),
    ];
    for (text, error) in cases {
        assert_eq!(find(text), Err(*error), "{text:.80}");
    }
    let long_mail = format!("{} LPA:1${HOST}${TOKEN} {}", "x ".repeat(9_000), "x ".repeat(9_000));
    assert_eq!(find(&long_mail), Ok(usual()));
}

#[test]
fn secrets_are_never_shown() {
    let code = parse(&format!("1${HOST}$5EC4E7${}${}${CI1}$0LDD3V1C3", "1.2.3", 1)).unwrap();
    let shown = format!("{code:?} {:?} {:#?}", code.matching_id(), code);
    assert!(shown.contains(HOST) && shown.contains(CI1) && shown.contains("1.2.3"));
    assert!(!shown.contains("5EC4E7") && !shown.contains("0LDD3V1C3"), "{shown}");
    assert_eq!(format!("{:?}", MatchingId::empty()), "MatchingId(empty)");

    for text in [
        "1$5EC4E7@x$5EC4E7",
        "5EC4E7",
        "2$5EC4E7$5EC4E7",
        "1$a.b$5EC4E7é",
        "1$a.b$T$5EC4E7",
        "1$a.b$T$$5EC4E7",
    ] {
        let error = parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("5EC4E7"), "{error:?}");
    }
}

#[test]
fn keys_are_one_per_error() {
    let errors = [
        E::Empty,
        E::TooLong { limit: 1 },
        E::ControlCharacter { position: 1 },
        E::NotAnActivationCode,
        E::WebPage,
        E::UnsupportedVersion,
        E::MissingAddress,
        E::MissingToken,
        E::InvalidAddress(F::EmptyLabel),
        E::PortNotAllowed,
        E::IpAddressNotAllowed,
        E::InvalidToken { position: 1 },
        E::TokenTooLong { limit: 1 },
        E::InvalidOid,
        E::InvalidConfirmationFlag,
        E::InvalidCiPkId,
    ];
    let warnings = [
        W::MissingToken,
        W::UnusualTokenCharacters,
        W::ConfirmationFlagZero,
        W::UnknownFields,
        W::LongerThanStandard,
    ];
    let keys = errors.iter().map(E::key).chain(warnings.iter().map(W::key));
    let keys: HashSet<_> = keys.collect();
    assert_eq!(keys.len(), errors.len() + warnings.len());
    assert!(keys.iter().all(|key| key.starts_with("activation_code.")));
    assert_eq!(E::UnsupportedVersion.key(), "activation_code.unsupported_version");
}

/// Any code that can be written, as its fields.
fn any_code_text() -> impl Strategy<Value = String> {
    let label = "[A-Za-z0-9]([A-Za-z0-9_-]{0,20}[A-Za-z0-9])?";
    let address = format!("({label}\\.){{1,4}}[A-Za-z]{{2,10}}");
    let address = prop::string::string_regex(&address).unwrap();
    let token = "([!-#%-~]([ -#%-~]{0,60}[!-#%-~])?)?";
    let oid = "([01]\\.[1-3]?[0-9]|2\\.[1-9][0-9]{0,30}|2\\.0)(\\.(0|[1-9][0-9]{0,30})){0,5}";
    let ci_pkid = prop::collection::vec(any::<u8>(), 8..=64).prop_map(|bytes| text::to_hex(&bytes));
    let opaque = "[A-Za-z0-9+/=é.-]{1,200}";
    let optional =
        (prop::option::of(oid), any::<bool>(), prop::option::of(ci_pkid), prop::option::of(opaque));
    (address, token, optional).prop_map(|(address, token, (oid, flag, ci_pkid, opaque))| {
        let flag = if flag { "1" } else { "" };
        let [oid, ci_pkid, opaque] = [oid, ci_pkid, opaque].map(Option::unwrap_or_default);
        format!("1${address}${token}${oid}${flag}${ci_pkid}${opaque}")
    })
}

/// Text that begins like a code or a setup link.
fn almost_a_code() -> impl Strategy<Value = String> {
    let start = "((?i:lpa:)|(?i:lpa%3a)|https://\\PC{0,5}\\?carddata=)?";
    let pattern = format!("{start}1?[$%24]{{0,3}}\\PC{{0,40}}[$%24]{{0,3}}\\PC{{0,20}}");
    prop::string::string_regex(&pattern).unwrap()
}

proptest! {
    #[test]
    fn value_to_text_to_value(text in any_code_text(), prefix in prop::bool::ANY) {
        let given = if prefix { format!("lpa:{text}") } else { text.clone() };
        let code = parse(&given).unwrap();
        let written = code.to_text();
        let no_token_nor_more = text.split('$').skip(2).all(str::is_empty);
        let end = if no_token_nor_more { "$" } else { "" };
        prop_assert_eq!(&written, &format!("{}{end}", text.trim_end_matches('$')));
        prop_assert_eq!(parse(&written), Ok(code.clone()));
        prop_assert_eq!(parse(&code.to_qr_text()), Ok(code));
    }

    #[test]
    fn percent_encoding_changes_nothing(text in any_code_text()) {
        let encode = |c: char| match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' => c.to_string(),
            _ => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
        };
        let encoded: String = format!("LPA:{text}").chars().map(encode).collect();
        let code = parse(&text);
        prop_assert!(code.is_ok());
        prop_assert_eq!(parse(&encoded), code.clone());
        prop_assert_eq!(parse(&format!("https://a.example/b?x=1&carddata={encoded}#c")), code);
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in any::<String>(), near in almost_a_code()) {
        let options = [ParseOptions::strict(), ParseOptions::lenient(), ParseOptions::developer()];
        for (text, options) in [&text, &near].into_iter().flat_map(|text| options.map(|o| (text, o))) {
            let parsed = ActivationCode::parse_with(text, &options);
            for result in [parsed, ActivationCode::find_in_text(text, &options)] {
                match result {
                    Ok(code) => {
                        let again = ActivationCode::parse_with(&code.to_text(), &options);
                        prop_assert_eq!(again, Ok(code));
                    }
                    Err(error) => prop_assert!(error.key().starts_with("activation_code.")),
                }
            }
        }
    }

    #[test]
    fn a_cut_or_changed_code_is_parsed_without_panic(
        code in any_code_text(), cut in 0usize..300, change in any::<char>(),
    ) {
        let mut text: String = code.chars().take(cut).collect();
        let _ = parse(&text);
        text.push(change);
        text.extend(code.chars().skip(cut + 1));
        let _ = parse(&text);
    }
}
