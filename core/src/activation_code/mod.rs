//! The activation code: what a person scans, types, pastes or follows as a link (SGP.22 clause 4.1).
//!
//! [`ActivationCode::parse`] reads every shape met in the field: the bare code of a letter, the `LPA:` text of a
//! QR code, percent-encoded deep links and the setup links of phone makers. [`ActivationCode::find_in_text`] looks
//! for one inside a longer text such as a clipboard. The value writes itself back with [`ActivationCode::to_text`].
//!
//! The token ([`MatchingId`]) is worth a paid plan until it is used, so it never stands in `Debug` output, in an
//! error or in a warning, and is wiped from memory when dropped.

mod address;
mod confirmation_code;
mod error;
mod find;
mod link;
mod matching_id;
mod parse;
mod text;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use confirmation_code::{ConfirmationCode, ConfirmationCodeError};
pub use error::{ActivationCodeError, ActivationCodeWarning, AddressFault};
pub use lpakit_rsp::ObjectIdentifier;
pub use matching_id::MatchingId;
pub use parse::ParseOptions;

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// The longest text [`ActivationCode::parse`] looks at, in bytes.
///
/// Far above the 255 characters of SGP.22 v2, because a v3 code with device-change data may exceed them.
pub const MAX_TEXT_LENGTH: usize = 4096;

/// The longest text [`ActivationCode::find_in_text`] searches, in bytes.
pub const MAX_SEARCH_LENGTH: usize = 65_536;

/// The longest activation code SGP.22 v2 knows, in characters, without the `LPA:` prefix.
const STANDARD_LENGTH: usize = 255;

/// Where a profile waits and the token to ask for it with (SGP.22 clause 4.1, format 1).
///
/// ```text
/// 1$<SM-DP+ address>$<token>[$[<SM-DP+ OID>][$[<confirmation code required>][$[<CI PKID>][$<device change data>]]]]
/// ```
///
/// Equality compares what the code says; spelling of the address and warnings do not count.
#[derive(Clone)]
pub struct ActivationCode {
    address: Address,
    matching_id: MatchingId,
    oid: Option<ObjectIdentifier>,
    confirmation_code_required: bool,
    ci_pkid: Option<Vec<u8>>,
    device_change_data: Option<Zeroizing<String>>,
    parse_warnings: Vec<ActivationCodeWarning>,
}

impl ActivationCode {
    /// A code from parts that an app already holds, for example from its own back end.
    pub fn new(address: Address, matching_id: MatchingId) -> Self {
        Self {
            address,
            matching_id,
            oid: None,
            confirmation_code_required: false,
            ci_pkid: None,
            device_change_data: None,
            parse_warnings: Vec::new(),
        }
    }

    /// The same code, valid only for the SM-DP+ whose certificate carries this OID.
    #[must_use]
    pub fn with_oid(mut self, oid: ObjectIdentifier) -> Self {
        self.oid = Some(oid);
        self
    }

    /// The same code, saying whether a confirmation code will be asked for.
    #[must_use]
    pub fn with_confirmation_code_required(mut self, required: bool) -> Self {
        self.confirmation_code_required = required;
        self
    }

    /// Reads an activation code with the rules for production: see [`ActivationCode::parse_with`].
    ///
    /// # Errors
    /// [`ActivationCodeError`] says what kind of text it is instead, or which field is wrong.
    pub fn parse(text: &str) -> Result<Self, ActivationCodeError> {
        Self::parse_with(text, &ParseOptions::strict())
    }

    /// Reads an activation code, an `LPA:` text (any case), a percent-encoded one, or a setup link: an `https`
    /// link with a `carddata` parameter, whatever its host.
    ///
    /// Blanks, no-break spaces, zero-width characters and newlines around the text, and blanks around each field,
    /// are ignored. The token keeps its case. Trailing empty fields may be missing, and fields after the seventh
    /// are ignored with a warning.
    ///
    /// # Errors
    /// [`ActivationCodeError`] says what kind of text it is instead, or which field is wrong.
    pub fn parse_with(text: &str, options: &ParseOptions) -> Result<Self, ActivationCodeError> {
        parse::parse(text, options)
    }

