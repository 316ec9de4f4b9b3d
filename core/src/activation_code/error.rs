//! Why a text is not an activation code, and what is odd about one that is.

use thiserror::Error;

/// Why a text is not a usable activation code. Names fields and positions, never their content.
///
/// Positions count characters from 1: within the field for a field's error, within the trimmed text otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ActivationCodeError {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Longer than any activation code; nothing of it was looked at.
    #[error("the text is longer than {limit} bytes")]
    TooLong {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// A control character (a newline or a tab, for instance) inside the text.
    #[error("control character at position {position}")]
    ControlCharacter {
        /// Where in the text.
        position: usize,
    },
    /// Some other text, or no code found in it.
    #[error("not an activation code")]
    NotAnActivationCode,
    /// A link to a web page that carries no activation code.
    #[error("a web page, not an activation code")]
    WebPage,
    /// A setup link with several codes that differ.
    #[error("a link with more than one activation code")]
    SeveralCodes,
    /// The format is not `1`.
    #[error("unsupported activation code version")]
    UnsupportedVersion,
    /// Cut short, or empty where the SM-DP+ address should be.
    #[error("the activation code has no SM-DP+ address")]
    MissingAddress,
    /// Cut short after the address. An order without token still has the empty field.
    #[error("the activation code ends before its token")]
    MissingToken,
    /// The SM-DP+ address is not a host name.
    #[error("invalid SM-DP+ address: {0}")]
    InvalidAddress(AddressFault),
    /// `host:port` without the option for test servers.
    #[error("the SM-DP+ address must not have a port")]
    PortNotAllowed,
    /// An IP address without the option for test servers.
    #[error("the SM-DP+ address must be a host name, not an IP address")]
    IpAddressNotAllowed,
    /// The token holds a control character, `$` or a character outside ASCII.
    #[error("invalid character in the token at position {position}")]
    InvalidToken {
        /// Where in the token.
        position: usize,
    },
    /// The token is longer than any in use.
    #[error("the token is longer than {limit} characters")]
    TokenTooLong {
        /// The limit that was passed, in characters.
        limit: usize,
    },
    /// The SM-DP+ OID is not a dotted object identifier.
    #[error("invalid SM-DP+ OID")]
    InvalidOid,
    /// The confirmation code flag is neither empty nor `1` nor `0`.
    #[error("invalid confirmation code flag")]
    InvalidConfirmationFlag,
    /// The CI public key identifier is not hexadecimal, or not the length of a key identifier.
    #[error("invalid CI public key identifier")]
    InvalidCiPkId,
}

impl ActivationCodeError {
    /// A stable name of this error for apps, catalogues and telemetry. The list may grow.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "activation_code.empty",
            Self::TooLong { .. } => "activation_code.too_long",
            Self::ControlCharacter { .. } => "activation_code.control_character",
            Self::NotAnActivationCode => "activation_code.not_an_activation_code",
            Self::WebPage => "activation_code.web_page",
            Self::SeveralCodes => "activation_code.several_codes",
            Self::UnsupportedVersion => "activation_code.unsupported_version",
            Self::MissingAddress => "activation_code.missing_address",
            Self::MissingToken => "activation_code.missing_token",
            Self::InvalidAddress(_) => "activation_code.invalid_address",
            Self::PortNotAllowed => "activation_code.port_not_allowed",
            Self::IpAddressNotAllowed => "activation_code.ip_address_not_allowed",
            Self::InvalidToken { .. } => "activation_code.invalid_token",
            Self::TokenTooLong { .. } => "activation_code.token_too_long",
            Self::InvalidOid => "activation_code.invalid_oid",
            Self::InvalidConfirmationFlag => "activation_code.invalid_confirmation_flag",
            Self::InvalidCiPkId => "activation_code.invalid_ci_pkid",
        }
    }
}

/// What is wrong with the spelling of an SM-DP+ address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressFault {
    /// A character that no host name has: a scheme's or a path's, a blank, or one outside ASCII.
    #[error("character at position {position} is not allowed in a host name")]
    Character {
        /// Where in the address, counted in characters from 1.
        position: usize,
    },
    /// Two dots in a row, or a dot at an end.
    #[error("empty label")]
    EmptyLabel,
    /// A part between dots longer than 63 characters.
    #[error("label longer than 63 characters")]
    LabelTooLong,
    /// The whole name is longer than 253 characters.
    #[error("longer than 253 characters")]
    TooLong,
    /// A part between dots starts or ends with a hyphen.
    #[error("label starts or ends with a hyphen")]
    HyphenAtLabelEdge,
    /// A name without a dot, such as `localhost`.
    #[error("not a fully qualified name")]
    NotFullyQualified,
    /// A name that ends in a number, which some programs would read as an IP address.
    #[error("ends in a number")]
    EndsInANumber,
    /// A port outside 1 to 65535.
    #[error("invalid port")]
    InvalidPort,
}

/// What is odd about an activation code that can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivationCodeWarning {
    /// The token field is missing altogether; taken as empty because the options allow it.
    MissingToken,
    /// The token has characters other than ASCII letters, digits and hyphen.
    UnusualTokenCharacters,
    /// The confirmation code flag is `0`, which the standard does not know; taken as not required.
    ConfirmationFlagZero,
    /// Fields after the seventh were ignored.
    UnknownFields,
    /// More than the 255 characters of SGP.22 v2.
    LongerThanStandard,
}

impl ActivationCodeWarning {
    /// A stable name of this warning. The list may grow.
    pub fn key(&self) -> &'static str {
        match self {
            Self::MissingToken => "activation_code.warning.missing_token",
            Self::UnusualTokenCharacters => "activation_code.warning.unusual_token_characters",
            Self::ConfirmationFlagZero => "activation_code.warning.confirmation_flag_zero",
            Self::UnknownFields => "activation_code.warning.unknown_fields",
            Self::LongerThanStandard => "activation_code.warning.longer_than_standard",
        }
    }
}
