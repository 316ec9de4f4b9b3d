//! How much is asked of a card and of a server: what a person waits for, counted in APDUs and TLS handshakes.

use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::http::{
    BoxFuture, HttpError, HttpOptions, HttpRequest, HttpResponse, HttpStats, HttpTransport,
    ReqwestTransport, TestCi, TrustAnchors,
};
use lpakit::lpa::Delivery;
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::{KeyId, Tac};
use lpakit::rsp::profiles::ProfileId;
use lpakit::{Lpa, LpaOptions};
use lpakit_e2e::{SERVER_NAME, World, WorldOptions, installed};
use lpakit_sandbox_smdp::order::{ProfileSize, ProfileSource as OrderedProfile};

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

/// Sends one more request as soon as the package has arrived, before anything else can run.
struct Hasty(ReqwestTransport);

impl HttpTransport for Hasty {
    fn post(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let more = request.path.ends_with("/getBoundProfilePackage").then(|| HttpRequest {
                host: request.host.clone(),
                path: "/gsma/rsp2/es9plus/unknown",
                admin_protocol: request.admin_protocol,
                body: b"{}".to_vec(),
                time_limit: request.time_limit,
                max_body: 4096,
                decode_field: None,
                card_keys: Arc::clone(&request.card_keys),
            });
            let response = self.0.post(request).await?;
            if let Some(more) = more {
                self.0.post(more).await?;
            }
            Ok(response)
        })
    }

    fn knows_any(&self, card_keys: &[KeyId]) -> bool {
        self.0.knows_any(card_keys)
    }

    fn trusts_test_ci(&self) -> bool {
        self.0.trusts_test_ci()
    }

    fn stats(&self) -> HttpStats {
        self.0.stats()
    }
}

// On one thread, as the product's own runtime has. A card can write a package before that thread runs again, and the next
// request must find the connection all the same.
#[tokio::test]
async fn a_request_right_after_the_package_shares_its_connection() {
    let world = World::new().await;
    let ci = TestCi::parse(world.pki.ci.certificate().der()).unwrap();
    let connect_to = vec![(SERVER_NAME.to_owned(), world.server.local_addr())];
    let http = HttpOptions { connect_to, ..HttpOptions::default() };
    let transport = Hasty(ReqwestTransport::new(TrustAnchors::with_test_cis(vec![ci]), http));
    let device = DeviceInfo {
        tac: Tac::from_digits("35693803").unwrap(),
        capabilities: DeviceCapabilities::default(),
        imei: None,
    };
    let options = LpaOptions { delivery: Delivery::ByHand, ..LpaOptions::new(device) };
    let port = CardPort::Raw(Box::new(world.card.clone()));
    let lpa = Lpa::open(port, Arc::new(transport), options).unwrap();
    // As large as a real one: it comes in several records of TLS.
    let size = ProfileSize::Bound { total: 19_318, transaction_id: 16 };
    let order = world.order_with(|order| {
        order.profile = OrderedProfile::Build { iccid: None, imsi: None, size };
    });
    let offer = lpa.authenticate(world.code(&order)).await.unwrap();
    installed(world.accept(offer, None).outcome().await);
    let counters = world.server.counters();
    assert_eq!((counters.requests(), counters.handshakes()), (5, 1));
}
