//! Tags, lengths, simple values and identifiers.

use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::coding::{self, Bits};
use lpakit_rsp::identifiers::{Aid, Eid, EidError, Iccid, Imei, MccMnc, Tac, TransactionId};
use lpakit_rsp::profiles::{ProfileInfoListRequest, TagListError};
use lpakit_rsp::tlv::{Fields, Reader, Tlv, Writer, encode, write_header};
use lpakit_rsp::{ObjectIdentifier, Tag, Unknown};
use proptest::prelude::*;

use crate::{config, kinds, values};

fn put(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    write(&mut out);
    out.into_bytes()
}

fn tag() -> impl Strategy<Value = Tag> {
    let octet = (0..=255_u32).prop_filter("one octet", |octet| octet & 0x1F != 0x1F);
    let first = prop::sample::select(vec![0x1F_u32, 0x5F, 0x9F, 0xBF, 0xFF]);
    prop_oneof![
        octet,
        (first.clone(), 0..0x80_u32).prop_map(|(a, b)| a << 8 | b),
        (first, 0x80..=255_u32, 0..0x80_u32).prop_map(|(a, b, c)| a << 16 | b << 8 | c),
    ]
    .prop_map(Tag::new)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn elements_keep_their_tag_value_and_raw_span(
        tag in tag(),
        value in prop_oneof![values::octets(0..300), values::octets(65_530..65_540)],
        after in values::octets(0..4),
    ) {
        let octets = encode(tag, &value);
        let whole = Tlv::parse(&octets).unwrap();
        prop_assert_eq!((whole.tag, whole.value, whole.raw), (tag, &value[..], &octets[..]));
        prop_assert_eq!(whole.header_len(), octets.len() - value.len());
        let row = [octets.clone(), after.clone()].concat();
        prop_assert_eq!(Tlv::parse(&row).is_ok(), after.is_empty());
        let mut reader = Reader::new(&row);
        prop_assert_eq!(reader.read(), Ok(whole));
        prop_assert_eq!(reader.rest(), &after[..]);
    }

    #[test]
    fn headers_say_what_was_written(tag in tag(), length in 0..u32::MAX) {
        let mut header = Vec::new();
        write_header(tag, length as usize, &mut header);
        let read = Reader::new(&header).peek_header();
        prop_assert_eq!(read, Ok((tag, header.len(), length as usize)));
        prop_assert!(Tlv::parse(&header).is_err() || length == 0);
    }

    #[test]
    fn fields_find_the_first_of_a_tag(tags in proptest::collection::vec(tag(), 0..20)) {
        let members = tags.iter().enumerate();
        let octets = members.map(|(at, tag)| encode(*tag, &[at as u8])).collect::<Vec<_>>().concat();
        let fields = Fields::parse(&octets).unwrap();
        let found: Vec<Tag> = fields.iter().map(|element| element.tag).collect();
        prop_assert_eq!(&found, &tags);
        for tag in &tags {
            let first = tags.iter().position(|other| other == tag).unwrap();
            prop_assert_eq!(fields.require(*tag).unwrap().value, &[first as u8]);
        }
        let unknown = Unknown::from_octets(&octets).unwrap();
        prop_assert_eq!(unknown.iter().count(), tags.len());
        prop_assert_eq!(unknown.octets(), &octets[..]);
    }

    #[test]
    fn numbers_come_back(number in any::<u32>(), zeros in 0..6_usize) {
        let octets = put(|out| coding::put_unsigned(out, Tag::INTEGER, number));
        let read = |octets: &[u8]| coding::read_unsigned(Tlv::parse(octets).unwrap(), "number");
        prop_assert_eq!(read(&octets), Ok(number));
        let padded = [vec![0; zeros], coding::unsigned_octets(number)].concat();
        prop_assert_eq!(read(&encode(Tag::INTEGER, &padded)), Ok(number));
    }

    #[test]
    fn bits_come_back(bits in values::bits(), zeros in 0..20_usize) {
        let octets = put(|out| bits.put(out, Tag::context(0)));
        let read = |octets: &[u8]| Bits::read(Tlv::parse(octets).unwrap(), "bits");
        prop_assert_eq!(read(&octets), Ok(bits));
        // Untrimmed, with any number of unused bits that the value allows.
        let (unused, word) = (bits.octets()[0], bits.octets()[1..].to_vec());
        for unused in 0..=unused {
            let content = [vec![unused], word.clone()].concat();
            prop_assert_eq!(read(&encode(Tag::context(0), &content)), Ok(bits));
        }
        let content = [vec![0], word, vec![0; zeros]].concat();
        prop_assert_eq!(read(&encode(Tag::context(0), &content)), Ok(bits));
        prop_assert_eq!(Bits::of(&bits.numbers().collect::<Vec<_>>()), bits);
    }

    #[test]
    fn any_content_is_a_value_or_refused(content in values::octets(0..40)) {
        let octets = encode(Tag::context(0), &content);
        let element = Tlv::parse(&octets).unwrap();
        let strict = Bits::read(element, "bits");
        prop_assert!(strict.is_err() || strict == Ok(Bits::read_lenient(element)));
        let _ = coding::read_unsigned(element, "number");
        let _ = coding::read_boolean(element, "flag");
        let _ = coding::read_text(element, 30, "text");
        let _ = coding::read_name(element);
        let _ = coding::read_octets::<8>(element, "octets");
    }

    #[test]
    fn tag_lists_are_counted(
        (octets, count) in kinds::profile_tags(),
        junk in values::octets(0..80),
    ) {
        let request = ProfileInfoListRequest::with_tags(None, &octets).unwrap();
        let tags = request.tags().unwrap();
        prop_assert_eq!(tags.len(), count);
        let _ = ProfileInfoListRequest { search: None, tag_list: Some(junk.clone()) }.tags();
        match ProfileInfoListRequest::with_tags(None, &junk) {
            Ok(request) => prop_assert_eq!(request.tag_list, Some(junk)),
            Err(TagListError::TooLong) => prop_assert!(junk.len() > 64),
            Err(TagListError::Empty) => prop_assert!(junk.is_empty()),
            Err(_) => {}
        }
    }
}

