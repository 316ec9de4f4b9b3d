use super::*;

use proptest::prelude::*;
use qrcode::{EcLevel, QrCode};

/// Tests read pictures without hurry: a loaded machine must not change what they find.
const NO_HURRY: Duration = Duration::from_secs(3600);
const CODE: &str = "LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815";

/// A drawn picture, tightly packed.
#[derive(Clone)]
struct Picture(Grey);

impl Picture {
    fn from_fn(width: usize, height: usize, pixel: impl Fn(i64, i64) -> u8) -> Self {
        let pixel = |x, y| pixel(x as i64, y as i64);
        Self(Grey::reduced(width, height, usize::MAX, pixel))
    }

    /// Black on white with a quiet zone of four modules.
    fn qr(content: impl AsRef<[u8]>, module: usize) -> Self {
        let code = QrCode::with_error_correction_level(content, EcLevel::M).unwrap();
        let (width, colors) = (code.width(), code.to_colors());
        let modules = Self::from_fn(width, width, |x, y| {
            colors[y as usize * width + x as usize].select(0, 255)
        });
        let side = (width + 8) * module;
        Self::from_fn(side, side, |x, y| modules.at(x / module as i64 - 4, y / module as i64 - 4))
    }

    fn at(&self, x: i64, y: i64) -> u8 {
        let inside = |at, end| usize::try_from(at).ok().filter(|at| *at < end);
        match (inside(x, self.0.width), inside(y, self.0.height)) {
            (Some(x), Some(y)) => self.0.pixel(x, y),
            _ => 255,
        }
    }

    fn map(&self, pixel: impl Fn(i64, i64, u8) -> u8) -> Self {
        Self::from_fn(self.0.width, self.0.height, |x, y| pixel(x, y, self.at(x, y)))
    }

    fn rotated(&self, degrees: f64) -> Self {
        let side = self.0.width * 3 / 2;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (centre, own) = (side as f64 / 2.0, self.0.width as f64 / 2.0);
        Self::from_fn(side, side, |x, y| {
            let (dx, dy) = (x as f64 + 0.5 - centre, y as f64 + 0.5 - centre);
            let (u, v) = (cos * dx + sin * dy + own, cos * dy - sin * dx + own);
            self.at(u.floor() as i64, v.floor() as i64)
        })
    }

    /// Faded, with sensor noise.
    fn grainy(&self) -> Self {
        self.map(|x, y, value| value / 2 + 40 + grain(x, y) / 4)
    }

    fn light_on_dark(&self) -> Self {
        self.map(|_, _, value| 255 - value)
    }

    fn beside(&self, other: &Self) -> Self {
        let (own, height) = (self.0.width, self.0.height.max(other.0.height));
        Self::from_fn(own + other.0.width, height, |x, y| {
            if x < own as i64 { self.at(x, y) } else { other.at(x - own as i64, y) }
        })
    }

    fn plane(&self) -> LuminancePlane<'_> {
        let Grey { width, height, data } = &self.0;
        LuminancePlane::new(data, *width, *height, *width, 1).unwrap()
    }

    fn scan(&self) -> Result<ActivationCode, ScanError> {
        scan_within(NO_HURRY, &self.plane(), &ParseOptions::strict())
    }
}

/// The same grain every time.
fn grain(x: i64, y: i64) -> u8 {
    let index = (y as u64) << 32 | x as u64;
    (index.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) >> 3).wrapping_mul(0x2545_F491) as u8
}

#[test]
fn readable_pictures() {
    let plain = Picture::qr(CODE, 6);
    let last = plain.0.width as i64 - 1;
    let large = Picture::qr(CODE, 55);
    assert!(large.0.width > QUICK_SIDE);
    let pictures = [
        ("one pixel a module", Picture::qr(CODE, 1)),
        ("alphanumeric mode", Picture::qr(CODE.to_ascii_uppercase(), 6)),
        ("a quarter turn", plain.rotated(90.0)),
        ("half a turn", plain.rotated(180.0)),
        ("three quarters", plain.rotated(270.0)),
        ("askew", plain.rotated(33.0)),
        ("mirrored", plain.map(|x, y, _| plain.at(last - x, y))),
        ("light on dark", plain.light_on_dark()),
        ("light on dark, askew", plain.rotated(20.0).light_on_dark()),
        ("faint", plain.map(|_, _, value| 120 + value / 8)),
        (
            "half in the shade",
            plain.map(|x, _, value| if x > last / 2 { value / 4 } else { value }),
        ),
        ("grainy", plain.grainy()),
        ("large and grainy", large.grainy()),
        ("large", large),
        ("plain", plain),
    ];
    for (name, picture) in pictures {
        let code = picture.scan().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(code.to_qr_text().to_lowercase(), CODE.to_lowercase(), "{name}");
    }
}

