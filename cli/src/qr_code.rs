//! QR codes for the terminal and as pictures.

use std::path::Path;

use image::{GrayImage, Luma};
use lpakit::ErrorKind;
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, QrCode};

use crate::failure::Failure;

/// Modules of white around a code (ISO/IEC 18004).
const QUIET: u32 = 4;
/// Pixels a module.
const SCALE: u32 = 8;

/// A QR code that can be shown.
pub(crate) struct QrPicture(QrCode);

impl QrPicture {
    /// A QR code of this text.
    pub(crate) fn new(text: &str) -> Result<Self, Failure> {
        QrCode::new(text).map(Self).map_err(|_| {
            Failure::new(ErrorKind::Input, "qr.too_long", "This is too long for a QR code.")
        })
    }

    /// As text, two modules a character. Light modules are drawn, because most terminals are dark; scanners read
    /// the other way round, too.
    pub(crate) fn to_terminal(&self) -> String {
        self.0.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    }

    /// As a picture, black on white.
    pub(crate) fn draw(&self) -> GrayImage {
        let modules = u32::try_from(self.0.width()).unwrap_or_default();
        let side = (modules + 2 * QUIET) * SCALE;
        let module = |pixel: u32| (pixel / SCALE).checked_sub(QUIET).filter(|at| *at < modules);
        GrayImage::from_fn(side, side, |x, y| {
            let dark = match (module(x), module(y)) {
                (Some(x), Some(y)) => self.0[(x as usize, y as usize)] == Color::Dark,
                _ => false,
            };
            Luma([if dark { 0 } else { 255 }])
        })
    }

    /// Writes the picture into a PNG file.
    pub(crate) fn write_png(&self, path: &Path) -> Result<(), Failure> {
        self.draw().save_with_format(path, image::ImageFormat::Png).map_err(|fault| {
            let text = format!("{} cannot be written: {fault}.", path.display());
            Failure::new(ErrorKind::Input, "input.file", text)
        })
    }
}
