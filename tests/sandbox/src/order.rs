//! The order that is placed when nobody says what to order.

use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderRequest, ProfileSize, ProfileSource};

use crate::icon::sample_icon;

/// The operator of [`sample_order`].
pub const SAMPLE_OPERATOR: &str = "Sandbox Mobile";
/// The plan of [`sample_order`].
pub const SAMPLE_PLAN: &str = "Travel 5 GB";

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
