//! Activation codes, typed, scanned and shown.

use std::sync::Arc;

use lpakit::activation_code::{self, Address, MatchingId, ParseOptions};
use lpakit::qr;

use crate::error::LpaError;

/// An activation code (SGP.22, 4.1): where a plan waits, and the token to ask for it with. The token is worth a paid plan
/// until it is used, so this is an object without a text of its own, and [`ActivationCode::to_text`] is not for logs.
#[derive(uniffi::Object)]
pub struct ActivationCode(activation_code::ActivationCode);

impl ActivationCode {
    pub(crate) fn new(code: activation_code::ActivationCode) -> Arc<Self> {
        Arc::new(Self(code))
    }

    pub(crate) const fn core(&self) -> &activation_code::ActivationCode {
        &self.0
    }
}

#[uniffi::export]
impl ActivationCode {
    /// Reads a code as it was typed, scanned, pasted or followed as a link: bare, `LPA:`, percent-encoded, or a setup
    /// link of a phone maker. With `allow_test_servers`, addresses may have ports and be IP addresses.
    ///
    /// # Errors
    /// Of kind input: what it is instead, or which field is wrong.
    #[uniffi::constructor]
    pub fn parse(text: String, allow_test_servers: bool) -> Result<Arc<Self>, LpaError> {
        let rules = rules(allow_test_servers);
        Ok(Self::new(activation_code::ActivationCode::parse_with(&text, &rules)?))
    }

    /// A code from parts that an app already holds, for example from its own back end. The token may be empty: the order
    /// is then bound to the EID.
    ///
    /// # Errors
    /// Of kind input.
    #[uniffi::constructor]
    pub fn of_parts(
        address: String,
        matching_id: String,
        confirmation_code_required: bool,
        allow_test_servers: bool,
    ) -> Result<Arc<Self>, LpaError> {
        let address = Address::parse_with(&address, &rules(allow_test_servers))?;
        let code = activation_code::ActivationCode::new(address, MatchingId::new(&matching_id)?);
        Ok(Self::new(code.with_confirmation_code_required(confirmation_code_required)))
    }

    /// The SM-DP+ to ask.
    pub fn address(&self) -> Result<String, LpaError> {
        Ok(self.0.address().as_entered().to_owned())
    }

    /// The token. It is a secret.
    pub fn matching_id(&self) -> Result<String, LpaError> {
        Ok(self.0.matching_id().as_str().to_owned())
    }

    /// Whether the code says that a confirmation code is due. The server has the last word.
    pub fn confirmation_code_required(&self) -> Result<bool, LpaError> {
        Ok(self.0.confirmation_code_required())
    }

    /// The OID that the SM-DP+'s certificate must carry, if the code names one.
    pub fn oid(&self) -> Result<Option<String>, LpaError> {
        Ok(self.0.oid().map(ToString::to_string))
    }

    /// Keys of the catalogue that name what is odd about the code without making it useless.
    pub fn warnings(&self) -> Result<Vec<String>, LpaError> {
        Ok(self.0.warnings().iter().map(|warning| warning.key().to_owned()).collect())
    }

    /// The code as a person would type it. It holds the token.
    pub fn to_text(&self) -> Result<String, LpaError> {
        Ok(self.0.to_text())
    }

    /// The code as it stands in a QR code. It holds the token.
    pub fn to_qr_text(&self) -> Result<String, LpaError> {
        Ok(self.0.to_qr_text())
    }

    /// Whether two say the same; spelling of the address does not count.
    pub fn equals(&self, other: Arc<Self>) -> Result<bool, LpaError> {
        Ok(self.0 == other.0)
    }
}

fn rules(allow_test_servers: bool) -> ParseOptions {
    if allow_test_servers { ParseOptions::developer() } else { ParseOptions::strict() }
}

/// Finds the first activation code or setup link inside a longer text, such as a clipboard or a message.
///
/// # Errors
/// Of kind input.
#[uniffi::export]
pub fn find_activation_code(
    text: String,
    allow_test_servers: bool,
) -> Result<Arc<ActivationCode>, LpaError> {
    let rules = rules(allow_test_servers);
    Ok(ActivationCode::new(activation_code::ActivationCode::find_in_text(&text, &rules)?))
}

/// Reads the activation code from a picture's luminance plane: a camera's Y plane, as it is. `row_stride` and
/// `pixel_stride` are in octets. Blocks for some milliseconds a frame, five seconds at worst: not for a user interface's
/// thread.
///
/// # Errors
/// Of kind input: `qr.…` when no QR code can be read, `activation_code.…` when what was read is something else.
#[uniffi::export]
pub fn scan_activation_code(
    plane: &[u8],
    width: u32,
    height: u32,
    row_stride: u32,
    pixel_stride: u32,
    allow_test_servers: bool,
) -> Result<Arc<ActivationCode>, LpaError> {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let plane = qr::LuminancePlane::new(
        plane,
        size(width),
        size(height),
        size(row_stride),
        size(pixel_stride),
    )?;
    let code = qr::scan_activation_code(&plane, &rules(allow_test_servers))?;
    Ok(ActivationCode::new(code))
}

/// A QR code to be shown, as dark and light modules; four light ones belong around it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct QrPicture {
    /// How many modules a side has.
    pub side: u32,
    /// Row by row, 1 for a dark module, 0 for a light one.
    pub modules: Vec<u8>,
}

/// The QR code of a text.
///
/// # Errors
/// `qr.too_long`.
#[uniffi::export]
pub fn qr_picture(text: String) -> Result<QrPicture, LpaError> {
    let picture = qr::QrPicture::of(&text)?;
    let side = picture.side();
    let places = (0..side).flat_map(|row| (0..side).map(move |column| (column, row)));
    let modules = places.map(|(column, row)| u8::from(picture.is_dark(column, row))).collect();
    Ok(QrPicture { side: u32::try_from(side).unwrap_or_default(), modules })
}
