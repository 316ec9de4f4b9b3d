//! Placing, confirming, releasing and finding orders. Works beside a running server: the store is what they share.

use std::sync::{Arc, Mutex, PoisonError};

use lpakit_rsp::Object;
use lpakit_rsp::identifiers::Eid;
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_sandbox_crypto::{Random, SeededRandom};

use super::{
    ConfirmationCode, EventState, MatchingId, Order, OrderEvent, OrderId, OrderRequest, OrderState,
    PlacedOrder, ProfileSize, ProfileSource,
};
use crate::bpp_builder::{BindOptions, BoundLength};
use crate::clock::{Clock, unix_seconds};
use crate::metadata::MetadataError;
use crate::outbox::Outbox;
use crate::profile_package::{Imsi, PackageError, PackageSpec, ProfilePackage, generate_iccid};
use crate::store::{Store, StoreError};

/// Issuer digits of the ICCIDs that are made up here: 89, the country code range of networks, and a number that no
/// network has.
const ICCID_PREFIX: &str = "8988299";
/// The test network 001-01.
const TEST_NETWORK: &str = "00101";
/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why an order was not taken or not changed. Texts hold no identifier and no secret.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The profile package.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The metadata.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The matching ID has other characters or is too long.
    #[error("a matching ID has 1 to 255 letters, digits and hyphens")]
    MatchingId,
    /// Another order has this matching ID.
    #[error("another order has this matching ID")]
    MatchingIdInUse,
    /// An order on the default SM-DP+ way, or with an event at an SM-DS, needs an EID.
    #[error("an order for the default SM-DP+ way or an SM-DS needs the EID it is for")]
    EidMissing,
    /// An order with an event at an SM-DS is found by its matching ID; or the SM-DS has no usable address.
    #[error("an event needs a matching ID, and an SM-DS with an address of 1 to 255 octets")]
    Event,
    /// The confirmation code is empty.
    #[error("a confirmation code is not empty")]
    EmptyCode,
    /// No package comes out at this size.
    #[error("no bound profile package comes out at exactly this size")]
    BoundSize,
    /// An order cannot be placed as downloaded, installed or failed.
    #[error("an order begins as available, allocated, linked, confirmed or released")]
    State,
    /// The order is not in a state that allows this.
    #[error("the order is {0:?} and cannot be changed so")]
    Transition(OrderState),
    /// No order has this name.
    #[error("there is no such order")]
    Unknown,
}

/// What of the server the size of a package depends on, and what it is called.
#[derive(Debug, Clone)]
pub struct BookOptions {
    /// The server's address, for activation codes and notifications.
    pub address: String,
    /// How packages are bound.
    pub bind: BindOptions,
    /// Octets of the SM-DP+ OID's content.
    pub oid_length: usize,
}

/// The orders of one SM-DP+.
pub struct OrderBook {
    options: BookOptions,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Mutex<Box<dyn Random>>,
    outbox: Option<Outbox>,
    /// Codes of orders placed here, for transcripts; the store only has their hashes.
    #[cfg(feature = "transcript-secrets")]
    codes: Mutex<std::collections::HashMap<OrderId, String>>,
}

