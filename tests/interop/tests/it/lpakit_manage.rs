//! lpakit's core: what a person does with profiles and notifications.

use lpakit::lpa::{Answers, SendReport};
use lpakit::rsp::notifications::Event;
use lpakit::rsp::profiles::{ProfileId, ProfileState};
use lpakit_interop::{Lpakit, Program, Stage};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::notification::NotificationKind;

use crate::support::{event, installed, order, order_state, profile, request, told};

#[test]
fn chip_info_is_what_the_card_is() {
    let stage = Stage::new(Program::Lpakit, "chip-info").unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    let chip = lpakit.wait(lpakit.lpa().chip()).unwrap();
    let card = stage.card();
    assert_eq!(chip.eid.octets(), card.eid().octets());
    assert_eq!(chip.info.ext_card_resource.free_non_volatile, card.config().non_volatile_memory);
    assert_eq!(chip.info.verification_keys[0].octets(), stage.pki().ci_key_id());
    assert_eq!(chip.rules.0.len(), 1);
    drop(card);
    stage.finish().unwrap();
}

#[test]
fn a_profile_is_named_switched_and_deleted_and_the_operator_told() {
    let stage = Stage::new(Program::Lpakit, "manage").unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    installed(lpakit.download(&placed.activation_code(None), Answers::yes()));
    let id = || ProfileId::Iccid(placed.iccid);

    lpakit.wait(lpakit.lpa().rename(id(), "Für die Reise")).unwrap();
    assert_eq!(profile(&stage, &placed).nickname.as_deref(), Some("Für die Reise"));
    let enabled = lpakit.wait(lpakit.lpa().enable(id())).unwrap();
    assert_eq!(enabled.state, ProfileState::Enabled);
    let refused = lpakit.wait(lpakit.lpa().enable(id())).unwrap_err();
    assert_eq!(refused.key(), "card.switch.already");
    let refused = lpakit.wait(lpakit.lpa().delete(id())).unwrap_err();
    assert_eq!(refused.key(), "card.delete.enabled");
    let disabled = lpakit.wait(lpakit.lpa().disable(id())).unwrap();
    assert_eq!(disabled.state, ProfileState::Disabled);
    lpakit.wait(lpakit.lpa().delete(id())).unwrap();
    assert_eq!(stage.profiles().unwrap(), []);

    assert_eq!(told(&stage), [NotificationKind::Installed]);
    let pending = lpakit.wait(lpakit.lpa().notifications()).unwrap();
    let events: Vec<(u32, Vec<Event>)> =
        pending.into_iter().map(|report| (report.seq_number, report.events)).collect();
    let expected = [(2, Event::Enable), (3, Event::Disable), (4, Event::Delete)];
    assert_eq!(events, expected.map(|(number, event)| (number, vec![event])));
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!(sent, SendReport { delivered: vec![2, 3, 4], unsent: vec![] });
    let expected =
        [NotificationKind::Installed, event("enable"), event("disable"), event("delete")];
    assert_eq!(told(&stage), expected);
    assert_eq!(order_state(&stage, &placed).last_event.as_deref(), Some("delete"));
    assert_eq!(stage.pending().unwrap(), []);
    stage.finish().unwrap();
}

#[test]
fn a_card_that_refreshes_itself_is_served() {
    let stage = Stage::builder(Program::Lpakit, "manage-refresh")
        .card(|card| {
            card.quirks.announces_refresh = true;
            card.quirks.silent_until_reset = true;
        })
        .start()
        .unwrap();
    let orders = [order(&stage, &request()), order(&stage, &request())];
    let lpakit = Lpakit::open(&stage).unwrap();
    for placed in &orders {
        installed(lpakit.download(&placed.activation_code(None), Answers::yes()));
    }
    for placed in &orders {
        let id = ProfileId::Iccid(placed.iccid);
        let enabled = lpakit.wait(lpakit.lpa().enable(id)).unwrap();
        assert_eq!(enabled.state, ProfileState::Enabled);
    }
    assert_eq!(profile(&stage, &orders[0]).state, Some(ProfileState::Disabled));
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!((sent.delivered.len(), sent.unsent.len()), (3, 0));
    stage.finish().unwrap();
}

#[test]
fn a_report_that_the_server_does_not_take_stays_and_goes_later() {
    let stage = Stage::new(Program::Lpakit, "notifications").unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    installed(lpakit.download(&placed.activation_code(None), Answers::yes()));
    lpakit.wait(lpakit.lpa().enable(ProfileId::Iccid(placed.iccid))).unwrap();
    let function = Function::HandleNotification;
    stage.smdp().misbehaviours().add(function, Misbehaviour::HttpStatus(503), Times::Once);
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!((sent.delivered.len(), sent.unsent.len()), (0, 1));
    assert_eq!(stage.pending().unwrap().len(), 1);
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!((sent.delivered, sent.unsent.len()), (vec![2], 0));
    assert_eq!(told(&stage), [NotificationKind::Installed, event("enable")]);
    stage.finish().unwrap();
}
