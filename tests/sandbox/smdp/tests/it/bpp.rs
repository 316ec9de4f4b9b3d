//! Bound packages: exact sizes, and the same bytes for the same input.

use lpakit_sandbox_smdp::bpp_builder::Protection;
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderError, OrderRequest, ProfileSize, ProfileSource};

use crate::card::Card;
use crate::world::World;

fn of_bound_size(total: usize, transaction_id: usize) -> ProfileSource {
    ProfileSource::Build {
        iccid: None,
        imsi: None,
        size: ProfileSize::Bound { total, transaction_id },
    }
}

#[test]
fn packages_come_out_at_exactly_the_size_asked_for() {
    for protection in [Protection::SessionKeys, Protection::ReplacedKeys] {
        for length in [8, 16] {
            let world = World::with(|config| {
                config.bind.protection = protection;
                config.transaction_id_lengths = vec![length];
            });
            let mut card = Card::new();
            for size in [19_318, 19_319, 33_000, 70_007] {
                let order = world.order_with(|order| order.profile = of_bound_size(size, length));
                let package = world.package(&mut card, &order);
                assert_eq!(package.len(), size);
                card.load(&package);
            }
        }
    }
}

#[test]
fn the_size_fits_other_segments_metadata_and_configure_isdp_too() {
    let world = World::with(|config| {
        config.bind.max_segment = 254;
        config.bind.configure_dp_oid = false;
        config.bind.host_id = b"GSMA_HOST_ID".to_vec();
    });
    let mut card = Card::new();
    let order = world.order_with(|order| {
        order.profile = of_bound_size(12_345, 16);
        order.metadata.explicit_class = true;
        order.metadata.icon = Some(vec![0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]);
    });
    let package = world.package(&mut card, &order);
    assert_eq!(package.len(), 12_345);
    let loaded = card.load(&package);
    assert_eq!(loaded.configure, [0xBF, 0x24, 0x00]);
    assert!(loaded.largest_segment <= 254);
}

#[test]
fn a_size_that_is_too_small_is_refused() {
    let world = World::new();
    let mut request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    for total in [10, 600] {
        request.profile = of_bound_size(total, 16);
        let error = world.smdp.orders().place(&request).unwrap_err();
        assert!(matches!(error, OrderError::BoundSize | OrderError::Package(_)), "{error}");
    }
    assert!(world.smdp.orders().orders().unwrap().is_empty());
}

#[test]
fn the_same_randomness_gives_the_same_package() {
    let package = || {
        let world = World::new();
        let order = world.order();
        world.package(&mut Card::new(), &order)
    };
    assert_eq!(package(), package());
}
