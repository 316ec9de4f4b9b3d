//! QR codes in camera frames and pictures, without any image codec.
//!
//! A shell hands over the luminance plane of a frame (Android `Image` plane 0, iOS `420f` plane 0, or the grey
//! values of a decoded picture). Finding and error correction are [`quircs`]'s. It is made safe for arbitrary input
//! here: it works on a thread of its own under a time limit, because an unlucky frame can make it search for minutes
//! (the same search as in quirc, dlbeer/quirc#162), and its assertions are caught.

mod look;
mod picture;

use std::fmt;
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use thiserror::Error;
use zeroize::Zeroizing;

use look::look;
pub use picture::QrPicture;

use crate::activation_code::{ActivationCode, ActivationCodeError, ParseOptions};
use crate::sync::lock;

/// Longest side of a picture, in pixels.
const MAX_SIDE: usize = 32_768;
/// Largest picture, in pixels: the 108-megapixel cameras fit.
const MAX_PIXELS: usize = 1 << 27;
/// No QR code has fewer modules a side, so no smaller picture can hold one.
const MIN_SIDE: usize = 21;
/// Longest side that is searched at all; larger pictures are reduced to it first.
const FULL_SIDE: usize = 4096;
/// Longest side of the first search. A second one takes half of it, because averaging removes noise, which no
/// threshold can bear.
const QUICK_SIDE: usize = 2000;
/// Longest side of a picture that is also looked at in double size, for quircs wants modules of two pixels.
const SMALL_SIDE: usize = 512;
/// How long one picture may take. On a laptop a frame of 640 x 480 takes 10 ms, one of 12 megapixels half a second.
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
    /// A text that is too long to be shown as a QR code.
    #[error("the text is too long for a QR code")]
    TooLong,
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
            Self::TooLong => "qr.too_long",
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
        // The side limit keeps the product from overflowing.
        if width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS {
            return Err(QrError::TooLarge);
        }
        let row_length = pixel_stride.checked_mul(width - 1).and_then(|last| last.checked_add(1));
        let row_length = row_length.ok_or(QrError::TooLarge)?;
        if row_stride < row_length {
            return Err(QrError::InvalidDimensions);
        }
        let last_row = row_stride.checked_mul(height - 1);
        let needed = last_row.and_then(|start| start.checked_add(row_length));
        let (needed, actual) = (needed.ok_or(QrError::TooLarge)?, data.len());
        if actual < needed {
            return Err(QrError::BufferTooShort { needed, actual });
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
/// Blocks for some milliseconds a frame, five seconds at worst: do not call it on a user interface's thread.
///
/// # Errors
/// [`QrError::NoQrCode`], [`QrError::Unreadable`], [`QrError::NotText`], [`QrError::TookTooLong`] or
/// [`QrError::Busy`].
pub fn decode(plane: &LuminancePlane<'_>) -> Result<Vec<QrText>, QrError> {
    decode_within(TIME_LIMIT, plane)
}

fn decode_within(limit: Duration, plane: &LuminancePlane<'_>) -> Result<Vec<QrText>, QrError> {
    let mut search = Search::start(plane, limit)?;
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
    scan_within(TIME_LIMIT, plane, options)
}

fn scan_within(
    limit: Duration,
    plane: &LuminancePlane<'_>,
    options: &ParseOptions,
) -> Result<ActivationCode, ScanError> {
    let mut refused = None;
    let mut search = Search::start(plane, limit)?;
    let mut parse = |text: &QrText| {
        let result = ActivationCode::parse_with(text.as_str(), options);
        result.map_err(|error| refused = Some(more_telling(refused, error))).ok()
    };
    let found = search.find_map(|texts| texts.iter().find_map(&mut parse));
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
    fn reduced(
        width: usize,
        height: usize,
        side: usize,
        pixel: impl Fn(usize, usize) -> u8,
    ) -> Self {
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

    fn doubled(&self) -> Self {
        let (width, height) = (2 * self.width, 2 * self.height);
        Self::reduced(width, height, usize::MAX, |x, y| self.pixel(x / 2, y / 2))
    }
}

/// What one look at the picture gave.
struct Findings {
    texts: Vec<QrText>,
    /// The most telling failure among the codes that gave no text.
    failure: QrError,
}

impl Findings {
    fn only(failure: QrError) -> Self {
        Self { texts: Vec::new(), failure }
    }
}

/// Looks at the picture in several sizes, and inverted in each for codes drawn light on dark. Large pictures are
/// looked at in full only at the end, for small codes, and small ones in double size.
fn search_all(picture: &Grey, findings: &Sender<Findings>) {
    let longest = picture.width.max(picture.height);
    let sides = if longest <= QUICK_SIDE {
        vec![longest, longest.div_ceil(2)]
    } else {
        vec![QUICK_SIDE, QUICK_SIDE / 2, longest]
    };
    let sides = sides.into_iter().filter(|side| *side >= MIN_SIDE);
    let doubled = (longest <= SMALL_SIDE).then(|| picture.doubled());
    for grey in sides.map(|side| picture.reduced_to(side)).chain(doubled) {
        for invert in [false, true] {
            // quircs asserts what it expects of a picture; a picture that is otherwise has no readable code.
            let found = catch_unwind(|| look(&grey, invert));
            let found = found.unwrap_or_else(|_| Findings::only(QrError::Unreadable));
            if findings.send(found).is_err() {
                return;
            }
        }
    }
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
        let mut list = lock(&self.0);
        list.retain(|running| running.strong_count() > 0);
        list.len() >= MAX_OVERDUE
    }

    fn add(&self, running: Weak<()>) {
        lock(&self.0).push(running);
    }
}

impl Search {
    fn start(plane: &LuminancePlane<'_>, limit: Duration) -> Result<Self, QrError> {
        if plane.width.min(plane.height) < MIN_SIDE {
            return Err(QrError::NoQrCode);
        }
        let picture = Grey::reduced(plane.width, plane.height, FULL_SIDE, |x, y| plane.pixel(x, y));
        Self::spawn(&OVERDUE, limit, move |findings| search_all(&picture, &findings))
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
    fn find_map<T>(
        &mut self,
        mut pick: impl FnMut(Vec<QrText>) -> Option<T>,
    ) -> Result<T, QrError> {
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
mod tests;
