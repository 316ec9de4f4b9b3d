//! What the server has to tell others, done one after the other on a thread of its own: no LPA waits for an SM-DS or
//! an operator. Every call has a bound in time and is tried a few times; then it stays undone, for all to see.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lpakit_sandbox_rsp_server::client::{CallError, ClientError, HttpsClient};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::order::{EventDue, EventState, Order, OrderId, Report};
use crate::peers::{Peers, SmdsClient};
use crate::progress::{Progress, Told};
use crate::status::Refusal;
use crate::store::Store;

/// Before each attempt.
const PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(400)];

enum Job {
    /// What is due at an order's SM-DS; who waits for it is told how it went.
    Event(OrderId, Option<SyncSender<Result<(), Refusal>>>),
    /// The progress of this number.
    Progress(usize),
}

/// The way to the thread that calls others. The thread ends when it is dropped and all is done.
pub(crate) struct Outbox {
    jobs: Sender<Job>,
    open: watch::Sender<usize>,
    progress: Arc<Mutex<Vec<Progress>>>,
    tells_operator: bool,
}

impl Outbox {
    pub(crate) fn new(
        peers: &Peers,
        own_address: &str,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let smds = peers.smds.as_ref().map(|smds| {
            let client = HttpsClient::new(&smds.client)?;
            Ok::<_, ClientError>((client, smds.clone()))
        });
        let operator = peers.operator.as_ref().map(|operator| {
            let client = HttpsClient::new(&operator.client)?;
            Ok::<_, ClientError>((client, operator.url.clone()))
        });
        let progress = Arc::new(Mutex::new(Vec::new()));
        let open = watch::Sender::new(0);
        let worker = Worker {
            smds: smds.transpose()?,
            operator: operator.transpose()?,
            own_address: own_address.to_owned(),
            store,
            clock,
            progress: Arc::clone(&progress),
            open: open.clone(),
        };
        let (jobs, waiting) = channel();
        std::thread::Builder::new()
            .name("sandbox-outbox".to_owned())
            .spawn(move || worker.work(&waiting))
            .map_err(|_| ClientError::Thread)?;
        Ok(Self { jobs, open, progress, tells_operator: peers.operator.is_some() })
    }

    /// Does soon what is due at the SM-DS of this order.
    pub(crate) fn look_at_event(&self, order: &OrderId) {
        self.push(Job::Event(order.clone(), None));
    }

    /// Does now what is due at the SM-DS of this order.
    pub(crate) fn settle_event(&self, order: &OrderId) -> Result<(), Refusal> {
        let (done, outcome) = sync_channel(1);
        self.push(Job::Event(order.clone(), Some(done)));
        outcome.recv().map_err(|_| Refusal::INTERNAL)?
    }

    /// Tells the operator soon, if there is one.
    pub(crate) fn tell(&self, progress: Progress) {
        if !self.tells_operator {
            return;
        }
        let number = {
            let mut all = locked(&self.progress);
            all.push(progress);
            all.len() - 1
        };
        self.push(Job::Progress(number));
    }

    pub(crate) fn progress(&self) -> Vec<Progress> {
        locked(&self.progress).clone()
    }

    /// Ends when there is nothing left to do.
    pub(crate) async fn settled(&self) {
        let mut open = self.open.subscribe();
        // Cannot fail: the sender is here.
        let _ = open.wait_for(|open| *open == 0).await;
    }

    fn push(&self, job: Job) {
        self.open.send_modify(|open| *open += 1);
        if self.jobs.send(job).is_err() {
            self.open.send_modify(|open| *open -= 1);
        }
    }
}

struct Worker {
    smds: Option<(HttpsClient, SmdsClient)>,
    operator: Option<(HttpsClient, String)>,
    own_address: String,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    progress: Arc<Mutex<Vec<Progress>>>,
    open: watch::Sender<usize>,
}

