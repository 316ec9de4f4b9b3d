//! Which segment may come when (SGP.22 2.5.5, facts 3.6).
//!
//! The parts A0 and A2 come with their first 87, further 87s alone; or whole in one command, which cards in the
//! field take too. The parts A1 and A3 come as a bare header first, then each 88 or 86 alone. All lengths must
//! close exactly with that of BF36.

use lpakit_rsp::bpp::{SEGMENT_86, SEGMENT_87, SEGMENT_88};
use lpakit_rsp::tlv::{Fields, Reader, Tag, Tlv};
use lpakit_sandbox_crypto::SegmentTag;

/// The parts of a package after BF23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A0: ConfigureISDP.
    Configure,
    /// A1: StoreMetadata.
    Metadata,
    /// A2: ReplaceSessionKeys.
    ReplaceKeys,
    /// A3: the profile package.
    Profile,
}

/// Where in a package the card is.
#[derive(Debug)]
pub(super) struct Outline {
    /// Octets of BF36 whose header or content has not come yet, parts that have begun left out.
    left: usize,
    /// The part that began last.
    part: Option<Part>,
    /// What has not come of it.
    part_left: usize,
}

/// One protected segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) part: Part,
    pub(super) tag: SegmentTag,
    /// Ciphertext (or plaintext) and MAC.
    pub(super) value: &'a [u8],
    pub(super) ends_part: bool,
}

impl Part {
    fn from_tag(tag: Tag) -> Option<Self> {
        match tag.octets() {
            0xA0 => Some(Self::Configure),
            0xA1 => Some(Self::Metadata),
            0xA2 => Some(Self::ReplaceKeys),
            0xA3 => Some(Self::Profile),
            _ => None,
        }
    }

    fn may_follow(self, previous: Option<Self>) -> bool {
        matches!(
            (previous, self),
            (None, Self::Configure)
                | (Some(Self::Configure), Self::Metadata)
                | (Some(Self::Metadata), Self::ReplaceKeys | Self::Profile)
                | (Some(Self::ReplaceKeys), Self::Profile)
        )
    }

    /// The segments in it.
    fn segments(self) -> (Tag, SegmentTag) {
        match self {
            Self::Configure | Self::ReplaceKeys => (SEGMENT_87, SegmentTag::Command),
            Self::Metadata => (SEGMENT_88, SegmentTag::Metadata),
            Self::Profile => (SEGMENT_86, SegmentTag::Profile),
        }
    }
}

impl Outline {
    /// A package of which so many octets follow BF23.
    pub(super) fn new(left: usize) -> Self {
        Self { left, part: None, part_left: 0 }
    }

    /// The segments in a command, none for a bare header; `None` when it is not what must come now.
    pub(super) fn accept<'a>(&mut self, command: &'a [u8]) -> Option<Vec<Segment<'a>>> {
        match self.part {
            Some(part) if self.part_left > 0 => {
                let segment = Tlv::parse_as(command, part.segments().0).ok()?;
                Some(vec![self.take(part, segment)?])
            }
            _ => self.begin(command),
        }
    }

    /// A command that begins a part.
    fn begin<'a>(&mut self, command: &'a [u8]) -> Option<Vec<Segment<'a>>> {
        let (tag, header, length) = Reader::new(command).peek_header().ok()?;
        let part = Part::from_tag(tag).filter(|part| part.may_follow(self.part))?;
        let left = self.left.checked_sub(header.checked_add(length)?)?;
        // The profile is the last part, and only it.
        if length == 0 || (part == Part::Profile) != (left == 0) {
            return None;
        }
        let content = command.get(header..)?;
        let segments = match part {
            Part::Metadata | Part::Profile => content.is_empty().then(Vec::new)?,
            Part::Configure | Part::ReplaceKeys => first_or_all(content, length)?,
        };
        self.left = left;
        self.part = Some(part);
        self.part_left = length;
        segments.into_iter().map(|segment| self.take(part, segment)).collect()
    }

    fn take<'a>(&mut self, part: Part, segment: Tlv<'a>) -> Option<Segment<'a>> {
        self.part_left = self.part_left.checked_sub(segment.raw.len())?;
        Some(Segment {
            part,
            tag: part.segments().1,
            value: segment.value,
            ends_part: self.part_left == 0,
        })
    }
}

