//! Whatever is sent, the server answers and does not fall over.

use lpakit_sandbox_smdp::Function;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::card::Card;
use crate::world::{ADDRESS, World, base64};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| base64(&bytes)),
        "[0-9A-Fa-f]{0,34}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let field = prop::sample::select(vec![
            "transactionId",
            "euiccChallenge",
            "euiccInfo1",
            "smdpAddress",
            "authenticateServerResponse",
            "prepareDownloadResponse",
            "pendingNotification",
            "cancelSessionResponse",
            "other",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((field, inner), 0..6).prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_json_is_refused_with_a_format_fault_or_an_unknown_session(body in any_json()) {
        let world = World::new();
        for function in Function::ALL {
            let response = world.post(function.name(), &body);
            let pair = crate::world::refusal(&response);
            prop_assert!(
                ["1.3.1/2.1", "1.3.1/2.2", "8.10.1/3.9", "8.8.1/3.8"].contains(&pair.as_str()),
                "{} {}", function.name(), pair
            );
        }
    }

    #[test]
    fn random_bytes_are_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = World::new();
        for function in Function::ALL {
            let response = world.smdp.handle(function.name(), ADDRESS, &body);
            prop_assert_eq!(crate::world::refusal(&response), "1.3.1/2.1");
        }
    }

    #[test]
    fn a_changed_octet_never_authenticates(at in 0_usize..2000, change in 1_u8..) {
        let world = World::new();
        let order = world.order();
        let mut card = Card::new();
        let initiated = world.call("initiateAuthentication", &card.initiate(ADDRESS));
        let mut body = card.authenticate(&initiated, Some(&order.matching_id));
        let mut response = crate::world::bytes(&body, "authenticateServerResponse");
        let at = at % response.len();
        response[at] ^= change;
        body["authenticateServerResponse"] = base64(&response);
        world.refused("authenticateClient", &body);
    }
}
