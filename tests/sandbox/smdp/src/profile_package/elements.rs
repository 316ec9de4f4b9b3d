//! The profile elements that the sandbox writes, member by member (TCA profile package 2.3, automatic tags).

use lpakit_rsp::Tag;
use lpakit_rsp::coding::put_unsigned;
use lpakit_rsp::tlv::Writer;
use lpakit_sandbox_crypto::Random;

use super::build::{PackageSpec, written};
use super::iccid;

// Choices of ProfileElement.
const HEADER: u8 = 0;
const PIN_CODES: u8 = 2;
const PUK_CODES: u8 = 3;
const AKA_PARAMETER: u8 = 4;
const NON_STANDARD: u8 = 9;
const END: u8 = 10;
const MF: u8 = 16;
const TELECOM: u8 = 18;
const USIM: u8 = 19;

// Object identifiers, content octets only: the file-system templates 2.23.143.1.2.{1,3,4} and the example arc
// 2.999 as the issuer of filler.
const MF_TEMPLATE: &[u8] = &[0x67, 0x81, 0x0F, 0x01, 0x02, 0x01];
const TELECOM_TEMPLATE: &[u8] = &[0x67, 0x81, 0x0F, 0x01, 0x02, 0x03];
const USIM_TEMPLATE: &[u8] = &[0x67, 0x81, 0x0F, 0x01, 0x02, 0x04];
const EXAMPLE_ISSUER: &[u8] = &[0x88, 0x37];

const USIM_AID: &[u8] = &[
    0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];
/// PIN status of MF, DFs and the USIM: global PIN 1 and ADM 1.
const PIN_STATUS: &[u8] = &[0x01, 0x02, 0x0A];
/// One access rule: always readable, updated with ADM 1.
const ACCESS_RULE: &[u8] = &[
    0x80, 0x01, 0x01, 0x90, 0x00, 0x80, 0x01, 0x1A, 0xA4, 0x06, 0x83, 0x01, 0x0A, 0x95, 0x01, 0x08,
];

/// Elements one after another, numbered as they come.
pub(super) struct Elements {
    out: Writer,
    next: u16,
}

impl Elements {
    pub(super) const fn new() -> Self {
        Self { out: Writer::new(), next: 1 }
    }

    /// What was written, and the number of the next element.
    pub(super) fn finish(self) -> (Vec<u8>, u16) {
        (self.out.into_bytes(), self.next)
    }

    fn element(&mut self, choice: u8, members: impl FnOnce(&mut Writer)) {
        let number = self.next;
        self.next += 1;
        self.out.put_with(Tag::context_constructed(choice), |out| {
            pe_header(out, number);
            members(out);
        });
    }

    pub(super) fn header(&mut self, spec: &PackageSpec) {
        self.out.put_with(Tag::context_constructed(HEADER), |out| {
            put_unsigned(out, Tag::context(0), 2);
            put_unsigned(out, Tag::context(1), 3);
            out.put(Tag::context(2), spec.profile_type.as_bytes());
            out.put(Tag::context(3), &iccid::to_header(&spec.iccid));
            out.put_with(Tag::context_constructed(5), |services| {
                services.put(Tag::context(1), &[]); // usim
                services.put(Tag::context(4), &[]); // milenage
            });
            out.put_with(Tag::context_constructed(6), |templates| {
                templates.put(Tag::OID, MF_TEMPLATE);
                templates.put(Tag::OID, USIM_TEMPLATE);
            });
        });
    }

    pub(super) fn mf(&mut self, spec: &PackageSpec) {
        let directory = written(|out| {
            out.put_with(Tag::new(0x61), |entry| {
                entry.put(Tag::AID, USIM_AID);
                entry.put(Tag::new(0x50), b"USIM");
            });
        });
        self.element(MF, |out| {
            out.put(Tag::context(1), MF_TEMPLATE);
            file(out, 2, Some(&directory_descriptor(None)), None);
            file(out, 4, None, Some(spec.iccid.octets()));
            file(out, 5, Some(&records(&directory)), Some(&directory));
            file(out, 6, Some(&records(ACCESS_RULE)), Some(ACCESS_RULE));
        });
    }

