//! A small picture for the operator of the sample order.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

const SIDE: u8 = 32;
const SKY: [u8; 3] = [0x14, 0x5A, 0xA0];
const WAVE: [u8; 3] = [0xFF, 0xFF, 0xFF];
const TOWER: [u8; 3] = [0xFF, 0xB4, 0x28];

/// A PNG file of 32 by 32 pixels, well below the 1024 octets that metadata may carry: a mast and its waves.
pub fn sample_icon() -> Vec<u8> {
    let pixels: Vec<u8> =
        (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| colour(x.into(), y.into()))).collect();
    let mut file = Vec::new();
    let encoder = PngEncoder::new(&mut file);
    let side = u32::from(SIDE);
    match encoder.write_image(&pixels, side, side, ExtendedColorType::Rgb8) {
        Ok(()) => file,
        // Writing into memory cannot fail; an order without a picture is as good.
        Err(_) => Vec::new(),
    }
}

/// The mast stands in the middle; the waves are rings around its top.
fn colour(x: i32, y: i32) -> [u8; 3] {
    let (dx, dy) = (x - 16, y - 12);
    let distance = dx * dx + dy * dy;
    let beside = dx.abs() >= dy.abs();
    match distance {
        0..=9 => TOWER,
        36..=64 | 110..=152 if beside => WAVE,
        _ if dy > 0 && dx.abs() * 4 <= dy => TOWER,
        _ => SKY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_small_png() {
        let icon = sample_icon();
        assert!((100..=1024).contains(&icon.len()), "{}", icon.len());
        let picture = image::load_from_memory(&icon).unwrap();
        assert_eq!((picture.width(), picture.height()), (32, 32));
    }
}
