//! Placing orders.

use lpakit_rsp::identifiers::Iccid;
use lpakit_sandbox_smdp::metadata::{MetadataError, MetadataSpec};
use lpakit_sandbox_smdp::order::{
    MatchingId, OrderError, OrderId, OrderRequest, OrderState, ProfileSource,
};

use crate::card::Card;
use crate::world::World;

fn request() -> OrderRequest {
    OrderRequest::new(MetadataSpec::named("Operator", "Plan"))
}

#[test]
fn activation_codes_carry_what_is_needed_and_no_more() {
    let world = World::new();
    let plain = world.order();
    let id = &plain.matching_id;
    assert_eq!(plain.activation_code(None), format!("LPA:1$smdp.example.com${id}"));
    assert_eq!(
        plain.activation_code(Some("2.999.10")),
        format!("LPA:1$smdp.example.com${id}$2.999.10")
    );
    let mut with_code = request();
    with_code.confirmation_code = Some("1234".to_owned());
    with_code.matching_id = MatchingId::Given("04386-AGYFT-A74Y8-3F815".to_owned());
    let placed = world.smdp.orders().place(&with_code).unwrap();
    assert_eq!(placed.activation_code(None), "LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815$$1");
}

#[test]
fn generated_matching_ids_differ_and_have_the_usual_shape() {
    let world = World::new();
    let ids: Vec<String> = (0..20).map(|_| world.order().matching_id).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len());
    for id in ids {
        let groups: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [5, 5, 5, 5]);
        let shape = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        assert!(id.chars().all(shape));
    }
}

#[test]
fn orders_that_cannot_be_are_refused() {
    let world = World::new();
    let refused = |change: fn(&mut OrderRequest)| {
        let mut order = request();
        change(&mut order);
        world.smdp.orders().place(&order).unwrap_err()
    };
    let error = refused(|order| order.matching_id = MatchingId::Given("A$B".to_owned()));
    assert!(matches!(error, OrderError::MatchingId));
    let error = refused(|order| order.matching_id = MatchingId::Given(String::new()));
    assert!(matches!(error, OrderError::MatchingId));
    let error = refused(|order| order.matching_id = MatchingId::DefaultServer);
    assert!(matches!(error, OrderError::EidMissing));
    let error = refused(|order| order.state = OrderState::Installed);
    assert!(matches!(error, OrderError::State));
    let error = refused(|order| order.confirmation_code = Some(String::new()));
    assert!(matches!(error, OrderError::EmptyCode));
    let error = refused(|order| order.profile = ProfileSource::Der(vec![1, 2, 3]));
    assert!(matches!(error, OrderError::Package(_)));
    let error = refused(|order| order.metadata.profile_name = "x".repeat(65));
    assert!(matches!(error, OrderError::Metadata(MetadataError::ProfileName)));
    assert!(world.smdp.orders().orders().unwrap().is_empty());

    let given = |order: &mut OrderRequest| {
        order.matching_id = MatchingId::Given("TWICE".to_owned());
    };
    world.order_with(given);
    let mut second = request();
    given(&mut second);
    let error = world.smdp.orders().place(&second).unwrap_err();
    assert!(matches!(error, OrderError::MatchingIdInUse));
}

#[test]
fn states_go_forward_only() {
    let world = World::new();
    let orders = world.smdp.orders();
    let card = Card::new();
    let linked = world.order_with(|order| {
        order.state = OrderState::Allocated;
        order.eid = Some(card.eid_digits());
    });
    assert_eq!(world.state(&linked), OrderState::Linked);
    orders.confirm(&linked.id, true).unwrap();
    assert_eq!(world.state(&linked), OrderState::Released);
    let error = orders.confirm(&linked.id, true).unwrap_err();
    assert!(matches!(error, OrderError::Transition(OrderState::Released)));
    let error = orders.release(&linked.id).unwrap_err();
    assert!(matches!(error, OrderError::Transition(OrderState::Released)));

    let unknown = OrderId::parse("0123456789abcdef").unwrap();
    assert!(orders.release(&unknown).is_err());
    assert!(matches!(orders.order(&unknown), Err(OrderError::Unknown)));
}

#[test]
fn names_of_orders_are_never_paths() {
    for text in ["", "..", "../../etc/passwd", "0123456789ABCDEF", "0123"] {
        assert_eq!(OrderId::parse(text), None);
    }
}

#[test]
fn a_given_iccid_is_kept() {
    let world = World::new();
    let iccid = Iccid::from_digits("89000123456789012341").unwrap();
    let order = world.order_with(|order| {
        if let ProfileSource::Build { iccid: given, .. } = &mut order.profile {
            *given = Some(iccid);
        }
    });
    assert_eq!(order.iccid, iccid);
}
