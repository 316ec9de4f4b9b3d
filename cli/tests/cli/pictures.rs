//! `--qr`: pictures that hold an activation code, and others.

use std::path::Path;

use image::{GrayImage, Luma};
use qrcode::{Color, QrCode};

use crate::support::Sandbox;

fn draw(text: &str, path: &Path) {
    let code = QrCode::new(text).unwrap();
    let modules = code.width() as u32;
    let picture = GrayImage::from_fn((modules + 8) * 6, (modules + 8) * 6, |x, y| {
        let inside = |at: u32| (at / 6).checked_sub(4).filter(|at| *at < modules);
        let dark = inside(x)
            .zip(inside(y))
            .is_some_and(|(x, y)| code[(x as usize, y as usize)] == Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    });
    picture.save(path).unwrap();
}

#[test]
fn what_holds_no_code_is_refused_with_its_reason() {
    let sandbox = Sandbox::new();
    let picture = sandbox.file("picture.png");
    let refused = |key| {
        sandbox.run(&["download", "--qr", picture.to_str().unwrap(), "--yes"]).refused(key);
    };
    refused("input.file");
    std::fs::write(&picture, "hello").unwrap();
    refused("input.picture");
    GrayImage::from_pixel(200, 200, Luma([255])).save(&picture).unwrap();
    refused("qr.no_qr_code");
    draw("https://www.example.com/plans", &picture);
    refused("activation_code.web_page");
    draw("a shopping list", &picture);
    refused("activation_code.not_an_activation_code");
    draw("LPA:2$smdp.example.com$A", &picture);
    refused("activation_code.unsupported_version");
}

#[test]
fn a_jpeg_will_do() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let picture = sandbox.file("picture.jpg");
    draw(&sandbox.order(&[]), &picture);
    sandbox.run(&["download", "--qr", picture.to_str().unwrap(), "--yes"]).ok();
}

#[test]
fn texts_that_are_no_code() {
    let sandbox = Sandbox::new();
    let long = "1$smdp.example.com$".to_owned() + &"A".repeat(10_000);
    let cases = [
        ("LPA:1$", "activation_code.missing_address"),
        ("LPA:1$smdp.example.com", "activation_code.missing_token"),
        ("LPA:2$smdp.example.com$A", "activation_code.unsupported_version"),
        ("LPA:1$smdp example.com$A", "activation_code.invalid_address"),
        ("https://www.example.com", "activation_code.web_page"),
        (&long, "activation_code.too_long"),
        ("", "activation_code.empty"),
    ];
    for (text, key) in cases {
        let ran = sandbox.run(&["download", text, "--yes"]).refused(key);
        // A damaged code belongs to a plan. Where there is no code, there is no plan to speak of.
        let speaks_of_a_plan = ran.stderr.contains("plan is still valid");
        assert_eq!(speaks_of_a_plan, text.starts_with("LPA:"), "{ran:?}");
    }
}
