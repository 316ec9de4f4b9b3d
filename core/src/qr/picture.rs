//! QR codes to be shown: an EID, or an activation code for a second device.

use super::QrError;

/// A QR code as dark and light modules; whoever shows it leaves four light ones around it.
#[derive(Clone, PartialEq, Eq)]
pub struct QrPicture {
    side: usize,
    dark: Vec<bool>,
}

impl QrPicture {
    /// The QR code of a text.
    ///
    /// # Errors
    /// [`QrError::TooLong`] when the text does not fit into one, at about 2,300 octets.
    pub fn of(text: &str) -> Result<Self, QrError> {
        let code = qrcode::QrCode::new(text).map_err(|_| QrError::TooLong)?;
        let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        Ok(Self { side: code.width(), dark })
    }

    /// How many modules a side has.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in this column and row is dark; outside all are light.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = column < self.side && row < self.side;
        inside && self.dark.get(row * self.side + column).copied().unwrap_or(false)
    }
}

impl std::fmt::Debug for QrPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It holds an identifier, or a Matching ID.
        f.debug_struct("QrPicture").field("side", &self.side).finish_non_exhaustive()
    }
}
