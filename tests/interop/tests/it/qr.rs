//! QR codes: others' pictures read by core, ours read by zbarimg.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, Luma};
use lpakit::ActivationCode;
use lpakit::activation_code::ParseOptions;
use lpakit::qr::{LuminancePlane, decode, scan_activation_code};
use lpakit_interop::program::{self, QRENCODE, ZBARIMG};
use qrcode::{EcLevel, QrCode};

use crate::support::found;

const CODE: &str = "LPA:1$smdp.interop.example$QR-7K2M-2A9F-0XHD$2.999.10$1";

fn read_picture(path: &Path) -> image::GrayImage {
    image::open(path).unwrap().into_luma8()
}

fn plane(picture: &image::GrayImage) -> LuminancePlane<'_> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    LuminancePlane::new(picture.as_raw(), width, height, width, 1).unwrap()
}

/// What core reads in a picture by qrencode.
fn encoded_by_qrencode(text: &str, options: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("code.png");
    let mut command = found(program::command(QRENCODE));
    command.args(options).args(["-t", "PNG", "-o"]).arg(&path).arg(text);
    assert!(command.status().unwrap().success(), "{options:?}");
    let texts = decode(&plane(&read_picture(&path))).unwrap();
    assert_eq!(texts.len(), 1);
    texts[0].as_str().to_owned()
}

#[test]
fn qrencodes_pictures_are_read_at_every_level_of_correction() {
    for level in ["L", "M", "Q", "H"] {
        assert_eq!(encoded_by_qrencode(CODE, &["-l", level]), CODE, "{level}");
    }
}

#[test]
fn qrencodes_pictures_are_read_in_every_size_of_code() {
    for version in ["4", "7", "10", "15", "20", "27", "32", "40"] {
        assert_eq!(encoded_by_qrencode(CODE, &["-v", version]), CODE, "version {version}");
    }
}

#[test]
fn qrencodes_pictures_are_read_with_small_modules_and_thin_margins() {
    for options in [["-s", "2", "-m", "4"], ["-s", "3", "-m", "2"], ["-s", "12", "-m", "8"]] {
        assert_eq!(encoded_by_qrencode(CODE, &options), CODE, "{options:?}");
    }
}

#[test]
fn a_code_in_capitals_of_the_small_alphabet_is_read() {
    // qrencode takes the alphanumeric mode for these.
    let text = "LPA:1$SMDP.INTEROP.EXAMPLE$QR-7K2M-2A9F-0XHD";
    assert_eq!(encoded_by_qrencode(text, &["-i"]), text);
}

#[test]
fn a_scanned_picture_gives_the_activation_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("code.png");
    let mut command = found(program::command(QRENCODE));
    command.args(["-t", "PNG", "-o"]).arg(&path).arg(CODE);
    assert!(command.status().unwrap().success());
    let picture = read_picture(&path);
    let code = scan_activation_code(&plane(&picture), &ParseOptions::strict()).unwrap();
    assert_eq!(code.to_qr_text(), CODE);
    assert!(code.confirmation_code_required());
}

/// What zbarimg reads in a picture that we make.
fn read_by_zbarimg(text: &str, level: EcLevel) -> String {
    let code = QrCode::with_error_correction_level(text, level).unwrap();
    let picture = code.render::<Luma<u8>>().module_dimensions(4, 4).build();
    let mut file = Vec::new();
    let picture = DynamicImage::ImageLuma8(picture);
    picture.write_to(&mut Cursor::new(&mut file), ImageFormat::Png).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours.png");
    std::fs::write(&path, file).unwrap();
    let mut command = found(program::command(ZBARIMG));
    let output = command.args(["--raw", "-q", "--nodbus"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn our_pictures_are_read_by_zbarimg() {
    let code = ActivationCode::parse(CODE).unwrap();
    for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        assert_eq!(read_by_zbarimg(&code.to_qr_text(), level), code.to_qr_text(), "{level:?}");
    }
}

#[test]
fn what_zbarimg_reads_is_the_same_activation_code() {
    let code = ActivationCode::parse(CODE).unwrap();
    let read = read_by_zbarimg(&code.to_qr_text(), EcLevel::M);
    assert_eq!(ActivationCode::parse(&read).unwrap().to_qr_text(), CODE);
}