impl Worker {
    fn work(&self, waiting: &Receiver<Job>) {
        while let Ok(job) = waiting.recv() {
            match job {
                Job::Event(order, done) => {
                    let outcome = self.event(&order);
                    // Whoever waited may have gone.
                    done.map(|done| done.send(outcome));
                }
                Job::Progress(number) => self.tell(number),
            }
            self.open.send_modify(|open| *open -= 1);
        }
    }

    /// Does what is due at the SM-DS, and looks again: the order may have changed meanwhile.
    fn event(&self, id: &OrderId) -> Result<(), Refusal> {
        loop {
            let order = self.store.update(id, &mut |_| ())?;
            let Some(due) = order.event_due(self.clock.now()) else {
                return Ok(());
            };
            let outcome = self.at_smds(&order, due);
            self.store.update(id, &mut |order| note(order, due, outcome.as_ref()))?;
            outcome?;
        }
    }

    fn at_smds(&self, order: &Order, due: EventDue) -> Result<(), Refusal> {
        let (Some((client, smds)), Some(event)) = (&self.smds, &order.event) else {
            return Err(Refusal::DS_UNREACHABLE);
        };
        let (function, fields) = match due {
            EventDue::Register => (
                "registerEvent",
                json!({
                    "eid": event.eid,
                    "rspServerAddress": self.own_address,
                    "eventId": event.event_id,
                    "forwardingIndicator": true,
                }),
            ),
            EventDue::Delete => {
                ("deleteEvent", json!({ "eid": event.eid, "eventId": event.event_id }))
            }
        };
        let url = smds.url(&event.smds, function);
        let (attempts, outcome) = call(client, &url, &fields);
        match outcome {
            Ok(()) => Ok(()),
            // It was done at an attempt whose answer was lost; what is gone needs no deleting.
            Err(CallError::Refused(code))
                if attempts > 1 && code == Refusal::EVENT_IN_USE.code
                    || due == EventDue::Delete && code == Refusal::EVENT_UNKNOWN.code =>
            {
                Ok(())
            }
            Err(CallError::Refused(code)) if code == Refusal::EVENT_IN_USE.code => {
                Err(Refusal::EVENT_IN_USE)
            }
            Err(CallError::Unreachable) => Err(Refusal::DS_UNREACHABLE),
            Err(_) => Err(Refusal::DS_FAILED),
        }
    }

    fn tell(&self, number: usize) {
        let Some((client, url)) = &self.operator else {
            return;
        };
        let progress = locked(&self.progress).get(number).cloned();
        let Some(progress) = progress else {
            return;
        };
        let (_, outcome) = call(client, url, &Value::Object(progress.fields()));
        let told = if outcome.is_ok() { Told::Yes } else { Told::No };
        if let Some(progress) = locked(&self.progress).get_mut(number) {
            progress.told = told;
        }
    }
}

/// Calls until there is an answer that will not change; and how many attempts that took.
fn call(client: &HttpsClient, url: &str, fields: &Value) -> (usize, Result<(), CallError>) {
    let fields = fields.as_object().cloned().unwrap_or_default();
    let mut outcome = Err(CallError::Unreachable);
    let mut attempts = 0;
    for pause in PAUSES {
        std::thread::sleep(pause);
        attempts += 1;
        outcome = client.call(url, fields.clone()).map(|_| ());
        let again = matches!(
            outcome,
            Err(CallError::Unreachable | CallError::Status(500..) | CallError::Answer)
        );
        if !again {
            break;
        }
    }
    (attempts, outcome)
}

/// Keeps with the order how it went.
fn note(order: &mut Order, due: EventDue, outcome: Result<&(), &Refusal>) {
    let Some(event) = &mut order.event else {
        return;
    };
    match (outcome, due) {
        (Ok(()), EventDue::Register) => event.state = EventState::Registered,
        (Ok(()), EventDue::Delete) => event.state = EventState::Deleted,
        (Err(_), _) => {}
    }
    event.problem = outcome.err().map(|refusal| Report::new(&refusal.code, &refusal.message));
}

fn locked(progress: &Mutex<Vec<Progress>>) -> MutexGuard<'_, Vec<Progress>> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
