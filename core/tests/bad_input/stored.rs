//! What an app kept between two starts and hands back: perhaps damaged on the way.

use lpakit::card::CardHints;
use lpakit::lpa::DeliveryMemory;
use proptest::prelude::*;

use crate::damage;

const MEMORY: &str = r#"{"7":{"cause":"Refused","tries":3,"since":1800000000},
    "100000":{"cause":"Network","tries":4294967295,"since":18446744073709551615}}"#;
const HINTS: &str = r#"{"block_size":254,"le":true}"#;

/// Whatever was read can be written and read again.
fn check(text: &[u8]) {
    if let Ok(memory) = serde_json::from_slice::<DeliveryMemory>(text) {
        let written = serde_json::to_vec(&memory).unwrap();
        assert_eq!(serde_json::from_slice::<DeliveryMemory>(&written).unwrap(), memory);
    }
    if let Ok(hints) = serde_json::from_slice::<CardHints>(text) {
        let written = serde_json::to_vec(&hints).unwrap();
        assert_eq!(serde_json::from_slice::<CardHints>(&written).unwrap(), hints);
    }
}

#[test]
fn what_was_written_is_read() {
    let memory: DeliveryMemory = serde_json::from_str(MEMORY).unwrap();
    assert_ne!(memory, DeliveryMemory::default());
    let hints: CardHints = serde_json::from_str(HINTS).unwrap();
    assert_eq!(hints, CardHints { block_size: 254, le: true });
    for wrong in ["null", "[]", "1", r#"{"x":{}}"#, r#"{"-1":{}}"#, r#"{"4294967296":{}}"#] {
        assert!(serde_json::from_str::<DeliveryMemory>(wrong).is_err(), "{wrong}");
        assert!(serde_json::from_str::<CardHints>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn damaged_memories_are_read_or_refused(damage in damage::some()) {
        check(&damage::apply(MEMORY.into(), &damage));
        check(&damage::apply(HINTS.into(), &damage));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check(text.as_bytes());
    }
}
