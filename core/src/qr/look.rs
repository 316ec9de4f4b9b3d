//! One look at a picture: what is dark in it, and the QR codes that this makes.

use quircs::{Code, Quirc};
use zeroize::Zeroizing;

use super::{Findings, Grey, QrError, QrText, more_exact};

/// What surrounds a pixel: so many parts of the picture's longest side, to each of the four sides.
const SURROUNDINGS: usize = 16;
/// The same in small pictures, in pixels: more than a finder pattern's square there, for it must not be all there is.
const SURROUNDINGS_AT_LEAST: usize = 8;
/// A pixel that has less of the brightness around it is dark, in percent.
const DARK: u64 = 92;

/// Looks for QR codes, dark on light or the other way round.
pub(super) fn look(grey: &Grey, invert: bool) -> Findings {
    let picture = dark_or_light(grey, if invert { u8::MAX } else { 0 });
    let mut findings = Findings::only(QrError::NoQrCode);
    for code in Quirc::new().identify(grey.width, grey.height, &picture) {
        match code.ok().map_or(Err(QrError::Unreadable), |code| text_of(&code)) {
            Ok(text) => findings.texts.push(text),
            Err(failure) => findings.failure = more_exact(findings.failure, failure),
        }
    }
    findings
}

fn text_of(code: &Code) -> Result<QrText, QrError> {
    let read = code.decode().or_else(|_| mirrored(code).decode());
    let bytes = Zeroizing::new(read.map_err(|_| QrError::Unreadable)?.payload);
    let text = std::str::from_utf8(&bytes).map_err(|_| QrError::NotText)?;
    Ok(QrText(Zeroizing::new(text.to_owned())))
}

/// The code as a mirror shows it: rows are columns.
fn mirrored(code: &Code) -> Code {
    let mut other = Code { corners: code.corners, size: code.size, ..Code::default() };
    let side = usize::try_from(code.size).unwrap_or_default();
    for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
        let (from, to) = (row * side + column, column * side + row);
        let is_dark =
            code.cell_bitmap.get(from / 8).is_some_and(|bits| bits >> (from % 8) & 1 == 1);
        if let Some(bits) = other.cell_bitmap.get_mut(to / 8) {
            *bits |= u8::from(is_dark) << (to % 8);
        }
    }
    other
}

/// Black for what is darker than its surroundings, else white. quircs has one threshold for the whole picture, which no
/// code that lies half in the shade would pass.
fn dark_or_light(grey: &Grey, flip: u8) -> Vec<u8> {
    let values: Vec<u8> = grey.data.iter().map(|value| value ^ flip).collect();
    let rows: Vec<&[u8]> = values.chunks_exact(grey.width).collect();
    let reach = (grey.width.max(grey.height) / SURROUNDINGS).max(SURROUNDINGS_AT_LEAST);
    let across = |at: usize, end: usize| (at + reach + 1).min(end) - at.saturating_sub(reach);

    // Of each column, the part that surrounds the current row; it moves down with it.
    let mut columns = vec![0_u32; grey.width];
    let add = |columns: &mut [u32], row: &[u8]| {
        columns.iter_mut().zip(row).for_each(|(sum, value)| *sum += u32::from(*value));
    };
    rows.iter().take(reach).for_each(|row| add(&mut columns, row));
    let mut picture = Vec::with_capacity(values.len());
    for (y, row) in rows.iter().enumerate() {
        if let Some(next) = rows.get(y + reach) {
            add(&mut columns, next);
        }
        if let Some(last) = y.checked_sub(reach + 1).and_then(|last| rows.get(last)) {
            columns.iter_mut().zip(*last).for_each(|(sum, value)| *sum -= u32::from(*value));
        }
        let column = |x: Option<usize>| x.and_then(|x| columns.get(x)).map_or(0, |sum| *sum);
        let mut sum: u32 = columns.iter().take(reach).sum();
        for (x, value) in row.iter().enumerate() {
            sum = sum + column(x.checked_add(reach)) - column(x.checked_sub(reach + 1));
            let pixels = (across(x, grey.width) * across(y, grey.height)) as u64;
            let is_dark = u64::from(*value) * pixels * 100 < u64::from(sum) * DARK;
            picture.push(if is_dark { 0 } else { u8::MAX });
        }
    }
    picture
}