    /// PUK and PIN of the profile, and its administrative key.
    pub(super) fn codes(&mut self, random: &mut dyn Random) {
        let puk = digits(8, random);
        self.element(PUK_CODES, |out| {
            out.put_with(Tag::context_constructed(1), |list| {
                list.put_with(Tag::SEQUENCE, |code| {
                    put_unsigned(code, Tag::context(0), 1);
                    code.put(Tag::context(1), &puk);
                });
            });
        });
        let mut adm = [0; 8];
        random.fill(&mut adm);
        self.element(PIN_CODES, |out| {
            pin_list(out, |list| {
                pin(list, 1, &pin_value(), Some(1), 6);
                pin(list, 10, &adm, None, 1);
            });
        });
    }

    /// The USIM's own second PIN.
    pub(super) fn local_pin(&mut self, random: &mut dyn Random) {
        let mut value = digits(4, random);
        value.resize(8, 0xFF);
        self.element(PIN_CODES, |out| {
            pin_list(out, |list| pin(list, 129, &value, None, 7));
        });
    }

    pub(super) fn telecom(&mut self) {
        self.element(TELECOM, |out| {
            out.put(Tag::context(1), TELECOM_TEMPLATE);
            file(out, 2, Some(&directory_descriptor(None)), None);
            file(out, 3, Some(&records(ACCESS_RULE)), Some(ACCESS_RULE));
        });
    }

    pub(super) fn usim(&mut self, spec: &PackageSpec) {
        let adf = directory_descriptor(Some(USIM_AID));
        self.element(USIM, |out| {
            out.put(Tag::context(1), USIM_TEMPLATE);
            file(out, 2, Some(&adf), None);
            file(out, 3, None, Some(&imsi(spec.imsi.digits())));
            file(out, 4, Some(&records(ACCESS_RULE)), Some(ACCESS_RULE));
            // ef-ust: service 19, service provider name
            file(out, 8, None, Some(&[0x00, 0x00, 0x04, 0x00, 0x00]));
            file(out, 13, None, Some(&provider_name(&spec.service_provider_name)));
            file(out, 14, None, Some(&[0x00]));
            // ef-acc: the access class is the IMSI's last digit
            file(out, 18, None, Some(&access_class(spec.imsi.digits())));
            file(out, 21, None, Some(&[0x00, 0x00, 0x00, spec.mnc_digits]));
            let emergency = [0x11, 0xF2, 0xFF, 0x00];
            file(out, 22, Some(&records(&emergency)), Some(&emergency));
        });
    }

    /// Milenage with a random key and OPc.
    pub(super) fn aka(&mut self, random: &mut dyn Random) {
        let mut keys = [[0; 16]; 2];
        keys.iter_mut().for_each(|key| random.fill(key));
        let [key, opc] = keys;
        self.element(AKA_PARAMETER, |out| {
            out.put_with(Tag::context_constructed(1), |choice| {
                choice.put_with(Tag::context_constructed(1), |algorithm| {
                    put_unsigned(algorithm, Tag::context(0), 1);
                    algorithm.put(Tag::context(1), &[0x01]);
                    algorithm.put(Tag::context(2), &key);
                    algorithm.put(Tag::context(3), &opc);
                });
            });
        });
    }
}

/// An element that no interpreter needs to understand, with this content.
pub(super) fn non_standard(number: u16, content: &[u8]) -> Vec<u8> {
    written(|out| {
        out.put_with(Tag::context_constructed(NON_STANDARD), |out| {
            pe_header(out, number);
            out.put(Tag::context(1), EXAMPLE_ISSUER);
            out.put(Tag::context(2), content);
        });
    })
}

/// How long [`non_standard`] would be, without writing it.
pub(super) fn non_standard_length(number: u16, content: usize) -> usize {
    let before = written(|out| {
        pe_header(out, number);
        out.put(Tag::context(1), EXAMPLE_ISSUER);
    });
    let wrapped = |length: usize| {
        let mut header = Vec::new();
        lpakit_rsp::tlv::write_header(Tag::context(2), length, &mut header);
        header.len() + length
    };
    wrapped(before.len() + wrapped(content))
}