impl OrderBook {
    /// The orders in a store.
    pub fn new(
        options: BookOptions,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Self {
        Self {
            options,
            store,
            clock,
            random: Mutex::new(random),
            outbox: None,
            #[cfg(feature = "transcript-secrets")]
            codes: Mutex::default(),
        }
    }

    /// Takes an order.
    ///
    /// # Errors
    /// [`OrderError`]; nothing is kept then.
    pub fn place(&self, request: &OrderRequest) -> Result<PlacedOrder, OrderError> {
        if request.state > OrderState::Released {
            return Err(OrderError::State);
        }
        let code = request.confirmation_code.as_deref();
        if code.is_some_and(str::is_empty) {
            return Err(OrderError::EmptyCode);
        }
        let matching_id = self.matching_id(&request.matching_id, request.eid.is_some())?;
        let event = event(request, &matching_id)?;
        let (package, host_id_padding) = self.package(request)?;
        // Faults of the metadata are told now, not when a person downloads.
        request.metadata.build(package.iccid(), &self.options.address)?;

        let now = self.clock.now();
        let order = Order {
            id: self.new_id(),
            state: first_state(request),
            matching_id,
            eid: request.eid.map(|eid| eid.to_string()),
            iccid: package.iccid().to_string(),
            metadata: request.metadata.clone(),
            profile_length: package.der().len(),
            confirmation_code: code
                .map(|code| ConfirmationCode::new(code, request.max_confirmation_tries)),
            max_download_attempts: request.max_download_attempts,
            download_attempts: 0,
            eligibility: request.eligibility.clone(),
            created: unix_seconds(now),
            expires: request.valid_for.and_then(|time| now.checked_add(time)).map(unix_seconds),
            host_id_padding,
            binding_open: false,
            downloads: Vec::new(),
            report: None,
            last_event: None,
            event,
            owner: None,
            profile_type: None,
        };
        self.store.create(&order, package.der())?;
        #[cfg(feature = "transcript-secrets")]
        if let Some(code) = code {
            self.remember_code(&order.id, code);
        }
        self.look_at_event(&order);
        Ok(PlacedOrder {
            id: order.id,
            address: self.options.address.clone(),
            matching_id: order.matching_id,
            iccid: package.iccid(),
            confirmation_code_required: order.confirmation_code.is_some(),
        })
    }

    /// Confirms an order that was placed as available, allocated or linked (ES2+.ConfirmOrder), and releases it if
    /// `release` says so.
    ///
    /// # Errors
    /// [`OrderError::Transition`] when it is confirmed already.
    pub fn confirm(&self, id: &OrderId, release: bool) -> Result<(), OrderError> {
        let to = if release { OrderState::Released } else { OrderState::Confirmed };
        self.advance(id, OrderState::Confirmed, to)
    }

    /// Notes that the event of an order is at its SM-DS already, for whoever has brought it there by other means than
    /// ES12.
    ///
    /// # Errors
    /// When the store fails.
    pub fn event_registered(&self, id: &OrderId) -> Result<(), StoreError> {
        self.update(id, &mut |order| {
            if let Some(event) = &mut order.event {
                event.state = EventState::Registered;
            }
        })?;
        Ok(())
    }

    /// Releases an order (ES2+.ReleaseProfile).
    ///
    /// # Errors
    /// [`OrderError::Transition`] when it is released already.
    pub fn release(&self, id: &OrderId) -> Result<(), OrderError> {
        self.advance(id, OrderState::Released, OrderState::Released)
    }

    fn advance(
        &self,
        id: &OrderId,
        must_be_below: OrderState,
        to: OrderState,
    ) -> Result<(), OrderError> {
        let mut refused = None;
        self.update(id, &mut |order| {
            if order.state < must_be_below {
                order.state = to;
            } else {
                refused = Some(order.state);
            }
        })?;
        refused.map_or(Ok(()), |state| Err(OrderError::Transition(state)))
    }

    /// Changes an order; what is due at its SM-DS then is done soon.
    pub(crate) fn update(
        &self,
        id: &OrderId,
        change: &mut dyn FnMut(&mut Order),
    ) -> Result<Order, StoreError> {
        let order = self.store.update(id, change)?;
        self.look_at_event(&order);
        Ok(order)
    }

    fn look_at_event(&self, order: &Order) {
        let due = order.event_due(self.clock.now()).is_some();
        if let Some(outbox) = self.outbox.as_ref().filter(|_| due) {
            outbox.look_at_event(&order.id);
        }
    }

    /// Has orders announced at their SM-DS, and operators told, by this outbox from now on. What is due is done.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn set_outbox(&mut self, outbox: Outbox) -> Result<(), StoreError> {
        self.outbox = Some(outbox);
        self.look_at_all_events()
    }

    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_ref()
    }

    /// Tries again what was due at SM-DSs and had no success, or is due by now.
    pub(crate) fn look_at_all_events(&self) -> Result<(), StoreError> {
        self.store.orders()?.iter().for_each(|order| self.look_at_event(order));
        Ok(())
    }

    /// Every order, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn orders(&self) -> Result<Vec<Order>, StoreError> {
        self.store.orders()
    }

    /// The order of this name.
    ///
    /// # Errors
    /// [`OrderError::Unknown`], or when the store cannot be read.
    pub fn order(&self, id: &OrderId) -> Result<Order, OrderError> {
        let mut orders = self.store.orders()?.into_iter();
        orders.find(|order| &order.id == id).ok_or(OrderError::Unknown)
    }

    /// The order that a matching ID asks for. Without one, the order on the default SM-DP+ way for this EID: the
    /// oldest that can be downloaded, or one that can tell why it cannot.
    pub(crate) fn find(
        &self,
        matching_id: Option<&str>,
        eid: &Eid,
    ) -> Result<Option<Order>, StoreError> {
        let mut orders = self.store.orders()?;
        if let Some(id) = matching_id.filter(|id| !id.is_empty()) {
            return Ok(orders.into_iter().find(|order| order.matching_id == id));
        }
        let eid = eid.to_string();
        let now = self.clock.now();
        orders.retain(|order| {
            order.matching_id.is_empty()
                && order.state.is_open()
                && order.eid.as_deref() == Some(&eid)
        });
        let usable = orders.iter().position(|order| order.check(&eid, now).is_ok());
        Ok(orders.into_iter().nth(usable.unwrap_or(0)))
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Runs something with the source of randomness.
    pub(crate) fn with_random<T>(&self, run: impl FnOnce(&mut dyn Random) -> T) -> T {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        run(random.as_mut())
    }

    pub(crate) fn random_octets<const N: usize>(&self) -> [u8; N] {
        let mut octets = [0; N];
        self.with_random(|random| random.fill(&mut octets));
        octets
    }

    /// Keeps the code of an order that was placed here.
    #[cfg(feature = "transcript-secrets")]
    pub(crate) fn remember_code(&self, id: &OrderId, code: &str) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(id.clone(), code.to_owned());
    }

    /// The code of an order that was placed here.
    #[cfg(feature = "transcript-secrets")]
    pub(crate) fn remembered_code(&self, id: &OrderId) -> Option<String> {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.get(id).cloned()
    }

    /// A matching ID that cannot be guessed.
    pub(crate) fn new_matching_id(&self) -> String {
        generated_matching_id(&self.random_octets())
    }

    fn new_id(&self) -> OrderId {
        OrderId::new(self.random_octets())
    }

    fn matching_id(&self, wanted: &MatchingId, has_eid: bool) -> Result<String, OrderError> {
        let id = match wanted {
            MatchingId::Generate => return Ok(self.new_matching_id()),
            MatchingId::DefaultServer if has_eid => return Ok(String::new()),
            MatchingId::DefaultServer => return Err(OrderError::EidMissing),
            MatchingId::Given(id) => id,
        };
        if !is_matching_id(id) {
            return Err(OrderError::MatchingId);
        }
        if self.store.orders()?.iter().any(|o| &o.matching_id == id) {
            return Err(OrderError::MatchingIdInUse);
        }
        Ok(id.clone())
    }

    /// The profile package, and what to append to the hostId.
    fn package(&self, request: &OrderRequest) -> Result<(ProfilePackage, usize), OrderError> {
        let (iccid, imsi, size) = match &request.profile {
            ProfileSource::Der(der) => return Ok((ProfilePackage::from_der(der.clone())?, 0)),
            ProfileSource::Build { iccid, imsi, size } => (iccid, imsi, *size),
        };
        let iccid = match iccid {
            Some(iccid) => *iccid,
            None => self
                .with_random(|random| generate_iccid(ICCID_PREFIX, random))
                .map_err(|_| PackageError::Iccid)?,
        };
        let imsi = match imsi {
            Some(imsi) => imsi.clone(),
            None => self.test_imsi()?,
        };
        let mut spec = PackageSpec::new(iccid, imsi);
        spec.service_provider_name = request.metadata.service_provider_name.clone();
        let mut padding = 0;
        spec.size = match size {
            ProfileSize::Smallest => None,
            ProfileSize::Package(size) => Some(size),
            ProfileSize::Bound { total, transaction_id } => {
                let metadata = request.metadata.encode(iccid, &self.options.address)?;
                let length = BoundLength {
                    transaction_id,
                    metadata: metadata.len(),
                    dp_oid: self.options.oid_length,
                };
                let fit = length.fit(total, &self.options.bind);
                let (size, octets) = fit.ok_or(OrderError::BoundSize)?;
                padding = octets;
                Some(size)
            }
        };
        let package = spec.build(&mut SeededRandom::from_seed(self.random_octets()))?;
        Ok((package, padding))
    }

    fn test_imsi(&self) -> Result<Imsi, PackageError> {
        let number = u64::from_be_bytes(self.random_octets()) % 10_000_000_000;
        Imsi::from_digits(&format!("{TEST_NETWORK}{number:010}"))
    }

    /// The metadata of an order, as offered.
    pub(crate) fn metadata(&self, order: &Order, address: &str) -> Result<Vec<u8>, OrderError> {
        let iccid = order.iccid().ok_or(PackageError::Iccid)?;
        Ok(order.metadata.encode(iccid, address)?)
    }

    /// The same with another profile name, for a test of clients.
    pub(crate) fn other_metadata(encoded: &[u8]) -> Option<Vec<u8>> {
        let mut metadata = ProfileMetadata::decode(encoded).ok()?;
        metadata.profile_name = "Another profile".to_owned();
        Some(metadata.encode())
    }
}

