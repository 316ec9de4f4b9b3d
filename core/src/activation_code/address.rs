//! The SM-DP+ address of an activation code.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::error::{ActivationCodeError, AddressFault};
use super::parse::ParseOptions;
use super::text;

const MAX_NAME_LENGTH: usize = 253;
const MAX_LABEL_LENGTH: usize = 63;

/// The host name of an SM-DP+, checked so that it can stand in a URL as it is (SGP.22 clause 4.1).
///
/// `Display` gives it as entered; [`Address::host`] is lower case for DNS and TLS. Equality and hashing go by the
/// lower-case form, since servers and codes differ in case.
#[derive(Debug, Clone)]
pub struct Address {
    as_entered: String,
    host: String,
    port: Option<u16>,
}

impl Address {
    /// Checks an address with the rules for production: a fully qualified host name and nothing else.
    ///
    /// # Errors
    /// As [`Address::parse_with`].
    pub fn parse(text: &str) -> Result<Self, ActivationCodeError> {
        Self::parse_with(text, &ParseOptions::strict())
    }

    /// Checks an address; blanks and invisible characters around it are removed.
    ///
    /// International names must be written in their `xn--` form. The options may let ports, names without a dot
    /// and IP addresses pass, for test servers.
    ///
    /// # Errors
    /// [`ActivationCodeError::MissingAddress`] when empty, [`ActivationCodeError::PortNotAllowed`],
    /// [`ActivationCodeError::IpAddressNotAllowed`], or [`ActivationCodeError::InvalidAddress`].
    pub fn parse_with(text: &str, options: &ParseOptions) -> Result<Self, ActivationCodeError> {
        let entered = text::trim(text);
        if entered.is_empty() {
            return Err(ActivationCodeError::MissingAddress);
        }
        let (name, port) = split_port(entered);
        let host = match ip_literal(name) {
            Some(_) if !options.allow_ip_address => {
                return Err(ActivationCodeError::IpAddressNotAllowed);
            }
            Some(literal) => literal,
            None => check_name(name, options).map_err(ActivationCodeError::InvalidAddress)?,
        };
        if port.is_some() && !options.allow_port {
            return Err(ActivationCodeError::PortNotAllowed);
        }
        let port = port.map(port_number).transpose()?;
        Ok(Self { as_entered: entered.to_owned(), host, port })
    }

    /// The address as it was entered, for display.
    pub fn as_entered(&self) -> &str {
        &self.as_entered
    }

    /// The host in lower case, without port; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of a test server. Always `None` for addresses parsed with the rules for production.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host in lower case and port, as they stand in a URL.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether a server's spelling of its own address means this one (SGP.22 clause 5.6.1).
    ///
    /// Case does not count. A test server may leave out its port, because the standard knows names only.
    pub fn matches(&self, other: &str) -> bool {
        let other = text::trim(other);
        other.eq_ignore_ascii_case(&self.host) || other.eq_ignore_ascii_case(&self.authority())
    }
}

/// Cuts `:digits` off the end. A colon inside brackets belongs to an IPv6 address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            (name, Some(port))
        }
        _ => (text, None),
    }
}

fn port_number(digits: &str) -> Result<u16, ActivationCodeError> {
    let port = digits.parse().ok().filter(|port| *port != 0);
    port.ok_or(ActivationCodeError::InvalidAddress(AddressFault::InvalidPort))
}

/// The canonical text of an IP address, IPv6 in brackets.
fn ip_literal(name: &str) -> Option<String> {
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return Some(address.to_string());
    }
    let in_brackets = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = in_brackets.unwrap_or(name).parse::<Ipv6Addr>().ok()?;
    Some(format!("[{address}]"))
}

/// The name in lower case, if it is a host name (RFC 1123, and underscores, which occur).
fn check_name(name: &str, options: &ParseOptions) -> Result<String, AddressFault> {
    if let Some(position) = text::position_of(name, |c| !is_name_character(c)) {
        return Err(AddressFault::Character { position });
    }
    if name.len() > MAX_NAME_LENGTH {
        return Err(AddressFault::TooLong);
    }
    for label in name.split('.') {
        check_label(label)?;
    }
    if ends_in_a_number(name) {
        return Err(AddressFault::EndsInANumber);
    }
    if !name.contains('.') && !options.allow_port {
        return Err(AddressFault::NotFullyQualified);
    }
    Ok(name.to_ascii_lowercase())
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

/// URL parsers read such names (`127.1`, `0x7f.1`) as IPv4 addresses, so they would slip past the check for those.
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    match text::strip_prefix_ignore_case(last, "0x") {
        Some(hex) => hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn check_label(label: &str) -> Result<(), AddressFault> {
    if label.is_empty() {
        return Err(AddressFault::EmptyLabel);
    }
    if label.len() > MAX_LABEL_LENGTH {
        return Err(AddressFault::LabelTooLong);
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(AddressFault::HyphenAtLabelEdge);
    }
    Ok(())
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.host.hash(state);
        self.port.hash(state);
    }
}

impl FromStr for Address {
    type Err = ActivationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_entered)
    }
}
