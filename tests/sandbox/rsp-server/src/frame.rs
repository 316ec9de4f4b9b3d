//! What every function has in common on its way from request to answer, with whatever is to be done wrong on the way.

use crate::ADMIN_PROTOCOL;
use crate::http::{Delivery, Request, Response};
use crate::json::{Arguments, Reply, refusal_body};
use crate::misbehaviour::{Framing, Misbehaviour, Quirks};
use crate::status::Refusal;
use crate::transcript::{Recorder, http_line};

/// Answers the request of a function that was found by its path: method and type of content are looked at, the
/// arguments are read, `execute` does the work, and its outcome is written. A refusal goes out with the HTTP status
/// that `failed` gives: 200 for most functions (facts 4.1). `quirks` says what is to be done wrong.
pub fn answer(
    request: &Request,
    quirks: impl FnOnce() -> Quirks,
    failed: impl FnOnce(&Refusal) -> u16,
    execute: impl FnOnce(&Arguments, &Quirks) -> Result<Reply, Refusal>,
) -> Response {
    if request.method != "POST" {
        let mut response = Response::status(405);
        response.header("allow", "POST");
        return response;
    }
    if !is_json(request.header("content-type")) {
        return Response::status(415);
    }
    let quirks = &quirks();
    if let Some(response) = instead(quirks) {
        return response;
    }
    let outcome = arguments(request, quirks).and_then(|arguments| execute(&arguments, quirks));
    let mut response = written(&outcome, quirks, failed);
    response.header("x-admin-protocol", ADMIN_PROTOCOL);
    deliver(&mut response, quirks);
    response
}

/// Writes an exchange to the transcript, if there is one. What never went out is no exchange.
pub fn record(recorder: Option<&dyn Recorder>, request: &Request, response: &Response) {
    let sent = !matches!(response.delivery, Delivery::Never | Delivery::Close);
    if let Some(recorder) = recorder.filter(|_| sent) {
        recorder.record(&http_line(request, response));
    }
}

fn arguments(request: &Request, quirks: &Quirks) -> Result<Arguments, Refusal> {
    let refuse = quirks.find(|quirk| match quirk {
        Misbehaviour::Refuse(code) => Some(code.clone()),
        _ => None,
    });
    if let Some(code) = refuse {
        let message = "refused on request".into();
        return Err(Refusal { code, message });
    }
    check_protocol(request.header("x-admin-protocol"))?;
    Arguments::parse(&request.body)
}

fn is_json(content_type: Option<&str>) -> bool {
    let media_type = content_type.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

/// `gsma/rsp/v2.…` or v3 will do; so will no header at all (facts 4.1).
fn check_protocol(header: Option<&str>) -> Result<(), Refusal> {
    let Some(header) = header else {
        return Ok(());
    };
    let version = header.trim().to_ascii_lowercase();
    let major = version.strip_prefix("gsma/rsp/v").and_then(|version| version.split('.').next());
    match major {
        Some("2" | "3") => Ok(()),
        _ => Err(Refusal::PROTOCOL_VERSION),
    }
}

/// The answers that go out without the function being executed.
fn instead(quirks: &Quirks) -> Option<Response> {
    let without_answer = |delivery| {
        let mut response = Response::status(200);
        response.delivery = delivery;
        response
    };
    quirks.find(|quirk| match quirk {
        Misbehaviour::Html => Some(Response::with_body(
            "text/html",
            b"<!doctype html><title>Sign in to this network</title>".to_vec(),
        )),
        Misbehaviour::HttpStatus(status) => Some(Response::status(*status)),
        Misbehaviour::LargeBody { octets, framing } => {
            Some(without_answer(Delivery::Filler { octets: Some(*octets), framing: *framing }))
        }
        Misbehaviour::EndlessBody => {
            Some(without_answer(Delivery::Filler { octets: None, framing: Framing::Chunked }))
        }
        Misbehaviour::Hang => Some(without_answer(Delivery::Never)),
        Misbehaviour::CloseBefore => Some(without_answer(Delivery::Close)),
        _ => None,
    })
}

fn written(
    outcome: &Result<Reply, Refusal>,
    quirks: &Quirks,
    failed: impl FnOnce(&Refusal) -> u16,
) -> Response {
    const JSON: &str = "application/json;charset=UTF-8";
    match outcome {
        Ok(reply) => match reply.body(quirks) {
            Some(_) if quirks.has(&Misbehaviour::EmptyBody) => Response::status(200),
            Some(body) => Response::with_body(JSON, body),
            None if quirks.has(&Misbehaviour::AcknowledgeWith200) => Response::status(200),
            None => Response::status(204),
        },
        Err(refusal) => {
            let mut response = Response::with_body(JSON, refusal_body(refusal, quirks));
            response.status = failed(refusal);
            response
        }
    }
}

fn deliver(response: &mut Response, quirks: &Quirks) {
    if quirks.has(&Misbehaviour::ConnectionClose) {
        response.delivery = Delivery::LastOnConnection;
    }
    if quirks.has(&Misbehaviour::ChunkedBody) {
        response.delivery = Delivery::Chunked;
    }
    if quirks.has(&Misbehaviour::CloseAfter) {
        response.delivery = Delivery::Close;
    }
}
