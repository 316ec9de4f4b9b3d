//! QR codes in camera frames and pictures, without any image codec.
//!
//! A shell hands over the luminance plane of a frame (Android `Image` plane 0, iOS `420f` plane 0, or the grey
//! values of a decoded picture). Finding and error correction are [`rqrr`]'s. It is made safe for arbitrary input
//! here: it works on a thread of its own under a time limit, because an unlucky frame can make it search for minutes
//! (the same search as in quirc, dlbeer/quirc#162), and its assertions are caught.

use std::fmt;
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rqrr::{DeQRError, PreparedImage};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::activation_code::{ActivationCode, ActivationCodeError, ParseOptions};

/// Longest side of a picture, in pixels.
const MAX_SIDE: usize = 32_768;
/// Largest picture, in pixels: the 108-megapixel cameras fit.
const MAX_PIXELS: usize = 1 << 27;
/// No QR code has fewer modules a side, so no smaller picture can hold one.
const MIN_SIDE: usize = 21;
/// Longest side that is searched at all; larger pictures are reduced to it first.
const FULL_SIDE: usize = 4096;
/// Longest side of the first search: large pictures read faster and often better when noise is averaged away.
const QUICK_SIDE: usize = 2000;
/// Longest side of the coarse search.
const COARSE_SIDE: usize = 1000;
/// How long one picture may take. A frame takes a few milliseconds, the largest picture about a second.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// How many overdue searches may still run in the background before new pictures are refused.
const MAX_OVERDUE: usize = 2;

/// Why no QR code was read from a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QrError {
    /// Width, height or pixel stride is zero, or a row stride is shorter than a row.
    #[error("the dimensions of the picture do not fit each other")]
    InvalidDimensions,
    /// More pixels than any camera gives.
    #[error("the picture is too large")]
    TooLarge,
    /// The buffer ends before the last pixel.
    #[error("the buffer has {actual} bytes, the picture needs {needed}")]
    BufferTooShort {
        /// Bytes up to and including the last pixel.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// No QR code in the picture.
    #[error("no QR code in the picture")]
    NoQrCode,
    /// Something like a QR code that is too blurred, damaged or far away.
    #[error("a QR code that cannot be read")]
    Unreadable,
    /// A QR code whose content is not text in UTF-8.
    #[error("a QR code that holds no text")]
    NotText,
    /// The search was given up. The next frame of a camera is likely to do.
    #[error("the search for a QR code took too long")]
    TookTooLong,
    /// Earlier searches that were given up are still ending, or no thread could be started. Try again in a while.
    #[error("earlier pictures are still being searched")]
    Busy,
}

impl QrError {
    /// A stable name of this error for apps, catalogues and telemetry. The list may grow.
    pub fn key(&self) -> &'static str {
        match self {
            Self::InvalidDimensions => "qr.invalid_dimensions",
            Self::TooLarge => "qr.too_large",
            Self::BufferTooShort { .. } => "qr.buffer_too_short",
            Self::NoQrCode => "qr.no_qr_code",
            Self::Unreadable => "qr.unreadable",
            Self::NotText => "qr.not_text",
            Self::TookTooLong => "qr.took_too_long",
            Self::Busy => "qr.busy",
        }
    }
}

/// Why a picture gave no activation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// No QR code was read.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// A QR code was read, but it is no activation code: a web page, for instance.
    #[error("the QR code is not usable: {0}")]
    Code(#[from] ActivationCodeError),
}

impl ScanError {
    /// The stable name of the error inside.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Qr(error) => error.key(),
            Self::Code(error) => error.key(),
        }
    }
}

/// The text of a QR code. May hold a token, so it is redacted in `Debug` and wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct QrText(Zeroizing<String>);

impl QrText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrText(redacted)")
    }
}

/// The brightness of a picture, one byte a pixel, 0 black to 255 white, as cameras lay it out in memory.
#[derive(Clone, Copy)]
pub struct LuminancePlane<'a> {
    data: &'a [u8],
    width: usize,
    height: usize,
    row_stride: usize,
    pixel_stride: usize,
}

