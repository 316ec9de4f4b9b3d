//! The apps that an operator trusts with its profile (`BF76`): on the offer, and on the card.

use lpakit::rsp::profiles::AccessRule;
use lpakit_e2e::{World, WorldOptions, installed};
use lpakit_sandbox_smdp::metadata::CarrierApp;

fn trusted() -> Vec<CarrierApp> {
    let hash = "AB".repeat(32);
    [hash.clone(), format!("{}:io.example.carrier", "0c".repeat(20))]
        .map(|app| CarrierApp::parse(&app).unwrap())
        .into()
}

fn names(rules: &[AccessRule]) -> Vec<(usize, Option<&str>)> {
    rules.iter().map(|rule| (rule.certificate_hash.len(), rule.package_name.as_deref())).collect()
}

#[tokio::test]
async fn they_are_on_the_offer_and_in_the_detailed_list() {
    for refuses_foreign_tags in [false, true] {
        let mut options = WorldOptions::default();
        options.card.quirks.refuses_foreign_tags = refuses_foreign_tags;
        let world = World::with(options).await;
        let order = world.order_with(|order| order.metadata.apps = trusted());
        let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
        let offered = offer.metadata().read_access_rules().unwrap();
        assert_eq!(names(&offered), [(32, None), (20, Some("io.example.carrier"))]);
        drop(offer);

        let iccid = installed(world.download(&order).await).iccid;
        installed(world.download(&world.order()).await);
        let detailed = world.lpa.profiles_in_detail().await.unwrap();
        assert_eq!(detailed.len(), 2);
        assert!(detailed.iter().all(|profile| profile.isdp_aid.is_some()));
        let (ours, others): (Vec<_>, Vec<_>) =
            detailed.into_iter().partition(|profile| profile.iccid == iccid);
        assert!(others.iter().all(|profile| profile.apps.is_empty()));
        // A card that refuses the list that names them gives the rest.
        let on_card: Vec<AccessRule> = ours.into_iter().flat_map(|profile| profile.apps).collect();
        assert_eq!(on_card, if refuses_foreign_tags { vec![] } else { offered });
        // The list on a screen does not ask.
        let brief = world.lpa.profiles().await.unwrap();
        assert!(brief.iter().all(|profile| profile.apps.is_empty()));
    }
}

#[test]
fn apps_are_named_by_a_hash() {
    for wrong in ["", "AB", "xyz", &format!("{}:", "AB".repeat(20)), &"AB".repeat(21)] {
        assert!(CarrierApp::parse(wrong).is_err(), "{wrong}");
    }
}
