//! The order that is placed when nobody says what to order.

use lpakit_sandbox_shop::Plan;
use lpakit_sandbox_smdp::ProfileType;
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderRequest, ProfileSize, ProfileSource};

use crate::icon::sample_icon;

/// The operator of [`sample_order`].
pub const SAMPLE_OPERATOR: &str = "Sandbox Mobile";
/// The plan of [`sample_order`].
pub const SAMPLE_PLAN: &str = "Travel 5 GB";

const TRAVEL: &str = "TRAVEL-5GB";
const WEEKEND: &str = "WEEKEND-1GB";
const WEEKEND_PLAN: &str = "Weekend 1 GB";

/// Octets of the package that the plan is bound into: a real one's size, so that there is progress to see.
const BOUND_SIZE: usize = 19_318;

/// A plan of a made-up operator, with an icon, an ICCID and a subscriber of its own, released at once.
pub fn sample_order() -> OrderRequest {
    let mut metadata = MetadataSpec::named(SAMPLE_OPERATOR, SAMPLE_PLAN);
    metadata.icon = Some(sample_icon()).filter(|icon| !icon.is_empty());
    let size = ProfileSize::Bound { total: BOUND_SIZE, transaction_id: 16 };
    let profile = ProfileSource::Build { iccid: None, imsi: None, size };
    OrderRequest { profile, ..OrderRequest::new(metadata) }
}

/// What the sandbox's shop sells: the plan of [`sample_order`], and a small one.
pub fn sample_plans() -> Vec<Plan> {
    let plan = |id: &str, name: &str, price: &str| Plan {
        id: id.to_owned(),
        name: name.to_owned(),
        operator: SAMPLE_OPERATOR.to_owned(),
        price: price.to_owned(),
    };
    vec![plan(TRAVEL, SAMPLE_PLAN, "9.00 EUR"), plan(WEEKEND, WEEKEND_PLAN, "3.00 EUR")]
}

/// The profiles that the SM-DP+ has for the plans of [`sample_plans`].
pub fn sample_catalogue() -> Vec<ProfileType> {
    let mut weekend = sample_order();
    weekend.metadata.profile_name = WEEKEND_PLAN.to_owned();
    vec![ProfileType::new(TRAVEL, sample_order()), ProfileType::new(WEEKEND, weekend)]
}