/// Whether this can be a matching ID.
pub(crate) fn is_matching_id(id: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    (1..=255).contains(&id.len()) && id.bytes().all(allowed)
}

/// An order as far as it goes at once; for an EID it is linked instead of allocated.
fn first_state(request: &OrderRequest) -> OrderState {
    match request.state {
        OrderState::Allocated if request.eid.is_some() => OrderState::Linked,
        OrderState::Linked if request.eid.is_none() => OrderState::Allocated,
        state => state,
    }
}

/// The event that an order asks for.
fn event(request: &OrderRequest, matching_id: &str) -> Result<Option<OrderEvent>, OrderError> {
    let Some(smds) = &request.smds else {
        return Ok(None);
    };
    let eid = request.eid.ok_or(OrderError::EidMissing)?;
    if matching_id.is_empty() || !(1..=255).contains(&smds.len()) {
        return Err(OrderError::Event);
    }
    Ok(Some(OrderEvent::wanted(smds.clone(), eid.to_string(), matching_id.to_owned())))
}

/// Four groups of five characters out of 32: 100 bits.
fn generated_matching_id(octets: &[u8; 20]) -> String {
    let characters: Vec<char> = octets
        .iter()
        .filter_map(|octet| ALPHABET.get(usize::from(octet & 0x1F)))
        .map(|c| char::from(*c))
        .collect();
    let groups: Vec<String> = characters.chunks(5).map(|g| g.iter().collect()).collect();
    groups.join("-")
}
