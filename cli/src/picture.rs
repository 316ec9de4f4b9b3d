//! PNG and JPEG: from a picture's file to the luminance plane that core reads QR codes from.

use std::path::Path;

use image::{GrayImage, ImageReader, Limits};
use lpakit::activation_code::ParseOptions;
use lpakit::qr::{LuminancePlane, scan_activation_code};
use lpakit::{ActivationCode, Error, ErrorKind};

use crate::failure::Failure;

/// Longest side, in pixels.
const MAX_SIDE: u32 = 32_768;
/// Octets that decoding may take: a 108-megapixel photograph fits.
const MAX_MEMORY: u64 = 1024 * 1024 * 1024;

/// Reads the activation code in the QR code in a picture. Takes its time: not for a runtime's thread.
pub(crate) fn read_activation_code(
    path: &Path,
    options: &ParseOptions,
) -> Result<ActivationCode, Failure> {
    let picture = open(path)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let plane =
        LuminancePlane::new(picture.as_raw(), width, height, width, 1).map_err(Error::from)?;
    Ok(scan_activation_code(&plane, options).map_err(Error::from)?)
}

fn open(path: &Path) -> Result<GrayImage, Failure> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|fault| Failure::file(path, &fault))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| {
        let text = format!("{} is no picture in PNG or JPEG that can be read.", path.display());
        Failure::new(ErrorKind::Input, "input.picture", text)
    })?;
    // QR codes are often drawn in black on nothing: what is behind them is white.
    let mut pixels = picture.to_luma_alpha8().into_raw();
    let (width, height) = (picture.width(), picture.height());
    let count = pixels.len() / 2;
    for index in 0..count {
        if let Some([luma, alpha]) = pixels.get(2 * index..2 * index + 2) {
            let on_white = on_white(*luma, *alpha);
            if let Some(pixel) = pixels.get_mut(index) {
                *pixel = on_white;
            }
        }
    }
    pixels.truncate(count);
    GrayImage::from_raw(width, height, pixels).ok_or_else(|| {
        Failure::new(ErrorKind::Input, "input.picture", "The picture has no pixels.")
    })
}

fn on_white(luma: u8, alpha: u8) -> u8 {
    let (luma, alpha) = (u32::from(luma), u32::from(alpha));
    let mixed = (luma * alpha + 255 * (255 - alpha)) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_white() {
        assert_eq!(on_white(0, 0), 255);
        assert_eq!(on_white(0, 255), 0);
        assert_eq!(on_white(255, 255), 255);
        assert_eq!(on_white(100, 128), 177);
    }

    #[test]
    fn a_transparent_picture_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.png");
        let drawn = crate::qr_code::QrPicture::new("LPA:1$smdp.example.com$ABC").unwrap().draw();
        let transparent = image::GrayAlphaImage::from_fn(drawn.width(), drawn.height(), |x, y| {
            image::LumaA([0, 255 - drawn.get_pixel(x, y).0[0]])
        });
        transparent.save(&path).unwrap();
        let code = read_activation_code(&path, &ParseOptions::strict()).unwrap();
        assert_eq!(code.matching_id().as_str(), "ABC");
    }

    #[test]
    fn what_is_no_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.png");
        let key = |path: &Path| {
            read_activation_code(path, &ParseOptions::strict()).unwrap_err().key().to_owned()
        };
        assert_eq!(key(&path), "input.file");
        std::fs::write(&path, b"hello").unwrap();
        assert_eq!(key(&path), "input.picture");
        GrayImage::from_pixel(100, 100, image::Luma([255])).save(&path).unwrap();
        assert_eq!(key(&path), "qr.no_qr_code");
    }
}
