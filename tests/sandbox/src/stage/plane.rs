//! A QR code as a camera would see it.

use lpakit::qr::{QrError, QrPicture};

/// Pixels of a module's side.
const SCALE: usize = 4;
/// Light modules around the code.
const MARGIN: usize = 4;
/// Octets from pixel to pixel, and octets at the end of each row: cameras have such gaps.
const PIXEL_STRIDE: usize = 2;
const ROW_PADDING: usize = 16;
/// What stands in the gaps.
const GAP: u8 = 0x55;

/// The luminance plane of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrPlane {
    /// One octet a pixel, 0 black to 255 white, at the distances below; other octets mean nothing.
    pub data: Vec<u8>,
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Octets between the starts of two rows.
    pub row_stride: usize,
    /// Octets between the starts of two pixels.
    pub pixel_stride: usize,
}

impl QrPlane {
    /// The QR code of a text; for an empty text a sheet of white paper.
    pub(super) fn of(text: &str) -> Result<Self, QrError> {
        let picture = QrPicture::of(text)?;
        let side = (picture.side() + 2 * MARGIN) * SCALE;
        let row_stride = side * PIXEL_STRIDE + ROW_PADDING;
        let module = |pixel: usize| (pixel / SCALE).checked_sub(MARGIN);
        let dark = |x: usize, y: usize| match (module(x), module(y)) {
            (Some(column), Some(row)) => !text.is_empty() && picture.is_dark(column, row),
            _ => false,
        };
        let octet = |at: usize| match (at % row_stride, at / row_stride) {
            (x, y) if x < side * PIXEL_STRIDE && x.is_multiple_of(PIXEL_STRIDE) => {
                if dark(x / PIXEL_STRIDE, y) { 0 } else { 255 }
            }
            _ => GAP,
        };
        Ok(Self {
            data: (0..row_stride * side).map(octet).collect(),
            width: side,
            height: side,
            row_stride,
            pixel_stride: PIXEL_STRIDE,
        })
    }
}