    /// Finds the first activation code or setup link inside a longer text, such as a clipboard or a message.
    ///
    /// # Errors
    /// [`ActivationCodeError::NotAnActivationCode`] when there is none, [`ActivationCodeError::WebPage`] when there
    /// is none but a web link, or the error of the first thing that looked like a code.
    pub fn find_in_text(text: &str, options: &ParseOptions) -> Result<Self, ActivationCodeError> {
        find::find_in_text(text, options)
    }

    /// The SM-DP+ to ask.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The token; empty when the order is bound to the EID.
    pub fn matching_id(&self) -> &MatchingId {
        &self.matching_id
    }

    /// The OID that the SM-DP+ certificate must carry, if the code names one.
    pub fn oid(&self) -> Option<&ObjectIdentifier> {
        self.oid.as_ref()
    }

    /// Whether the code says that a confirmation code is due. The server has the last word (`ccRequiredFlag`).
    pub fn confirmation_code_required(&self) -> bool {
        self.confirmation_code_required
    }

    /// SGP.22 v3: the subject key identifier of the only root CI this download may use.
    pub fn ci_pkid(&self) -> Option<&[u8]> {
        self.ci_pkid.as_deref()
    }

    /// SGP.22 v3: opaque data of the old device, passed on as `deleteNotificationForDc`. Treat it as a secret.
    pub fn delete_notification_for_device_change(&self) -> Option<&str> {
        self.device_change_data.as_ref().map(|data| data.as_str())
    }

    /// What is odd about this code without making it useless.
    pub fn warnings(&self) -> Vec<ActivationCodeWarning> {
        let mut warnings = self.parse_warnings.clone();
        if self.matching_id.has_unusual_characters() {
            warnings.push(ActivationCodeWarning::UnusualTokenCharacters);
        }
        if Zeroizing::new(self.to_text()).chars().count() > STANDARD_LENGTH {
            warnings.push(ActivationCodeWarning::LongerThanStandard);
        }
        warnings
    }

    /// The code as a person would type it, without prefix and without trailing empty fields.
    ///
    /// The text holds the token: do not log it.
    pub fn to_text(&self) -> String {
        let flag = if self.confirmation_code_required { "1" } else { "" };
        let optional = [
            self.oid.as_ref().map_or(String::new(), ToString::to_string),
            flag.to_owned(),
            self.ci_pkid.as_deref().map_or(String::new(), text::to_hex),
            self.delete_notification_for_device_change().unwrap_or_default().to_owned(),
        ];
        let used = optional.iter().rposition(|field| !field.is_empty()).map_or(0, |last| last + 1);
        let mut text = format!("1${}${}", self.address, self.matching_id.as_str());
        for field in optional.iter().take(used) {
            text.push('$');
            text.push_str(field);
        }
        text
    }

    /// The code as it stands in a QR code: [`ActivationCode::to_text`] after `LPA:`.
    pub fn to_qr_text(&self) -> String {
        format!("LPA:{}", self.to_text())
    }
}

impl PartialEq for ActivationCode {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
            && self.matching_id == other.matching_id
            && self.oid == other.oid
            && self.confirmation_code_required == other.confirmation_code_required
            && self.ci_pkid == other.ci_pkid
            && self.device_change_data == other.device_change_data
    }
}

impl Eq for ActivationCode {}

impl FromStr for ActivationCode {
    type Err = ActivationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivationCode")
            .field("address", &self.address)
            .field("matching_id", &self.matching_id)
            .field("oid", &self.oid)
            .field("confirmation_code_required", &self.confirmation_code_required)
            .field("ci_pkid", &self.ci_pkid.as_deref().map(text::to_hex))
            .field("device_change_data", &self.device_change_data.as_ref().map(|_| "redacted"))
            .finish_non_exhaustive()
    }
}