impl<'a> LuminancePlane<'a> {
    /// Describes a buffer. `row_stride` and `pixel_stride` are the distances in bytes between the starts of two rows
    /// and of two pixels; the last row need not be padded.
    ///
    /// # Errors
    /// [`QrError::InvalidDimensions`], [`QrError::TooLarge`] or [`QrError::BufferTooShort`].
    pub fn new(
        data: &'a [u8],
        width: usize,
        height: usize,
        row_stride: usize,
        pixel_stride: usize,
    ) -> Result<Self, QrError> {
        if width == 0 || height == 0 || pixel_stride == 0 {
            return Err(QrError::InvalidDimensions);
        }
        // The side limit keeps the product below from overflowing.
        if width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS {
            return Err(QrError::TooLarge);
        }
        let last_in_row = pixel_stride.checked_mul(width - 1).ok_or(QrError::TooLarge)?;
        if row_stride <= last_in_row {
            return Err(QrError::InvalidDimensions);
        }
        let last_row = row_stride.checked_mul(height - 1).ok_or(QrError::TooLarge)?;
        let last = last_row.checked_add(last_in_row).ok_or(QrError::TooLarge)?;
        if data.len() <= last {
            let needed = last.checked_add(1).ok_or(QrError::TooLarge)?;
            return Err(QrError::BufferTooShort { needed, actual: data.len() });
        }
        Ok(Self { data, width, height, row_stride, pixel_stride })
    }

    fn pixel(&self, x: usize, y: usize) -> u8 {
        // Never out of range, by the check in `new`.
        self.data.get(y * self.row_stride + x * self.pixel_stride).copied().unwrap_or(u8::MAX)
    }
}

impl fmt::Debug for LuminancePlane<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LuminancePlane({} x {})", self.width, self.height)
    }
}

/// Reads the QR codes of a picture; at least one text when it succeeds.
///
/// Blocks for a few milliseconds a frame, at most some seconds: do not call it on a user interface's thread.
///
/// # Errors
/// [`QrError::NoQrCode`], [`QrError::Unreadable`], [`QrError::NotText`], [`QrError::TookTooLong`] or
/// [`QrError::Busy`].
pub fn decode(plane: &LuminancePlane<'_>) -> Result<Vec<QrText>, QrError> {
    let mut search = Search::start(plane)?;
    search.find_map(|texts| Some(texts).filter(|texts| !texts.is_empty()))
}

/// Reads the activation code from a picture. Of several QR codes, the first that is an activation code counts.
///
/// Blocks like [`decode`].
///
/// # Errors
/// [`ScanError::Qr`] when no QR code can be read, [`ScanError::Code`] when what was read is something else.
pub fn scan_activation_code(
    plane: &LuminancePlane<'_>,
    options: &ParseOptions,
) -> Result<ActivationCode, ScanError> {
    let mut refused = None;
    let mut search = Search::start(plane)?;
    let found = search.find_map(|texts| {
        texts.iter().find_map(|text| match ActivationCode::parse_with(text.as_str(), options) {
            Ok(code) => Some(code),
            Err(error) => {
                refused = Some(more_telling(refused, error));
                None
            }
        })
    });
    found.map_err(|error| refused.map_or(ScanError::Qr(error), ScanError::Code))
}

/// A spoilt activation code tells more than some other QR code beside it.
fn more_telling(
    earlier: Option<ActivationCodeError>,
    new: ActivationCodeError,
) -> ActivationCodeError {
    use ActivationCodeError::{NotAnActivationCode, WebPage};
    earlier.filter(|error| !matches!(error, NotAnActivationCode | WebPage)).unwrap_or(new)
}

/// Grey values of our own: a reduced copy of a plane.
#[derive(Clone)]
struct Grey {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

impl Grey {
    /// Averages squares of pixels, so that the longest side is at most `side`.
    fn reduced(width: usize, height: usize, side: usize, pixel: impl Fn(usize, usize) -> u8) -> Self {
        let factor = width.max(height).div_ceil(side).max(1);
        let (small_width, small_height) = ((width / factor).max(1), (height / factor).max(1));
        let (box_width, box_height) = (factor.min(width), factor.min(height));
        let mut data = Vec::with_capacity(small_width * small_height);
        for y in 0..small_height {
            for x in 0..small_width {
                let rows = y * factor..y * factor + box_height;
                let square = rows.flat_map(|y| (0..box_width).map(move |dx| (x * factor + dx, y)));
                let sum: usize = square.map(|(x, y)| usize::from(pixel(x, y))).sum();
                data.push((sum / (box_width * box_height)) as u8);
            }
        }
        Self { width: small_width, height: small_height, data }
    }

    fn pixel(&self, x: usize, y: usize) -> u8 {
        self.data.get(y * self.width + x).copied().unwrap_or(u8::MAX)
    }