/// 30 digits and the check digits that belong to them.
fn eid_digits() -> impl Strategy<Value = String> {
    "[0-9]{30}".prop_map(|digits| {
        let number: u128 = digits.parse().unwrap();
        // 100 × a number modulo 97, without the product that 128 bits cannot hold.
        let check = 98 - (number % 97) * 100 % 97;
        format!("{digits}{check:02}")
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn iccids_come_back(digits in "[0-9]{17}[0-9A-F]{0,2}[0-9A-E]") {
        let iccid = Iccid::from_digits(&digits).unwrap();
        prop_assert_eq!(iccid.to_string(), &digits[..]);
        prop_assert_eq!(Iccid::from_digits(&digits.to_lowercase()), Ok(iccid));
        prop_assert_eq!(Iccid::from_digits(&iccid.grouped()), Ok(iccid));
        prop_assert_eq!(iccid.grouped().replace(' ', ""), digits);
        prop_assert_eq!(Iccid::from_octets(*iccid.octets()), iccid);
    }

    #[test]
    fn eids_come_back_and_a_wrong_digit_is_seen(
        digits in eid_digits(),
        at in 0..32_usize,
        other in 0..10_u8,
    ) {
        let eid = Eid::from_digits(&digits).unwrap();
        prop_assert_eq!(eid.to_string(), &digits[..]);
        prop_assert_eq!(Eid::from_digits(&eid.grouped()), Ok(eid));
        prop_assert_eq!(eid.grouped().split(' ').map(str::len).collect::<Vec<_>>(), [4; 8]);
        let mut wrong: Vec<char> = digits.chars().collect();
        wrong[at] = char::from(b'0' + other);
        let wrong: String = wrong.into_iter().collect();
        let expected = if wrong == digits { Ok(eid) } else { Err(EidError::CheckDigits) };
        prop_assert_eq!(Eid::from_digits(&wrong), expected);
    }

    #[test]
    fn device_and_network_numbers_come_back(
        imei in "[0-9]{15}",
        (mcc, mnc) in ("[0-9E]{3}", "[0-9E]{2,3}"),
    ) {
        let read = Imei::from_digits(&imei).unwrap();
        prop_assert_eq!(read.tac(), Tac::from_digits(&imei[..8]).unwrap());
        prop_assert_eq!(Imei::from_octets(*read.octets()), read);
        prop_assert_eq!(read.digits(), &imei[..]);
        let network = MccMnc::from_digits(&mcc, &mnc).unwrap();
        prop_assert_eq!(network.to_string(), format!("{mcc}-{mnc}"));
        prop_assert!(network.covers(&network));
        let _ = OperatorId { mcc_mnc: network, gid1: None, gid2: None };
    }

    #[test]
    fn octets_and_their_text_are_the_same(octets in values::octets(0..24)) {
        let id = TransactionId::from_octets(&octets);
        prop_assert_eq!(id.is_ok(), (1..=16).contains(&octets.len()));
        if let Ok(id) = id {
            prop_assert_eq!(TransactionId::from_hex(&id.to_string().to_lowercase()), Ok(id));
        }
        let aid = Aid::from_octets(&octets);
        prop_assert_eq!(aid.is_ok(), (5..=16).contains(&octets.len()));
        if let Ok(aid) = aid {
            prop_assert_eq!(Aid::from_hex(&aid.to_string()), Ok(aid));
        }
    }

    #[test]
    fn object_identifiers_come_back(oid in values::oid()) {
        prop_assert_eq!(ObjectIdentifier::parse(&oid.to_string()), Ok(oid.clone()));
        prop_assert_eq!(ObjectIdentifier::from_bytes(oid.as_bytes()), Ok(oid));
    }

    #[test]
    fn any_text_is_an_identifier_or_refused(text in prop_oneof![any::<String>(), "[0-9A-Fa-f. -]{0,40}"]) {
        let _ = Iccid::from_digits(&text);
        let _ = Eid::from_digits(&text);
        let _ = Imei::from_digits(&text);
        let _ = Tac::from_digits(&text);
        let _ = MccMnc::from_digits(&text, &text);
        let _ = TransactionId::from_hex(&text);
        let _ = Aid::from_hex(&text);
        let _ = ObjectIdentifier::parse(&text);
    }
}