#[test]
fn a_small_code_in_a_large_picture() {
    let code = Picture::qr(CODE, 2);
    let picture = Picture::from_fn(3000, 2100, |x, y| code.at(x - 1400, y - 900));
    assert_eq!(picture.scan().unwrap().to_qr_text(), CODE);
}

#[test]
fn rows_and_pixels_may_be_padded() {
    let Grey { width, height, data } = Picture::qr(CODE, 3).0;
    for (row, pixel) in [(width + 13, 1), (2 * width, 2), (2 * width - 1, 2), (4 * width, 4)] {
        let needed = (height - 1) * row + (width - 1) * pixel + 1;
        let mut spread = vec![0x77; needed];
        for (index, value) in data.iter().enumerate() {
            spread[index / width * row + index % width * pixel] = *value;
        }
        let plane = LuminancePlane::new(&spread, width, height, row, pixel).unwrap();
        assert_eq!(decode_within(NO_HURRY, &plane).unwrap()[0].as_str(), CODE, "{row} {pixel}");

        let cut = LuminancePlane::new(&spread[1..], width, height, row, pixel).unwrap_err();
        assert_eq!(cut, QrError::BufferTooShort { needed, actual: needed - 1 });
    }
}

#[test]
fn impossible_planes() {
    use QrError::{BufferTooShort, InvalidDimensions, TooLarge};
    let max = usize::MAX;
    let cases = [
        ((0, 4, 4, 1), InvalidDimensions),
        ((4, 0, 4, 1), InvalidDimensions),
        ((4, 4, 4, 0), InvalidDimensions),
        ((4, 4, 3, 1), InvalidDimensions),
        ((4, 4, 6, 2), InvalidDimensions),
        ((4, 4, 0, 1), InvalidDimensions),
        ((max, max, max, 1), TooLarge),
        ((32_768, 32_768, 32_768, 1), TooLarge),
        ((32_769, 1, 32_769, 1), TooLarge),
        ((4, 4, max, 1), TooLarge),
        ((4, 4, max, max), TooLarge),
        ((2, 2, max, 1), TooLarge),
        ((2, 1, max, max - 1), BufferTooShort { needed: max, actual: 16 }),
        ((4, 5, 4, 1), BufferTooShort { needed: 20, actual: 16 }),
    ];
    for ((width, height, row, pixel), expected) in cases {
        let plane = LuminancePlane::new(&[0; 16], width, height, row, pixel);
        assert_eq!(plane.unwrap_err(), expected, "{width} {height} {row} {pixel}");
    }
}

#[test]
fn pictures_without_an_activation_code() {
    use ActivationCodeError::{NotAnActivationCode, UnsupportedVersion, WebPage};
    let web_page = Picture::qr("https://example.com/esim", 5);
    let wifi = Picture::qr("WIFI:S:cafe;;", 5);
    let spoilt = Picture::qr("LPA:2$smdp.example.com$T", 5);
    // Noise over the data area, finder patterns left alone.
    let torn = Picture::qr(CODE, 6).map(|x, y, value| {
        let middle = (80..150).contains(&x) && (24..200).contains(&y);
        if middle { grain(x / 6, y / 6) & 0x80 } else { value }
    });
    let cases: [(&str, Picture, ScanError); 9] = [
        ("white", Picture::from_fn(200, 100, |_, _| 255), QrError::NoQrCode.into()),
        ("grain", Picture::from_fn(200, 100, grain), QrError::NoQrCode.into()),
        ("narrow", Picture::from_fn(20, 500, |_, _| 0), QrError::NoQrCode.into()),
        ("torn", torn, QrError::Unreadable.into()),
        ("bytes", Picture::qr([0x80, 0xFF, 0x00, 0xC3], 5), QrError::NotText.into()),
        ("both", wifi.beside(&spoilt), UnsupportedVersion.into()),
        ("both, turned", spoilt.beside(&wifi), UnsupportedVersion.into()),
        ("web page", web_page, WebPage.into()),
        ("other text", wifi, NotAnActivationCode.into()),
    ];
    for (name, picture, expected) in cases {
        let error = picture.scan().unwrap_err();
        assert_eq!(error, expected, "{name}");
        let prefix = if matches!(error, ScanError::Qr(_)) { "qr." } else { "activation_code." };
        assert!(error.key().starts_with(prefix), "{name}");
    }
}

