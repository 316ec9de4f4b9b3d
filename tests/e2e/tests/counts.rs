//! How much is asked of a card: what a person waits for, counted in APDUs.

use std::sync::Arc;

use lpakit::Lpa;
use lpakit::rsp::profiles::ProfileId;
use lpakit_e2e::{World, WorldOptions, installed};

async fn apdus(lpa: &Lpa) -> u64 {
    lpa.stats().await.unwrap().0.apdus
}

async fn world(in_phone: bool, announces_refresh: bool) -> World {
    let mut options = WorldOptions { in_phone, lpa: Arc::new(|_| {}), ..WorldOptions::default() };
    options.card.quirks.announces_refresh = announces_refresh;
    options.card.non_volatile_memory = 8 * 1024 * 1024;
    World::with(options).await
}

#[tokio::test]
async fn the_eid_and_twenty_profiles_cold() {
    for in_phone in [true, false] {
        let mut world = world(in_phone, true).await;
        for number in 0..20 {
            let order = world.order_with(|order| {
                order.metadata.profile_name = format!("Travel 5 GB, no. {number}");
            });
            installed(world.download(&order).await);
        }
        world.restart().await;
        world.journal.clear();
        world.lpa.eid().await.unwrap();
        assert_eq!(world.lpa.profiles().await.unwrap().len(), 20);
        let answers = world.journal.answer_octets_of([0xBF, 0x2D]);
        let extra = if in_phone { 0 } else { 2 };
        let most = 5 + answers.div_ceil(256) as u64 + extra;
        let used = apdus(&world.lpa).await;
        assert!(used <= most, "{used} of {most} for {answers} octets");
        assert!(used <= 11 + extra, "{used} for {answers} octets");
    }
}

#[tokio::test]
async fn a_switch_warm_and_cold() {
    for (in_phone, refresh) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut world = world(in_phone, refresh).await;
        let first = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
        let second = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
        world.lpa.enable(first.clone()).await.unwrap();
        let before = apdus(&world.lpa).await;
        world.lpa.enable(second).await.unwrap();
        let warm = apdus(&world.lpa).await - before;
        world.restart().await;
        world.lpa.enable(first).await.unwrap();
        let cold = apdus(&world.lpa).await;
        let limits = if in_phone { (6, 8) } else { (12, 12) };
        assert!(warm <= limits.0 && cold <= limits.1, "{in_phone} {refresh}: {warm}, {cold}");
    }
}
