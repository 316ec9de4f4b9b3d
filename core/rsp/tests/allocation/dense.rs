//! The costliest inputs: lists of the smallest entries that can be read, and of entries that just cannot.

use lpakit_rsp::Tag;
use lpakit_rsp::tlv::encode;

/// Octets of each list, about.
const LENGTH: usize = 24_000;

type Input = (&'static str, Vec<u8>);

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn element(tag: u32, members: &[&[u8]]) -> Vec<u8> {
    encode(Tag::new(tag), &members.concat())
}

/// A list of many such entries.
fn many(tag: u32, entry: &[u8]) -> Vec<u8> {
    encode(Tag::new(tag), &entry.repeat(LENGTH / entry.len()))
}

/// Every input, with the name of the object that it is for.
pub fn inputs() -> Vec<Input> {
    [chip(), profiles(), notifications(), rest()].concat()
}

fn chip() -> Vec<Input> {
    let svn = hex("8203000000");
    let info2 = hex("8103000000 8203000000 8303000000 8400 850100 880100");
    let (no_a9, no_aa) = (hex("A900"), hex("AA00"));
    let (key, long_key, version) = (hex("0400"), hex("040155"), hex("0403000000"));
    let operators = many(0xA1, &hex("3005 8003000000"));
    let rule = element(0x30, &[&hex("800100"), &operators, &hex("820100")]);
    vec![
        ("EUICCInfo1", element(0xBF20, &[&svn, &many(0xA9, &key), &no_aa])),
        ("EUICCInfo1", element(0xBF20, &[&svn, &many(0xA9, &key)])),
        ("EUICCInfo1", element(0xBF20, &[&svn, &no_a9, &no_aa, &many(0xB1, &key)])),
        ("EUICCInfo1", element(0xBF20, &[&svn, &many(0xA9, &long_key), &no_aa])),
        ("EUICCInfo1", element(0xBF20, &[&svn, &no_a9, &no_aa, &key.repeat(9000)])),
        ("EUICCInfo2", element(0xBF22, &[&info2, &many(0xA9, &key), &no_aa])),
        ("EUICCInfo2", element(0xBF22, &[&info2, &no_a9, &no_aa, &many(0xAF, &version)])),
        ("EUICCInfo2", element(0xBF22, &[&info2, &no_a9, &no_aa, &many(0x8E, &[0xFF])])),
        ("EuiccConfiguredAddressesResponse", element(0xBF3C, &[&many(0xA2, &hex("0C00"))])),
        ("EuiccConfiguredAddressesResponse", element(0xBF3C, &[&many(0xA4, &hex("300480008100"))])),
        ("GetRatResponse", element(0xBF43, &[&many(0xA0, &hex("3008 800100 A100 820100"))])),
        ("GetRatResponse", element(0xBF43, &[&element(0xA0, &[&rule])])),
    ]
}

fn profiles() -> Vec<Input> {
    let metadata = hex("5A0A00000000000000000000 9100 9200");
    let configuration = hex("3005 800100 8100");
    let with_aid = element(0xE3, &[&hex("4F050000000000")]);
    let with_name = element(0xE3, &[&hex("9001FF")]);
    vec![
        ("ProfileInfoListResponse", element(0xBF2D, &[&many(0xA0, &hex("E300"))])),
        (
            "ProfileInfoListResponse",
            element(0xBF2D, &[&element(0xA0, &[&hex("E300").repeat(256)])]),
        ),
        ("ProfileInfoListResponse", element(0xBF2D, &[&element(0xA0, &[&with_aid.repeat(256)])])),
        ("ProfileInfoListResponse", element(0xBF2D, &[&element(0xA0, &[&with_name.repeat(256)])])),
        ("ProfileInfo", element(0xE3, &[&many(0xB6, &configuration)])),
        ("ProfileInfo", element(0xE3, &[&many(0x90, &[0xFF])])),
        ("ProfileInfo", element(0xE3, &[&many(0x91, &[0xFF]), &hex("C500").repeat(9000)])),
        ("ProfileInfo", element(0xE3, &[&hex("9000").repeat(9000)])),
        ("StoreMetadataRequest", element(0xBF25, &[&metadata, &many(0xB6, &configuration)])),
        ("StoreMetadataRequest", element(0xBF25, &[&metadata, &many(0xBA, &[0xFF])])),
        ("refArDo", hex("E204E102C100").repeat(4000)),
        ("tagList", vec![0x5A; LENGTH]),
    ]
}

fn notifications() -> Vec<Input> {
    let metadata = element(0xBF2F, &[&hex("800100 810100 0C00")]);
    let transaction = hex("8001AA");
    let failure = element(0xA2, &[&element(0xA1, &[&hex("800100 810100")])]);
    let data = element(0xBF27, &[&transaction, &metadata, &hex("060100"), &failure]);
    let signature = hex("5F3700");
    let installation = element(0xBF37, &[&data, &signature]);
    let other = element(0x30, &[&metadata, &signature, &hex("3000 3000")]);
    let rpm = element(0xA1, &[&element(0xA0, &[&metadata])]);
    let retrieved = |entry: &[u8]| {
        ("RetrieveNotificationsListResponse", element(0xBF2B, &[&many(0xA0, entry)]))
    };
    vec![
        ("ListNotificationResponse", element(0xBF28, &[&many(0xA0, &metadata)])),
        retrieved(&installation),
        retrieved(&other),
        retrieved(&rpm),
        retrieved(&[installation, other, rpm, metadata].concat()),
    ]
}

fn rest() -> Vec<Input> {
    let channel = hex("820101 8001AA A608 800188 810110 8400 5F4900 5F3700");
    let segment = |tag| element(tag, &[&[0; 8]]);
    let package = element(
        0xBF36,
        &[
            &element(0xBF23, &[&channel]),
            &element(0xA0, &[&segment(0x87)]),
            &many(0xA1, &segment(0x88)),
            &many(0xA3, &segment(0x86)),
        ],
    );
    let parts = many(0xA0, &hex("020100"));
    let statuses = many(0xA0, &hex("3003800100"));
    vec![
        ("LoadCRLResponse", element(0xBF35, &[&element(0xA0, &[&parts])])),
        ("BoundProfilePackage", package),
        ("EUICCResponse", element(0x30, &[&statuses])),
        ("OBJECT IDENTIFIER", vec![1; LENGTH]),
        ("elements", hex("5A00").repeat(LENGTH / 2)),
    ]
}
