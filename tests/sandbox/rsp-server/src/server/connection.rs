//! One connection: handshake, then requests one after the other until either side has enough.

use std::sync::Arc;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::body::Outgoing;
use super::{Shared, count};
use crate::http::{Delivery, Request, Response};
use crate::misbehaviour::Framing;

/// No answer is to go out: hyper closes the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to be closed without an answer")]
struct Close;

pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers go out at once; a socket that refuses this still works.
    let _ = stream.set_nodelay(true);
    let limits = shared.limits;
    let handshake = timeout(limits.time, shared.acceptor.accept(stream)).await;
    let Ok(Ok(stream)) = handshake else {
        count(&shared.counters.failed_handshakes);
        return;
    };
    count(&shared.counters.handshakes);
    let client = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let client = client.map(|certificate| certificate.to_vec());
    let service = service_fn(|request| answer(request, client.clone(), &shared));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.time)
        .max_headers(limits.header_fields)
        .max_buf_size(limits.header)
        .serve_connection(TokioIo::new(stream), service);
    // However it ended: the client is gone, or was sent away.
    let _ = connection.await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    client: Option<Vec<u8>>,
    shared: &Arc<Shared>,
) -> Result<hyper::Response<Outgoing>, Close> {
    count(&shared.counters.requests);
    let request = match read(request, shared).await {
        Ok(request) => Request { client, ..request },
        Err(status) => return outgoing(last(status)),
    };
    let service = Arc::clone(&shared.service);
    // Signatures and files take milliseconds that other connections need not wait for.
    let called = tokio::task::spawn_blocking(move || service.call(&request)).await;
    let response = called.unwrap_or_else(|_| last(500));
    match response.delivery {
        Delivery::Close => Err(Close),
        // Ends when the client closes the connection or the server stops.
        Delivery::Never => std::future::pending().await,
        _ => outgoing(response),
    }
}

/// A status after which the connection is of no more use.
fn last(status: u16) -> Response {
    let mut response = Response::status(status);
    response.delivery = Delivery::LastOnConnection;
    response
}

/// The whole request, or the status that says why not.
async fn read(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Request, u16> {
    let (head, body) = request.into_parts();
    let collecting = Limited::new(body, shared.limits.body).collect();
    let body = timeout(shared.limits.time, collecting)
        .await
        .map_err(|_| 408_u16)?
        .map_err(|error| if error.is::<LengthLimitError>() { 413_u16 } else { 400 })?
        .to_bytes();
    let host = head
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| text(&head.headers, HOST.as_str()))
        .ok_or(400_u16)?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(Request {
        method: head.method.as_str().to_owned(),
        host,
        path: path.to_owned(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body: body.to_vec(),
        client: None,
    })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn outgoing(response: Response) -> Result<hyper::Response<Outgoing>, Close> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let body = match response.delivery {
        Delivery::Chunked => Outgoing::chunked(response.body),
        Delivery::Filler { octets, framing } => {
            if let (Some(octets), Framing::Length) = (octets, framing) {
                builder = builder.header(CONTENT_LENGTH, octets);
            }
            builder = builder.header("content-type", "application/json");
            Outgoing::filler(octets)
        }
        Delivery::LastOnConnection => {
            builder = builder.header(CONNECTION, "close");
            Outgoing::whole(response.body)
        }
        Delivery::Whole | Delivery::Never | Delivery::Close => Outgoing::whole(response.body),
    };
    // Header fields come from this crate and are well formed.
    builder.body(body).map_err(|_| Close)
}