    fn reduced_to(&self, side: usize) -> Self {
        Self::reduced(self.width, self.height, side, |x, y| self.pixel(x, y))
    }
}

/// What one look at the picture gave.
struct Findings {
    texts: Vec<QrText>,
    /// The most telling failure among the codes that gave no text.
    failure: QrError,
}

/// Looks at the picture in several sizes, and inverted in each for codes drawn light on dark.
fn search_all(picture: &Grey, findings: &Sender<Findings>) {
    let longest = picture.width.max(picture.height);
    let sides: &[usize] = match longest {
        0..=COARSE_SIDE => &[longest],
        0..=QUICK_SIDE => &[longest, COARSE_SIDE],
        _ => &[QUICK_SIDE, COARSE_SIDE, longest],
    };
    for &side in sides {
        let grey = picture.reduced_to(side);
        for invert in [false, true] {
            // rqrr asserts what it expects of a picture; a picture that is otherwise has no readable code.
            let look = catch_unwind(|| look(&grey, invert));
            let found = look.unwrap_or(Findings { texts: Vec::new(), failure: QrError::Unreadable });
            if findings.send(found).is_err() {
                return;
            }
        }
    }
}

fn look(grey: &Grey, invert: bool) -> Findings {
    let flip = if invert { u8::MAX } else { 0 };
    let mut image = PreparedImage::prepare_from_greyscale(grey.width, grey.height, |x, y| {
        grey.pixel(x, y) ^ flip
    });
    let mut findings = Findings { texts: Vec::new(), failure: QrError::NoQrCode };
    for grid in image.detect_grids() {
        let mut bytes = Zeroizing::new(Vec::new());
        let result = grid.decode_to(&mut *bytes).map_err(|_: DeQRError| QrError::Unreadable);
        let text = result.and_then(|_| std::str::from_utf8(&bytes).map_err(|_| QrError::NotText));
        match text {
            Ok(text) => findings.texts.push(QrText(Zeroizing::new(text.to_owned()))),
            Err(failure) => findings.failure = more_exact(findings.failure, failure),
        }
    }
    findings
}

/// `NotText` over `Unreadable` over `NoQrCode`.
fn more_exact(one: QrError, other: QrError) -> QrError {
    let rank = |error| match error {
        QrError::NotText => 2,
        QrError::Unreadable => 1,
        _ => 0,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// A search on a thread of its own, whose findings come in one by one. Dropping it ends the thread after its look.
struct Search {
    findings: Receiver<Findings>,
    running: Weak<()>,
    deadline: Instant,
    overdue: &'static Overdue,
}

/// The searches that were given up. They cannot be stopped, only waited for.
struct Overdue(Mutex<Vec<Weak<()>>>);

static OVERDUE: Overdue = Overdue(Mutex::new(Vec::new()));

impl Overdue {
    fn is_full(&self) -> bool {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|running| running.strong_count() > 0);
        list.len() >= MAX_OVERDUE
    }

    fn add(&self, running: Weak<()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(running);
    }
}

impl Search {
    fn start(plane: &LuminancePlane<'_>) -> Result<Self, QrError> {
        if plane.width.min(plane.height) < MIN_SIDE {
            return Err(QrError::NoQrCode);
        }
        let picture = Grey::reduced(plane.width, plane.height, FULL_SIDE, |x, y| plane.pixel(x, y));
        Self::spawn(&OVERDUE, TIME_LIMIT, move |findings| search_all(&picture, &findings))
    }

    fn spawn(
        overdue: &'static Overdue,
        limit: Duration,
        job: impl FnOnce(Sender<Findings>) + Send + 'static,
    ) -> Result<Self, QrError> {
        if overdue.is_full() {
            return Err(QrError::Busy);
        }
        let (sender, findings) = channel();
        let token = Arc::new(());
        let running = Arc::downgrade(&token);
        let work = move || {
            job(sender);
            drop(token);
        };
        let thread = std::thread::Builder::new().name("lpakit-qr".to_owned()).spawn(work);
        thread.map_err(|_| QrError::Busy)?;
        Ok(Self { findings, running, deadline: Instant::now() + limit, overdue })
    }

    /// The first thing that `pick` takes, or why there is none.
    fn find_map<T>(&mut self, mut pick: impl FnMut(Vec<QrText>) -> Option<T>) -> Result<T, QrError> {
        let mut failure = QrError::NoQrCode;
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.findings.recv_timeout(left) {
                Ok(found) => {
                    failure = more_exact(failure, found.failure);
                    if let Some(picked) = pick(found.texts) {
                        return Ok(picked);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(failure),
                Err(RecvTimeoutError::Timeout) => {
                    self.overdue.add(Weak::clone(&self.running));
                    return Err(QrError::TookTooLong);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::mpsc::sync_channel;

    use proptest::prelude::*;
    use qrcode::{Color, EcLevel, QrCode};

    const CODE: &str = "LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815";

    /// A drawn picture, tightly packed.
    #[derive(Clone)]
    struct Picture {
        width: usize,
        height: usize,
        data: Vec<u8>,
    }

    impl Picture {
        fn from_fn(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> Self {
            let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            let data = rows.map(|(x, y)| pixel(x, y)).collect();
            Self { width, height, data }
        }

        /// Black on white with a quiet zone of four modules.
        fn qr(content: impl AsRef<[u8]>, module: usize) -> Self {
            let code = QrCode::with_error_correction_level(content, EcLevel::M).unwrap();
            let (modules, colors) = (code.width(), code.to_colors());
            let side = (modules + 8) * module;
            Self::from_fn(side, side, |x, y| {
                match ((x / module).checked_sub(4), (y / module).checked_sub(4)) {
                    (Some(x), Some(y)) if x < modules && y < modules => {
                        colors[y * modules + x].select(0, 255)
                    }
                    _ => 255,
                }
            })
        }

        fn at(&self, x: i64, y: i64) -> u8 {
            let (x, y) = (usize::try_from(x), usize::try_from(y));
            match (x, y) {
                (Ok(x), Ok(y)) if x < self.width && y < self.height => self.data[y * self.width + x],
                _ => 255,
            }
        }

        fn map(&self, pixel: impl Fn(u8) -> u8) -> Self {
            Self { data: self.data.iter().map(|value| pixel(*value)).collect(), ..self.clone() }
        }

        fn rotated(&self, degrees: f64) -> Self {
            let side = self.width * 3 / 2;
            let (sin, cos) = degrees.to_radians().sin_cos();
            let (centre, own) = (side as f64 / 2.0, self.width as f64 / 2.0);
            Self::from_fn(side, side, |x, y| {
                let (dx, dy) = (x as f64 + 0.5 - centre, y as f64 + 0.5 - centre);
                let (u, v) = (cos * dx + sin * dy + own, cos * dy - sin * dx + own);
                self.at(u.floor() as i64, v.floor() as i64)
            })
        }

        fn beside(&self, other: &Self) -> Self {
            let height = self.height.max(other.height);
            Self::from_fn(self.width + other.width, height, |x, y| {
                let (x, y, left) = (x as i64, y as i64, self.width as i64);
                if x < left { self.at(x, y) } else { other.at(x - left, y) }
            })
        }

        /// The same values with gaps between pixels and rows, and no padding after the last pixel.
        fn spread(&self, row_stride: usize, pixel_stride: usize) -> Vec<u8> {
            let end = (self.height - 1) * row_stride + (self.width - 1) * pixel_stride + 1;
            let mut data = vec![0x77; end];
            for (index, value) in self.data.iter().enumerate() {
                data[index / self.width * row_stride + index % self.width * pixel_stride] = *value;
            }
            data
        }

        fn plane(&self) -> LuminancePlane<'_> {
            LuminancePlane::new(&self.data, self.width, self.height, self.width, 1).unwrap()
        }

        fn scan(&self) -> Result<ActivationCode, ScanError> {
            scan_activation_code(&self.plane(), &ParseOptions::strict())
        }
    }

    /// The same grain every time.
    fn grain(index: usize) -> u8 {
        ((index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
    }

    #[test]
    fn readable_pictures() {
        let plain = Picture::qr(CODE, 6);
        let mut noisy = plain.clone();
        for (index, value) in noisy.data.iter_mut().enumerate() {
            *value = (*value / 2 + 40).saturating_add(grain(index) / 4);
        }
        let mirrored = Picture::from_fn(plain.width, plain.height, |x, y| {
            plain.at((plain.width - 1 - x) as i64, y as i64)
        });
        let large = Picture::qr(CODE, 60);
        let mut large_grainy = large.clone();
        for (index, value) in large_grainy.data.iter_mut().enumerate() {
            *value = if grain(index) < 80 { grain(index + 1) } else { *value };
        }
        let upper_case = Picture::qr(CODE.to_ascii_uppercase(), 6);
        let pictures = [
            ("one pixel a module", Picture::qr(CODE, 1)),
            ("plain", plain.clone()),
            ("alphanumeric mode", upper_case),
            ("a quarter turn", plain.rotated(90.0)),
            ("half a turn", plain.rotated(180.0)),
            ("three quarters", plain.rotated(270.0)),
            ("askew", plain.rotated(33.0)),
            ("mirrored", mirrored),
            ("light on dark", plain.map(|value| 255 - value)),
            ("light on dark, askew", plain.rotated(20.0).map(|value| 255 - value)),
            ("faint", plain.map(|value| 120 + value / 8)),
            ("grainy", noisy),
            ("large", large),
            ("large and grainy", large_grainy),
        ];
        for (name, picture) in pictures {
            let code = picture.scan().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(code.to_qr_text().to_lowercase(), CODE.to_lowercase(), "{name}");
        }
    }

    #[test]
    fn rows_and_pixels_may_be_padded() {
        let picture = Picture::qr(CODE, 3);
        let width = picture.width;
        for (row_stride, pixel_stride) in [(width + 13, 1), (2 * width, 2), (2 * width - 1, 2), (4 * width + 7, 4)] {
            let data = picture.spread(row_stride, pixel_stride);
            let plane =
                LuminancePlane::new(&data, width, picture.height, row_stride, pixel_stride).unwrap();
            let texts = decode(&plane).unwrap();
            assert_eq!(texts[0].as_str(), CODE, "{row_stride} {pixel_stride}");

            let needed = data.len();
            let cut = LuminancePlane::new(&data[1..], width, picture.height, row_stride, pixel_stride);
            assert_eq!(cut.unwrap_err(), QrError::BufferTooShort { needed, actual: needed - 1 });
        }
    }

    #[test]
    fn impossible_planes() {
        let invalid = QrError::InvalidDimensions;
        let max = usize::MAX;
        let cases = [
            ((0, 4, 4, 1), invalid),
            ((4, 0, 4, 1), invalid),
            ((4, 4, 4, 0), invalid),
            ((4, 4, 3, 1), invalid),
            ((4, 4, 6, 2), invalid),
            ((4, 4, 0, 1), invalid),
            ((max, max, max, 1), QrError::TooLarge),
            ((32_768, 32_768, 32_768, 1), QrError::TooLarge),
            ((32_769, 1, 32_769, 1), QrError::TooLarge),
            ((4, 4, max, 1), QrError::TooLarge),
            ((4, 4, max, max), QrError::TooLarge),
            ((2, 2, max, 1), QrError::TooLarge),
            ((2, 1, max, max - 1), QrError::BufferTooShort { needed: max, actual: 16 }),
            ((4, 5, 4, 1), QrError::BufferTooShort { needed: 20, actual: 16 }),
        ];
        for ((width, height, row, pixel), expected) in cases {
            let plane = LuminancePlane::new(&[0; 16], width, height, row, pixel);
            assert_eq!(plane.unwrap_err(), expected, "{width} {height} {row} {pixel}");
        }
    }

    #[test]
    fn pictures_without_an_activation_code() {
        let web_page = Picture::qr("https://example.com/esim", 5);
        let wifi = Picture::qr("WIFI:S:cafe;;", 5);
        let spoilt = Picture::qr("LPA:2$smdp.example.com$T", 5);
        let torn = Picture::qr(CODE, 6);
        let torn = Picture::from_fn(torn.width, torn.height, |x, y| {
            // Noise over the data area, finder patterns left alone.
            let middle = (80..150).contains(&x) && (24..200).contains(&y);
            if middle { grain(y / 6 * 64 + x / 6) & 0x80 } else { torn.at(x as i64, y as i64) }
        });
        let code = ScanError::Code;
        let cases = [
            ("white", Picture::from_fn(200, 100, |_, _| 255), QrError::NoQrCode.into()),
            ("grain", Picture::from_fn(200, 100, |x, y| grain(y * 200 + x)), QrError::NoQrCode.into()),
            ("narrow", Picture::from_fn(20, 500, |_, _| 0), QrError::NoQrCode.into()),
            ("torn", torn, QrError::Unreadable.into()),
            ("bytes", Picture::qr([0x80, 0xFF, 0x00, 0xC3], 5), QrError::NotText.into()),
            ("web page", web_page.clone(), code(ActivationCodeError::WebPage)),
            ("other text", wifi.clone(), code(ActivationCodeError::NotAnActivationCode)),
            ("both", wifi.beside(&spoilt), code(ActivationCodeError::UnsupportedVersion)),
            ("both, turned", spoilt.beside(&wifi), code(ActivationCodeError::UnsupportedVersion)),
        ];
        for (name, picture, expected) in cases {
            assert_eq!(picture.scan(), Err(expected), "{name}");
        }
    }

    #[test]
    fn the_activation_code_among_several_codes() {
        let web_page = Picture::qr("https://example.com/esim", 5);
        let code = Picture::qr(CODE, 5);
        for picture in [web_page.beside(&code), code.beside(&web_page)] {
            assert_eq!(picture.scan().unwrap().to_qr_text(), CODE);
            assert_eq!(decode(&picture.plane()).unwrap().len(), 2);
        }
    }

    #[test]
    fn errors_have_keys_and_texts_are_redacted() {
        let scan = ScanError::from(QrError::NoQrCode);
        assert_eq!(scan.key(), "qr.no_qr_code");
        let scan = ScanError::from(ActivationCodeError::WebPage);
        assert_eq!(scan.key(), "activation_code.web_page");
        let texts = decode(&Picture::qr(CODE, 4).plane()).unwrap();
        assert_eq!(format!("{texts:?}"), "[QrText(redacted)]");
    }

    #[test]
    fn overdue_searches_are_given_up_and_counted() {
        static ENDLESS: Overdue = Overdue(Mutex::new(Vec::new()));
        let mut releases = Vec::new();
        for _ in 0..MAX_OVERDUE {
            let (release, wait) = sync_channel::<()>(0);
            let (done, ended) = sync_channel::<()>(0);
            let job = move |findings: Sender<Findings>| {
                let _ = wait.recv();
                drop((findings, done));
            };
            let mut search = Search::spawn(&ENDLESS, Duration::ZERO, job).unwrap();
            assert_eq!(search.find_map(|_| Some(())), Err(QrError::TookTooLong));
            releases.push((release, ended));
        }
        let refused = Search::spawn(&ENDLESS, Duration::ZERO, |_| ()).map(|_| ());
        assert_eq!(refused, Err(QrError::Busy));
        assert!(ENDLESS.is_full());

        let running = ENDLESS.0.lock().unwrap().clone();
        for (release, ended) in releases {
            drop(release);
            assert!(ended.recv().is_err());
        }
        while running.iter().any(|thread| thread.strong_count() > 0) {
            std::thread::yield_now();
        }
        assert!(!ENDLESS.is_full());
    }

    #[test]
    fn a_crashed_search_is_an_error() {
        static CRASHED: Overdue = Overdue(Mutex::new(Vec::new()));
        let job = |findings: Sender<Findings>| {
            let found = Findings { texts: Vec::new(), failure: QrError::Unreadable };
            findings.send(found).unwrap();
        };
        let mut search = Search::spawn(&CRASHED, TIME_LIMIT, job).unwrap();
        assert_eq!(search.find_map(|texts| texts.into_iter().next()), Err(QrError::Unreadable));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_text_comes_back(text in "[ -~]{1,120}", module in 2usize..6) {
            let texts = decode(&Picture::qr(&text, module).plane()).unwrap();
            prop_assert_eq!(texts.len(), 1);
            prop_assert_eq!(texts[0].as_str(), text);
        }

        #[test]
        fn random_planes_never_panic(
            data in prop::collection::vec(any::<u8>(), 0..6000),
            width in 0usize..90, height in 0usize..90, padding in 0usize..4, pixel_stride in 0usize..3,
        ) {
            let row_stride = width * pixel_stride + padding;
            if let Ok(plane) = LuminancePlane::new(&data, width, height, row_stride, pixel_stride) {
                prop_assert!(decode(&plane).is_err());
            }
        }

        #[test]
        fn spoilt_codes_never_panic(
            degrees in 0f64..360.0, shear in -0.8f64..0.8,
            spots in prop::collection::vec((0i64..160, 0i64..160, 1i64..40, any::<u8>()), 0..12),
        ) {
            let code = Picture::qr(CODE, 3).rotated(degrees);
            let picture = Picture::from_fn(code.width, code.height, |x, y| {
                let (x, y) = (x as i64, y as i64);
                let spot = spots.iter().find(|(left, top, side, _)| {
                    (*left..left + side).contains(&x) && (*top..top + side).contains(&y)
                });
                let sheared = x + (shear * (y - code.height as i64 / 2) as f64) as i64;
                spot.map_or_else(|| code.at(sheared, y), |(.., value)| *value)
            });
            let _ = picture.scan();
        }
    }
}
