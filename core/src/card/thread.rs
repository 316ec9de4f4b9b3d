//! One thread owns a card. Whatever threads call, operations on one card stand in one queue and never interleave.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use lpakit_rsp::identifiers::Aid;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::{CallWatch, IsdrChannel};
use crate::sync::{BoxFuture, lock};

/// Called once on each thread that lpakit starts, with the thread's name, before any work: bindings attach the
/// thread to their virtual machine here.
pub type ThreadStartHook = Arc<dyn Fn(&str) + Send + Sync>;

type Job = Box<dyn FnOnce(&mut IsdrChannel) + Send>;

/// Waiting for a job is in boxes: else its code would be there once for each kind of job (50 kB).
type Waiting<'a, T> = BoxFuture<'a, Result<T, NotDone>>;

enum Message {
    Do(Job),
    /// Close the channel and end the thread, whoever still has a handle; tells when the port is gone.
    End(oneshot::Sender<()>),
}

/// The queue in front of a card's thread.
#[derive(Clone)]
pub(crate) struct CardThread {
    queue: Sender<Message>,
    ended: Arc<AtomicBool>,
    calls: CallWatch,
    /// Whose timers wait for the card.
    runtime: Handle,
    /// The ISD-R that all jobs of this handle are for; `None` is the first that is found.
    isdr: Option<Aid>,
}

/// Why a job gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The card's thread has ended, so nothing can be asked of the card any more.
    Ended,
    /// The job itself broke down.
    Broken,
    /// The port did not come back from a call; the card is given up.
    Stuck,
}

impl CardThread {
    /// Starts the thread. It ends, and closes the channel, when the last handle is gone.
    pub(crate) fn start(
        mut card: IsdrChannel,
        calls: CallWatch,
        runtime: Handle,
        hook: Option<ThreadStartHook>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = channel::<Message>();
        let ended = Arc::new(AtomicBool::new(false));
        let (end, watched) = (Arc::clone(&ended), calls.clone());
        let name = "lpakit-card";
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Some(hook) = hook {
                hook(name);
            }
            let asked_by = serve(&jobs, &mut card, &watched);
            // Before the jobs that are left are dropped.
            end.store(true, Ordering::Release);
            drop(card);
            if let Some(asked_by) = asked_by {
                let _ = asked_by.send(());
            }
        })?;
        Ok(Self { queue, ended, calls, runtime, isdr: None })
    }

    /// Queues a job and waits for what it gives. When the waiting ends early the job still runs.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut IsdrChannel) -> T + Send + 'static,
    ) -> Waiting<'_, T> {
        let given = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&given);
        let job = move |card: &mut IsdrChannel| {
            let result = job(card);
            *lock(&slot) = Some(result);
        };
        Box::pin(result_of(self.done(Box::new(job)), given))
    }

    /// Queues a job and waits for its end.
    fn done(&self, job: Job) -> Waiting<'_, ()> {
        Box::pin(async move {
            let (tell, told) = oneshot::channel();
            self.enqueue(Box::new(move |card| {
                job(card);
                // Nobody may be waiting any more; the work is done all the same.
                let _ = tell.send(());
            }))?;
            self.unless_stuck(told).await?.map_err(|_| {
                if self.ended.load(Ordering::Acquire) { NotDone::Ended } else { NotDone::Broken }
            })
        })
    }

    /// Waits, but not longer than any call of the port may take.
    async fn unless_stuck<T>(&self, work: impl Future<Output = T>) -> Result<T, NotDone> {
        let mut work = pin!(work);
        loop {
            let patience = {
                let _timers = self.runtime.enter();
                tokio::time::sleep(self.calls.patience())
            };
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = patience => {}
            }
            if self.calls.give_up_if_overdue() {
                return Err(NotDone::Stuck);
            }
        }
    }

    /// Queues a job and does not wait.
    pub(crate) fn post(
        &self,
        job: impl FnOnce(&mut IsdrChannel) + Send + 'static,
    ) -> Result<(), NotDone> {
        self.enqueue(Box::new(job))
    }

    fn enqueue(&self, job: Job) -> Result<(), NotDone> {
        if self.calls.is_stuck() {
            return Err(NotDone::Stuck);
        }
        let isdr = self.isdr.clone();
        let chosen = move |card: &mut IsdrChannel| {
            card.choose(isdr.as_ref());
            job(card);
        };
        self.queue.send(Message::Do(Box::new(chosen))).map_err(|_| NotDone::Ended)
    }

    /// Closes the channel, ends the thread after all that is queued and waits for it; what is asked later is answered
    /// [`NotDone::Ended`].
    pub(crate) async fn end(&self) {
        let closed = self.run(IsdrChannel::close).await;
        let (tell, told) = oneshot::channel();
        if closed.is_ok() && self.queue.send(Message::End(tell)).is_ok() {
            // It may have ended meanwhile, which is the same.
            let _ = self.unless_stuck(told).await;
        }
    }

    /// The same queue, for the ISD-R with this AID.
    pub(crate) fn for_isdr(&self, aid: Aid) -> Self {
        Self { isdr: Some(aid), ..self.clone() }
    }
}

async fn result_of<T>(done: Waiting<'_, ()>, given: Arc<Mutex<Option<T>>>) -> Result<T, NotDone> {
    done.await?;
    let result = lock(&given).take();
    result.ok_or(NotDone::Broken)
}

/// Does jobs until the thread shall end; gives who waits for that.
fn serve(
    jobs: &Receiver<Message>,
    card: &mut IsdrChannel,
    calls: &CallWatch,
) -> Option<oneshot::Sender<()>> {
    // What is asked of a card that was given up is answered by whoever asks.
    while !calls.is_stuck() {
        match jobs.recv().ok()? {
            // A fault of ours ends this job alone. What it did to the channel is not known.
            Message::Do(job) => {
                if catch_unwind(AssertUnwindSafe(|| job(card))).is_err() {
                    card.lose();
                }
            }
            Message::End(asked_by) => return Some(asked_by),
        }
    }
    None
}

impl std::fmt::Debug for CardThread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardThread")
    }
}