/// The element that closes a package. It has the highest number there is, so that its size does not depend on how
/// many elements stand before it.
pub(super) fn end() -> Vec<u8> {
    written(|out| out.put_with(Tag::context_constructed(END), |out| pe_header(out, 0x7FFF)))
}

/// PEHeader: support is mandatory, and the element's number.
fn pe_header(out: &mut Writer, number: u16) {
    out.put_with(Tag::context_constructed(0), |header| {
        header.put(Tag::context(0), &[]);
        put_unsigned(header, Tag::context(1), u32::from(number));
    });
}

/// A file of a template: its descriptor when the template's default does not do, and its content.
fn file(out: &mut Writer, member: u8, descriptor: Option<&[u8]>, content: Option<&[u8]>) {
    out.put_with(Tag::context_constructed(member), |file| {
        if let Some(descriptor) = descriptor {
            file.put(Tag::context_constructed(1), descriptor);
        }
        file.put_optional(Tag::context(3), content);
    });
}

/// FCP of a directory; an application's has a temporary file identifier and a name.
fn directory_descriptor(aid: Option<&[u8]>) -> Vec<u8> {
    written(|out| {
        if let Some(aid) = aid {
            out.put(Tag::context(3), &[0x7F, 0xD0]);
            out.put(Tag::context(4), aid);
        }
        out.put(Tag::new(0xC6), PIN_STATUS);
    })
}

/// FCP of a linear fixed file that holds one record of this content.
fn records(content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(0).to_be_bytes();
    written(|out| {
        out.put(Tag::context(2), &[0x42, 0x21, high, low]);
        let size: &[u8] = if high == 0 { &[low] } else { &[high, low] };
        out.put(Tag::context(0), size);
    })
}

fn pin_list(out: &mut Writer, pins: impl FnOnce(&mut Writer)) {
    out.put_with(Tag::context_constructed(1), |choice| {
        choice.put_with(Tag::context_constructed(0), pins);
    });
}

fn pin(list: &mut Writer, reference: u8, value: &[u8], puk: Option<u8>, attributes: u8) {
    list.put_with(Tag::SEQUENCE, |pin| {
        put_unsigned(pin, Tag::context(0), u32::from(reference));
        pin.put(Tag::context(1), value);
        if let Some(puk) = puk {
            put_unsigned(pin, Tag::context(2), u32::from(puk));
        }
        // 7 is the default, which DER leaves out.
        if attributes != 7 {
            put_unsigned(pin, Tag::context(3), u32::from(attributes));
        }
    });
}

/// PIN 1, the usual 0000 filled with FF; it is disabled.
fn pin_value() -> [u8; 8] {
    let mut value = [0xFF; 8];
    if let Some(digits) = value.first_chunk_mut::<4>() {
        *digits = *b"0000";
    }
    value
}

fn digits(count: usize, random: &mut dyn Random) -> Vec<u8> {
    let mut octets = vec![0; count];
    random.fill(&mut octets);
    octets.iter().map(|octet| b'0' + octet % 10).collect()
}

/// EF_IMSI: length, then a nibble of parity and the digits, swapped (TS 31.102 4.2.2).
fn imsi(digits: &str) -> Vec<u8> {
    let parity = if digits.len() % 2 == 1 { 9 } else { 1 };
    let mut nibbles = vec![parity];
    nibbles.extend(digits.bytes().map(|digit| digit & 0x0F));
    let packed: Vec<u8> = nibbles
        .chunks(2)
        .map(|pair| match pair {
            [low, high] => high << 4 | low,
            [low] => 0xF0 | low,
            _ => 0xFF,
        })
        .collect();
    let mut content = vec![u8::try_from(packed.len()).unwrap_or(8)];
    content.extend(packed);
    content.resize(9, 0xFF);
    content
}

/// EF_SPN: display condition, then 16 octets of name (TS 31.102 4.2.12).
fn provider_name(name: &str) -> Vec<u8> {
    let mut content = vec![0x01];
    content.extend(name.bytes().filter(u8::is_ascii).take(16));
    content.resize(17, 0xFF);
    content
}

fn access_class(imsi: &str) -> [u8; 2] {
    let last = imsi.bytes().last().unwrap_or(b'0') & 0x0F;
    (1_u16 << last.min(9)).to_be_bytes()
}
