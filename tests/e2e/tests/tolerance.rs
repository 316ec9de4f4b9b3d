//! What real servers do differently and clients must bear (facts 4.1): the download works all the same.

use lpakit_e2e::{World, WorldOptions, installed};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::bpp_builder::Protection;
use lpakit_sandbox_smdp::misbehaviour::{HexCase, Misbehaviour, Times};

const ALL: [Function; 4] = [
    Function::InitiateAuthentication,
    Function::AuthenticateClient,
    Function::GetBoundProfilePackage,
    Function::HandleNotification,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_but_harmless_answers_do_no_harm() {
    let oddities = [
        Misbehaviour::ConnectionClose,
        Misbehaviour::ChunkedBody,
        Misbehaviour::EscapedSlashes,
        Misbehaviour::Base64LineBreaks,
        Misbehaviour::Base64WithoutPadding,
        Misbehaviour::TransactionIdCase(HexCase::Lower),
        Misbehaviour::TransactionIdCase(HexCase::Mixed),
        Misbehaviour::NoStatus,
        Misbehaviour::NoHeader,
        Misbehaviour::StatusCodeDataOnSuccess,
        Misbehaviour::AcknowledgeWith200,
    ];
    for oddity in oddities {
        let world = World::new().await;
        for function in ALL {
            world.smdp.misbehaviours().add(function, oddity.clone(), Times::Always);
        }
        let done = world.download(&world.order()).await;
        assert!(done.is_ok(), "{oddity:?}: {done:?}");
        assert!(world.lpa.notifications().await.unwrap().is_empty(), "{oddity:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_protecting_and_naming_is_taken() {
    for protection in [Protection::SessionKeys, Protection::ReplacedKeys] {
        for length in [1, 8, 16] {
            let server = move |config: &mut lpakit_sandbox_smdp::SmdpConfig, _: &_| {
                config.bind.protection = protection;
                config.transaction_id_lengths = vec![length];
            };
            let options = WorldOptions { server: Box::new(server), ..WorldOptions::default() };
            let world = World::with(options).await;
            // An icon of full size splits the metadata over two parts of the package.
            let icon = [&[0x89, b'P', b'N', b'G', 13, 10, 26, 10][..], &[0; 1016]].concat();
            let order = world.order_with(|order| {
                order.metadata.icon = Some(icon.clone());
            });
            let done = installed(world.download(&order).await);
            assert_eq!(done.metadata.icon.unwrap().data, icon);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_that_is_written_in_one_place_only_is_no_other_plan() {
    let world = World::new().await;
    let order = world.order_with(|order| order.metadata.explicit_class = true);
    installed(world.download(&order).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_package_is_bound_anew_for_the_same_card() {
    let world = World::new().await;
    let order = world.order();
    world.misbehave(Function::GetBoundProfilePackage, Misbehaviour::CloseAfter);
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.key(), "network.connection_lost");
    installed(world.download(&order).await);
    let placed = world.smdp.orders().order(&order.id).unwrap();
    assert_eq!(placed.download_attempts, 2);
    let keys: Vec<_> = placed.downloads.iter().map(|download| &download.euicc_otpk).collect();
    assert_eq!(keys.first(), keys.last(), "the card kept its one-time key");
}
