//! What stands behind the handles that apps hold: one engine for a card, whoever opened it how often.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, Weak};

use lpakit::card::CardPort;

use crate::error::LpaError;
use crate::guard::{Released, Turn};
use crate::offer::OfferSlot;
use crate::options::LpaOptions;
use crate::sync::lock;
use crate::task::InstallTask;
use crate::{runtime, testing};

/// So many installations are remembered, the newest.
const REMEMBERED_TASKS: usize = 16;

/// The LPA of one card, with what can be found again after the first caller is gone.
pub(crate) struct Engine {
    pub(crate) card_id: String,
    pub(crate) lpa: lpakit::Lpa,
    holders: Mutex<Holders>,
    tasks: Mutex<BTreeMap<u64, Arc<InstallTask>>>,
    /// The newest offer.
    offer: Mutex<Weak<OfferSlot>>,
}

/// Who holds a card open.
#[derive(Default)]
struct Holders {
    number: usize,
    /// The last of them wants it closed: it cannot be opened again, only anew.
    closing: bool,
}

/// A card that is open, or is being let go.
struct Entry {
    engine: Weak<Engine>,
    released: Released,
}

static CARDS: LazyLock<Mutex<HashMap<String, Entry>>> = LazyLock::new(Mutex::default);

/// How many cards are open, or not yet let go.
pub(crate) fn count() -> usize {
    lock(&CARDS).values().filter(|entry| entry.engine.strong_count() > 0).count()
}

impl Engine {
    /// The engine of a card; a new one only if there is none. `port` makes the card's port.
    pub(crate) fn open(
        card_id: &str,
        options: &LpaOptions,
        port: impl FnOnce(Turn) -> CardPort,
    ) -> Result<Arc<Self>, LpaError> {
        let mut cards = lock(&CARDS);
        if let Some(engine) = cards.get(card_id).and_then(|entry| entry.engine.upgrade())
            && engine.enter()
        {
            return Ok(engine);
        }
        cards.retain(|_, entry| entry.engine.strong_count() > 0 || !entry.released.is_told());
        let released = Released::default();
        let before = cards.get(card_id).map(|entry| entry.released.clone());
        let transport = Arc::new(options.transport()?);
        let settings = options.for_card(card_id)?;
        let runtime = runtime::handle()?;
        let lpa = {
            let _inside = runtime.enter();
            lpakit::Lpa::open(port(Turn::after(before, released.clone())), transport, settings)?
        };
        let engine = Arc::new(Self {
            card_id: card_id.to_owned(),
            lpa,
            holders: Mutex::new(Holders { number: 1, closing: false }),
            tasks: Mutex::default(),
            offer: Mutex::default(),
        });
        cards.insert(card_id.to_owned(), Entry { engine: Arc::downgrade(&engine), released });
        Ok(engine)
    }

    /// One holder more, unless the last one has closed it.
    fn enter(&self) -> bool {
        let mut holders = lock(&self.holders);
        holders.number += usize::from(!holders.closing);
        !holders.closing
    }

    /// One holder less, who has just forgotten the card.
    pub(crate) fn forget(&self) {
        let mut holders = lock(&self.holders);
        holders.number = holders.number.saturating_sub(1);
    }

    /// One holder less, who is done with the card; whether that was the last, so that it is to be closed.
    pub(crate) fn leave(&self) -> bool {
        let mut holders = lock(&self.holders);
        holders.number = holders.number.saturating_sub(1);
        holders.closing = holders.number == 0;
        holders.closing
    }

    /// Closes the card for everybody.
    pub(crate) fn ask_to_close(&self) {
        self.lpa.ask_to_close();
    }

    /// Waits until the card is closed.
    pub(crate) async fn close(&self) {
        self.lpa.close().await;
    }

    pub(crate) fn remember_task(&self, task: &Arc<InstallTask>) {
        let mut tasks = lock(&self.tasks);
        tasks.insert(task.number(), Arc::clone(task));
        while tasks.len() > REMEMBERED_TASKS {
            tasks.pop_first();
        }
    }

    pub(crate) fn task(&self, id: u64) -> Option<Arc<InstallTask>> {
        lock(&self.tasks).get(&id).cloned()
    }

    pub(crate) fn all_tasks(&self) -> Vec<Arc<InstallTask>> {
        lock(&self.tasks).values().cloned().collect()
    }

    pub(crate) fn remember_offer(&self, offer: &Arc<OfferSlot>) {
        *lock(&self.offer) = Arc::downgrade(offer);
    }

    pub(crate) fn newest_offer(&self) -> Option<Arc<OfferSlot>> {
        lock(&self.offer).upgrade()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        testing::forget_clock(&self.card_id);
    }
}
