//! The sandbox server behind a transport that fails when it is told to. No socket: a request is a function call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit::clock::Clock;
use lpakit::http::{BoxFuture, Collector, HttpError, HttpRequest, HttpResponse, HttpTransport};
use lpakit_rsp::notifications::PendingNotification;
use lpakit_rsp::tlv::Tlv;
use lpakit_sandbox_smdp::Smdp;
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smds::Smds;
use serde_json::Value;

use crate::clock::VirtualClock;
use crate::injector::Injector;
use crate::ledger::Ledger;
use crate::plan::NetFault;
use crate::stage::DISCOVERY_SERVER;

/// The way to the server. It outlives the apps that use it, each through a [`FaultyTransport`] of its own.
#[derive(Clone)]
pub(crate) struct Network(Arc<Wires>);

struct Wires {
    smdp: Arc<Smdp>,
    smds: Smds,
    clock: VirtualClock,
    faults: Injector,
    ledger: Ledger,
    /// Which start of the app is connected.
    life: AtomicU32,
}

impl Network {
    pub(crate) fn new(
        smdp: Arc<Smdp>,
        smds: Smds,
        clock: VirtualClock,
        faults: Injector,
        ledger: Ledger,
    ) -> Self {
        Self(Arc::new(Wires { smdp, smds, clock, faults, ledger, life: AtomicU32::new(0) }))
    }

    /// The next start of the app: what an earlier one still sends goes nowhere.
    pub(crate) fn start(&self) -> FaultyTransport {
        let life = self.0.life.fetch_add(1, Ordering::Relaxed) + 1;
        FaultyTransport { wires: Arc::clone(&self.0), life }
    }

    /// Cuts the last app off, as when its process is killed.
    pub(crate) fn stop(&self) {
        self.0.life.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wires {
    /// The server acts.
    fn call(&self, request: &HttpRequest) -> Response {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let server: &dyn Service =
            if request.host == DISCOVERY_SERVER { &self.smds } else { self.smdp.as_ref() };
        server.call(&Request {
            method: "POST".to_owned(),
            host: request.host.clone(),
            path: request.path.to_owned(),
            headers: vec![
                header("content-type", "application/json"),
                header("x-admin-protocol", request.admin_protocol),
            ],
            body: request.body.clone(),
            client: None,
        })
    }

    /// What the app hears of an answer.
    fn tell(&self, request: &HttpRequest, response: &Response) -> HttpResponse {
        let mut collector = Collector::new(request.decode_field, Some(response.body.len()));
        collector.push(&response.body);
        let told = HttpResponse {
            status: response.status,
            body: collector.finish(),
            length: response.body.len(),
        };
        if told.is_success()
            && request.path.ends_with("/handleNotification")
            && let Some(seq_number) = seq_number_of(&request.body)
        {
            self.ledger.acknowledge(seq_number);
        }
        told
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match self.faults.exchange() {
            None => Ok(self.tell(&request, &self.call(&request))),
            Some(NetFault::Refused) => Err(HttpError::Unreachable),
            Some(NetFault::ResetBefore) => Err(HttpError::ConnectionLost),
            Some(NetFault::ResetAfter) => {
                self.call(&request);
                Err(HttpError::ConnectionLost)
            }
            Some(NetFault::Cut) => {
                let mut response = self.call(&request);
                if response.body.is_empty() {
                    // There is only a head, and half of that is no answer.
                    return Err(HttpError::ConnectionLost);
                }
                response.body.truncate(response.body.len() / 2);
                Ok(self.tell(&request, &response))
            }
            Some(NetFault::Status500) => Ok(self.tell(&request, &Response::status(500))),
            Some(NetFault::Delay) => {
                self.call(&request);
                self.clock.sleep(request.time_limit).await;
                Err(HttpError::Timeout)
            }
        }
    }
}

fn seq_number_of(body: &[u8]) -> Option<u32> {
    let request: Value = serde_json::from_slice(body).ok()?;
    let octets = STANDARD.decode(request.get("pendingNotification")?.as_str()?).ok()?;
    let notification = PendingNotification::read(Tlv::parse(&octets).ok()?).ok()?;
    Some(notification.metadata().seq_number)
}

/// The transport of one start of the app.
pub struct FaultyTransport {
    wires: Arc<Wires>,
    life: u32,
}

impl HttpTransport for FaultyTransport {
    fn post(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            if self.wires.life.load(Ordering::Relaxed) != self.life {
                return Err(HttpError::Unreachable);
            }
            self.wires.exchange(request).await
        })
    }
}
