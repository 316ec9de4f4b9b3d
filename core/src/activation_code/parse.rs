//! From text to value, field by field.

use zeroize::Zeroizing;

use super::error::{ActivationCodeError, ActivationCodeWarning};
use super::link::{self, Link};
use super::{ActivationCode, Address, MAX_TEXT_LENGTH, MatchingId, ObjectIdentifier, text};

/// The shortest and longest key identifier taken, in bytes (RFC 7093 truncates to 8; SHA-512 has 64).
///
/// The lower bound also keeps a confirmation code, printed here by mistake, from passing as a root CI.
const CI_PKID_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

/// What may pass besides what the standard allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// Take a code that ends after the address as one with an empty token.
    pub allow_missing_token: bool,
    /// Take `host:port` and names without a dot, such as `localhost`. Only while the app trusts a test CI.
    pub allow_port: bool,
    /// Take IP addresses, IPv6 in brackets. Only while the app trusts a test CI.
    pub allow_ip_address: bool,
}

impl ParseOptions {
    /// The standard's rules, for production.
    pub fn strict() -> Self {
        Self::default()
    }

    /// The standard's rules, but the token field may be missing.
    pub fn lenient() -> Self {
        Self { allow_missing_token: true, ..Self::default() }
    }

    /// Ports, plain names and IP addresses for test servers. Only while the app trusts a test CI.
    pub fn developer() -> Self {
        Self { allow_port: true, allow_ip_address: true, ..Self::default() }
    }
}

pub(super) fn parse(
    text: &str,
    options: &ParseOptions,
) -> Result<ActivationCode, ActivationCodeError> {
    let text = checked(text)?;
    match link::recognise(text) {
        Link::Nothing => parse_code(text, options),
        Link::WebPage => Err(ActivationCodeError::WebPage),
        Link::Several => Err(ActivationCodeError::SeveralCodes),
        Link::CardData(value) => match checked(&value).and_then(|code| parse_code(code, options)) {
            // A shop's link may use the same parameter name for something else.
            Err(ActivationCodeError::NotAnActivationCode) => Err(ActivationCodeError::WebPage),
            // `carddata=` without a value: a code cut short, while the text as such is not empty.
            Err(ActivationCodeError::Empty) => Err(ActivationCodeError::MissingAddress),
            result => result,
        },
    }
}

/// Trims, and refuses texts that no field rule needs to see.
fn checked(text: &str) -> Result<&str, ActivationCodeError> {
    if text.len() > MAX_TEXT_LENGTH {
        return Err(ActivationCodeError::TooLong { limit: MAX_TEXT_LENGTH });
    }
    let text = text::trim(text);
    if text.is_empty() {
        return Err(ActivationCodeError::Empty);
    }
    match text::position_of(text, char::is_control) {
        Some(position) => Err(ActivationCodeError::ControlCharacter { position }),
        None => Ok(text),
    }
}

fn parse_code(text: &str, options: &ParseOptions) -> Result<ActivationCode, ActivationCodeError> {
    if !is_percent_encoded(text) {
        return parse_plain(text, options);
    }
    let decoded = text::percent_decode(text).ok_or(ActivationCodeError::NotAnActivationCode)?;
    parse_plain(checked(&decoded)?, options)
}

/// No field may hold `$` or `%`, so encoded separators are unmistakable.
fn is_percent_encoded(text: &str) -> bool {
    text::strip_prefix_ignore_case(text, "LPA%3A").is_some()
        || (!text.contains('$') && text.contains("%24"))
}

fn parse_plain(text: &str, options: &ParseOptions) -> Result<ActivationCode, ActivationCodeError> {
    let unprefixed = text::strip_prefix_ignore_case(text, "LPA:");
    let mut fields = unprefixed.unwrap_or(text).split('$').map(text::trim);
    let version = fields.next().unwrap_or_default();
    check_version(version, text.contains('$'), unprefixed.is_some())?;

    let address = match fields.next() {
        None | Some("") => return Err(ActivationCodeError::MissingAddress),
        Some(address) => Address::parse_with(address, options)?,
    };
    let token = fields.next();
    if token.is_none() && !options.allow_missing_token {
        return Err(ActivationCodeError::MissingToken);
    }
    let mut code = ActivationCode::new(address, MatchingId::new(token.unwrap_or_default())?);
    if token.is_none() {
        code.parse_warnings.push(ActivationCodeWarning::MissingToken);
    }
    read_optional_fields(&mut code, fields)?;
    Ok(code)
}

fn check_version(
    version: &str,
    has_separator: bool,
    has_prefix: bool,
) -> Result<(), ActivationCodeError> {
    let looks_like_version =
        version.is_empty() || version.starts_with(|c: char| c.is_ascii_digit());
    match version {
        "1" => Ok(()),
        "" if has_prefix && !has_separator => Err(ActivationCodeError::MissingAddress),
        _ if has_prefix || (has_separator && looks_like_version) => {
            Err(ActivationCodeError::UnsupportedVersion)
        }
        _ => Err(ActivationCodeError::NotAnActivationCode),
    }
}

/// OID, confirmation code flag and the v3 fields; an empty field is as good as a missing one.
fn read_optional_fields<'a>(
    code: &mut ActivationCode,
    mut fields: impl Iterator<Item = &'a str>,
) -> Result<(), ActivationCodeError> {
    if let Some(oid) = fields.next().filter(|field| !field.is_empty()) {
        code.oid = Some(ObjectIdentifier::parse(oid).map_err(|_| ActivationCodeError::InvalidOid)?);
    }
    match fields.next().unwrap_or_default() {
        "" => {}
        "1" => code.confirmation_code_required = true,
        "0" => code.parse_warnings.push(ActivationCodeWarning::ConfirmationFlagZero),
        _ => return Err(ActivationCodeError::InvalidConfirmationFlag),
    }
    if let Some(ci_pkid) = fields.next().filter(|field| !field.is_empty()) {
        let bytes = text::from_hex(ci_pkid).filter(|bytes| CI_PKID_LENGTH.contains(&bytes.len()));
        code.ci_pkid = Some(bytes.ok_or(ActivationCodeError::InvalidCiPkId)?);
    }
    if let Some(data) = fields.next().filter(|field| !field.is_empty()) {
        code.device_change_data = Some(Zeroizing::new(data.to_owned()));
    }
    if fields.any(|field| !field.is_empty()) {
        code.parse_warnings.push(ActivationCodeWarning::UnknownFields);
    }
    Ok(())
}
