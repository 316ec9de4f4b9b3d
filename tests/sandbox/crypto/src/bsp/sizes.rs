//! How much fits in a segment.

use super::{BspError, MAC_LENGTH, SegmentTag};

/// Largest segment with tag, length and MAC that the standard allows, in bytes.
pub const MAX_SEGMENT: usize = 1020;
/// Smallest largest-segment that can carry anything: tag, length, one block, MAC.
pub const MIN_SEGMENT: usize = 2 + BLOCK + MAC_LENGTH;

pub(super) const BLOCK: usize = 16;

/// Plaintext bytes that fit in one segment of at most `max_segment` bytes.
pub(super) fn max_plaintext(tag: SegmentTag, max_segment: usize) -> usize {
    let body = max_value(max_segment).saturating_sub(MAC_LENGTH);
    if tag.is_encrypted() {
        // One byte of the last block is always padding.
        (body / BLOCK * BLOCK).saturating_sub(1)
    } else {
        body
    }
}

/// The longest value whose tag and length still fit beside it.
fn max_value(max_segment: usize) -> usize {
    (0..=max_segment).rev().find(|value| segment_length(*value) <= max_segment).unwrap_or(0)
}

/// Length of a segment with a value of `value` bytes.
pub(super) fn segment_length(value: usize) -> usize {
    let mut header = vec![0];
    write_length(&mut header, value);
    header.len() + value
}

pub(super) fn check_max_segment(max_segment: usize) -> Result<usize, BspError> {
    if (MIN_SEGMENT..=MAX_SEGMENT).contains(&max_segment) {
        Ok(max_segment)
    } else {
        Err(BspError::SegmentSize)
    }
}

/// Appends `length` in the shortest BER form.
pub(super) fn write_length(output: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..=0x7F) = u8::try_from(length) {
        output.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let significant: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    // A usize has at most eight bytes.
    output.push(0x80 | significant.len() as u8);
    output.extend(significant);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(value: usize) -> String {
        let mut bytes = Vec::new();
        write_length(&mut bytes, value);
        hex::encode(bytes)
    }

    #[test]
    fn lengths_are_in_shortest_form() {
        let pairs = [
            (0, "00"),
            (0x7F, "7f"),
            (0x80, "8180"),
            (0xFF, "81ff"),
            (0x100, "820100"),
            (0xFFFF, "82ffff"),
            (0x1_0000, "83010000"),
        ];
        for (value, expected) in pairs {
            assert_eq!(length(value), expected);
        }
    }

    #[test]
    fn the_standards_largest_pieces() {
        assert_eq!(max_plaintext(SegmentTag::Profile, MAX_SEGMENT), 1007);
        assert_eq!(max_plaintext(SegmentTag::Command, MAX_SEGMENT), 1007);
        assert_eq!(max_plaintext(SegmentTag::Metadata, MAX_SEGMENT), 1008);
    }

    #[test]
    fn pieces_at_the_edges_of_the_length_forms() {
        // 129 = tag, one length byte, 127; 130 = the same, for 128 needs a second length byte.
        assert_eq!(max_plaintext(SegmentTag::Metadata, 129), 119);
        assert_eq!(max_plaintext(SegmentTag::Metadata, 130), 119);
        assert_eq!(max_plaintext(SegmentTag::Metadata, 131), 120);
        assert_eq!(max_plaintext(SegmentTag::Profile, MIN_SEGMENT), 15);
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        assert_eq!(check_max_segment(1021), Err(BspError::SegmentSize));
        assert_eq!(check_max_segment(25), Err(BspError::SegmentSize));
        assert_eq!(check_max_segment(26), Ok(26));
        assert_eq!(check_max_segment(1020), Ok(1020));
    }
}