/// The 87s that come with their part's header: the first one, or all.
fn first_or_all(content: &[u8], length: usize) -> Option<Vec<Tlv<'_>>> {
    let segments: Vec<Tlv<'_>> = Fields::parse(content).ok()?.iter().collect();
    let right = match segments.len() {
        0 => false,
        1 => content.len() <= length,
        _ => content.len() == length,
    };
    (right && segments.iter().all(|segment| segment.tag == SEGMENT_87)).then_some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u32, value: &[u8]) -> Vec<u8> {
        lpakit_rsp::tlv::encode(Tag::new(tag), value)
    }

    struct Package {
        configure: Vec<u8>,
        metadata: Vec<u8>,
        replace: Vec<u8>,
        profile: Vec<u8>,
        s87: Vec<u8>,
        s88: Vec<u8>,
        s86: Vec<u8>,
    }

    /// Two segments in each part.
    fn package() -> Package {
        let (s87, s88, s86) = (tlv(0x87, &[1; 24]), tlv(0x88, &[2; 200]), tlv(0x86, &[3; 1000]));
        let twice = |tag, segment: &Vec<u8>| tlv(tag, &[segment.clone(), segment.clone()].concat());
        Package {
            configure: twice(0xA0, &s87),
            metadata: twice(0xA1, &s88),
            replace: twice(0xA2, &s87),
            profile: twice(0xA3, &s86),
            s87,
            s88,
            s86,
        }
    }

    impl Package {
        fn outline(&self) -> Outline {
            Outline::new(
                [&self.configure, &self.metadata, &self.replace, &self.profile]
                    .map(Vec::len)
                    .iter()
                    .sum(),
            )
        }

        fn with_first(part: &[u8], segment: &[u8]) -> Vec<u8> {
            part[..part.len() - segment.len()].to_vec()
        }

        fn header<'p>(part: &'p [u8], segment: &[u8]) -> &'p [u8] {
            &part[..part.len() - 2 * segment.len()]
        }
    }

    fn counts(outline: &mut Outline, commands: &[&[u8]]) -> Option<Vec<(usize, bool)>> {
        commands
            .iter()
            .map(|command| {
                let segments = outline.accept(command)?;
                Some((segments.len(), segments.last().is_some_and(|segment| segment.ends_part)))
            })
            .collect()
    }

    #[test]
    fn the_standards_segments_are_taken() {
        let p = package();
        let commands: [&[u8]; 10] = [
            &Package::with_first(&p.configure, &p.s87),
            &p.s87,
            Package::header(&p.metadata, &p.s88),
            &p.s88,
            &p.s88,
            &Package::with_first(&p.replace, &p.s87),
            &p.s87,
            Package::header(&p.profile, &p.s86),
            &p.s86,
            &p.s86,
        ];
        let expected = [
            (1, false),
            (1, true),
            (0, false),
            (1, false),
            (1, true),
            (1, false),
            (1, true),
            (0, false),
            (1, false),
            (1, true),
        ];
        assert_eq!(counts(&mut p.outline(), &commands), Some(expected.to_vec()));
    }

    #[test]
    fn whole_parts_of_87s_are_taken_too() {
        let p = package();
        let commands: [&[u8]; 2] = [&p.configure, Package::header(&p.metadata, &p.s88)];
        assert_eq!(counts(&mut p.outline(), &commands), Some(vec![(2, true), (0, false)]));
    }

    #[test]
    fn every_wrong_boundary_is_refused() {
        let p = package();
        let configured = |outline: &mut Outline| outline.accept(&p.configure).is_some();
        let two = |segment: &[u8]| [segment, segment].concat();

        let first: [&[u8]; 7] = [
            &p.metadata,                           // a part too early
            &p.s87,                                // no header
            Package::header(&p.configure, &p.s87), // a bare header
            &[&p.configure[..], &[0]].concat(),    // something behind
            &p.configure[..p.configure.len() - 1], // cut short
            &tlv(0xA0, &[]),
            &[],
        ];
        for command in first {
            assert_eq!(p.outline().accept(command), None, "{command:02X?}");
        }
        let second: [&[u8]; 5] = [
            &p.metadata, // header and 88s in one command
            &Package::with_first(&p.metadata, &p.s88),
            &p.configure, // again
            &p.profile,   // metadata left out
            &p.s88,       // no header
        ];
        for command in second {
            let mut outline = p.outline();
            assert!(configured(&mut outline));
            assert_eq!(outline.accept(command), None, "{command:02X?}");
        }
        let third: [&[u8]; 4] = [&two(&p.s88), &p.s86, &p.s88[..150], &p.s88[1..]];
        for command in third {
            let mut outline = p.outline();
            assert!(configured(&mut outline));
            assert!(outline.accept(Package::header(&p.metadata, &p.s88)).is_some());
            assert_eq!(outline.accept(command), None);
        }
    }

    #[test]
    fn lengths_must_close_with_the_package() {
        let p = package();
        let whole =
            [&p.configure, &p.metadata, &p.replace, &p.profile].map(Vec::len).iter().sum::<usize>();
        for wrong in [whole - 1, whole + 1] {
            let mut outline = Outline::new(wrong);
            let commands: [&[u8]; 6] = [
                &p.configure,
                Package::header(&p.metadata, &p.s88),
                &p.s88,
                &p.s88,
                &p.replace,
                Package::header(&p.profile, &p.s86),
            ];
            assert!(counts(&mut outline, &commands[..5]).is_some());
            assert_eq!(outline.accept(commands[5]), None);
        }
        // A segment that is longer than what is left of its part.
        let mut outline = p.outline();
        assert!(outline.accept(&p.configure).is_some());
        assert!(outline.accept(&tlv(0xA1, &[0; 100])[..2]).is_some());
        assert_eq!(outline.accept(&p.s88), None);
    }
}