#[test]
fn the_activation_code_among_several_codes() {
    let web_page = Picture::qr("https://example.com/esim", 5);
    let code = Picture::qr(CODE, 5);
    for picture in [web_page.beside(&code), code.beside(&web_page)] {
        assert_eq!(picture.scan().unwrap().to_qr_text(), CODE);
        let texts = decode_within(NO_HURRY, &picture.plane()).unwrap();
        assert_eq!(format!("{texts:?}"), "[QrText(redacted), QrText(redacted)]");
    }
}

#[test]
fn overdue_searches_are_given_up_and_counted() {
    static OVERDUE_HERE: Overdue = Overdue(Mutex::new(Vec::new()));
    let start = |job: Box<dyn FnOnce(Sender<Findings>) + Send>| {
        Search::spawn(&OVERDUE_HERE, Duration::ZERO, job)
    };
    let mut releases = Vec::new();
    for _ in 0..MAX_OVERDUE {
        let (release, wait) = channel::<()>();
        let job = move |_findings| assert!(wait.recv().is_err());
        let mut search = start(Box::new(job)).unwrap();
        assert_eq!(search.find_map(|_| Some(())), Err(QrError::TookTooLong));
        releases.push(release);
    }
    assert_eq!(start(Box::new(drop)).err(), Some(QrError::Busy));
    drop(releases);
    while OVERDUE_HERE.is_full() {
        std::thread::yield_now();
    }
    assert!(start(Box::new(drop)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_comes_back(text in "[ -~]{1,120}", module in 2usize..6) {
        let texts = decode_within(NO_HURRY, &Picture::qr(&text, module).plane()).unwrap();
        prop_assert_eq!(texts, [QrText(Zeroizing::new(text))]);
    }

    #[test]
    fn random_planes_never_panic(
        data in prop::collection::vec(any::<u8>(), 0..6000),
        width in 0usize..90, height in 0usize..90, padding in 0usize..4, pixel in 0usize..3,
    ) {
        let row = width * pixel + padding;
        if let Ok(plane) = LuminancePlane::new(&data, width, height, row, pixel) {
            prop_assert!(decode_within(NO_HURRY, &plane).is_err());
        }
    }

    #[test]
    fn spoilt_codes_never_panic(
        degrees in 0f64..360.0, shear in -0.8f64..0.8,
        spots in prop::collection::vec((0i64..160, 0i64..160, 1i64..40, any::<u8>()), 0..12),
    ) {
        let code = Picture::qr(CODE, 3).rotated(degrees);
        let picture = code.map(|x, y, _| {
            let spot = spots.iter().find(|(left, top, side, _)| {
                (*left..left + side).contains(&x) && (*top..top + side).contains(&y)
            });
            let moved = (shear * (y - 80) as f64) as i64;
            spot.map_or_else(|| code.at(x + moved, y), |(.., value)| *value)
        });
        // One in some thousands of such pictures makes quircs search for minutes.
        let _ = scan_activation_code(&picture.plane(), &ParseOptions::strict());
    }
}

#[test]
fn a_picture_of_an_eid_is_read_back_by_a_camera() {
    let eid = "89049032123451234512345678901235";
    let picture = QrPicture::of(eid).unwrap();
    let (quiet, scale) = (4, 6);
    let side = (picture.side() + 2 * quiet) * scale;
    let mut plane = vec![255_u8; side * side];
    for (position, pixel) in plane.iter_mut().enumerate() {
        let module = |at: usize| (at / scale).wrapping_sub(quiet);
        if picture.is_dark(module(position % side), module(position / side)) {
            *pixel = 0;
        }
    }
    let plane = LuminancePlane::new(&plane, side, side, side, 1).unwrap();
    let texts = decode(&plane).unwrap();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].as_str(), eid);
    assert!(!picture.is_dark(picture.side(), 0) && !picture.is_dark(usize::MAX, usize::MAX));
    assert_eq!(QrPicture::of(&"x".repeat(5000)), Err(QrError::TooLong));
    assert!(!format!("{picture:?}").contains("89"));
}
