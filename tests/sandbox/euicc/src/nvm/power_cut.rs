//! Memory that loses power at a chosen moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{BlobId, MemoryNvm, Nvm, NvmError};

/// Wraps a memory so that the power can be cut before or after any of its writes (commits and blobs, counted
/// together). From the cut to the next [`Nvm::load`], which is the next power-on, nothing works.
#[derive(Debug)]
pub struct PowerCut<N> {
    memory: N,
    switch: PowerSwitch,
}

/// The hand on the switch of a [`PowerCut`].
#[derive(Debug, Clone, Default)]
pub struct PowerSwitch(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    writes: u64,
    cut: Option<Cut>,
    dead: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Before(u64),
    After(u64),
}

impl<N: Nvm> PowerCut<N> {
    /// Wraps `memory`; nothing is cut until the switch says so.
    pub fn new(memory: N) -> (Self, PowerSwitch) {
        let switch = PowerSwitch::default();
        let nvm = Self { memory, switch: switch.clone() };
        (nvm, switch)
    }

    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut N) -> Result<T, NvmError>,
    ) -> Result<T, NvmError> {
        let number = self.switch.before_write()?;
        let done = write(&mut self.memory)?;
        self.switch.after_write(number)?;
        Ok(done)
    }
}

impl PowerSwitch {
    /// How many writes were finished so far.
    pub fn writes(&self) -> u64 {
        self.plan().writes
    }

    /// Cuts the power just before the `count`th write from now on (1 is the next one).
    pub fn cut_before(&self, count: u64) {
        let mut plan = self.plan();
        plan.cut = Some(Cut::Before(plan.writes + count));
    }

    /// Cuts the power just after the `count`th write from now on: it is safe, but nobody hears of it.
    pub fn cut_after(&self, count: u64) {
        let mut plan = self.plan();
        plan.cut = Some(Cut::After(plan.writes + count));
    }

    /// Leaves the power on: what was planned and did not happen is forgotten.
    pub fn leave_on(&self) {
        self.plan().cut = None;
    }

    /// True when the power was cut and the card has not been powered on again since.
    pub fn is_dead(&self) -> bool {
        self.plan().dead
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn revive(&self) {
        self.plan().dead = false;
    }

    fn check_alive(&self) -> Result<(), NvmError> {
        if self.plan().dead { Err(NvmError::PowerLost) } else { Ok(()) }
    }

    fn before_write(&self) -> Result<u64, NvmError> {
        self.check_alive()?;
        let number = self.plan().writes + 1;
        self.cut_if(Cut::Before(number))?;
        Ok(number)
    }

    fn after_write(&self, number: u64) -> Result<(), NvmError> {
        self.plan().writes = number;
        self.cut_if(Cut::After(number))
    }

    fn cut_if(&self, now: Cut) -> Result<(), NvmError> {
        let mut plan = self.plan();
        if plan.cut != Some(now) {
            return Ok(());
        }
        plan.cut = None;
        plan.dead = true;
        Err(NvmError::PowerLost)
    }
}

impl<N: Nvm> Nvm for PowerCut<N> {
    fn load(&mut self) -> Result<Option<Vec<u8>>, NvmError> {
        self.switch.revive();
        self.memory.load()
    }

    fn commit(&mut self, state: &[u8]) -> Result<(), NvmError> {
        self.write(|memory| memory.commit(state))
    }

    fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError> {
        self.write(|memory| memory.put_blob(content))
    }

    fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError> {
        self.switch.check_alive()?;
        self.memory.blob(id)
    }

    fn keep_only(&mut self, live: &BTreeSet<BlobId>) -> Result<(), NvmError> {
        self.switch.check_alive()?;
        self.memory.keep_only(live)
    }

    fn copy(&self) -> Result<MemoryNvm, NvmError> {
        self.memory.copy()
    }

    fn restore(&mut self, copy: &MemoryNvm) -> Result<(), NvmError> {
        self.memory.restore(copy)
    }
}
