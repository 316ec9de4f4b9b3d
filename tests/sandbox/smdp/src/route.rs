//! From an HTTP request to a function and back, with whatever is to be done wrong on the way.

use crate::es9::{self, Arguments, Function, Reply};
use crate::http::{Delivery, Request, Response, Service};
use crate::misbehaviour::{Framing, Misbehaviour, Quirks};
use crate::smdp::{ADMIN_PROTOCOL, ES9_PATH, Smdp};
use crate::status::Refusal;
use crate::transcript::http_line;

impl Service for Smdp {
    fn call(&self, request: &Request) -> Response {
        let response = self.answer(request);
        // What never went out is no exchange.
        let sent = !matches!(response.delivery, Delivery::Never | Delivery::Close);
        if let Some(recorder) = self.recorder().filter(|_| sent) {
            recorder.record(&http_line(request, &response));
        }
        response
    }
}

impl Smdp {
    fn answer(&self, request: &Request) -> Response {
        let path = request.path.split('?').next().unwrap_or_default();
        let function = path.strip_prefix(ES9_PATH).and_then(Function::from_name);
        let Some(function) = function else {
            return Response::status(404);
        };
        if request.method != "POST" {
            let mut response = Response::status(405);
            response.header("allow", "POST");
            return response;
        }
        if !is_json(request.header("content-type")) {
            return Response::status(415);
        }
        let quirks = self.misbehaviours().take(function);
        if let Some(response) = instead(&quirks) {
            return response;
        }
        let outcome = self.execute(function, request, &quirks);
        let mut response = written(function, &outcome, &quirks);
        response.header("x-admin-protocol", ADMIN_PROTOCOL);
        deliver(&mut response, &quirks);
        response
    }

    fn execute(
        &self,
        function: Function,
        request: &Request,
        quirks: &Quirks,
    ) -> Result<Reply, Refusal> {
        let refuse = quirks.find(|quirk| match quirk {
            Misbehaviour::Refuse(code) => Some(code.clone()),
            _ => None,
        });
        if let Some(code) = refuse {
            let message = "refused on request".into();
            return Err(Refusal { code, message });
        }
        check_protocol(request.header("x-admin-protocol"))?;
        let arguments = Arguments::parse(&request.body)?;
        es9::execute(self, function, &arguments, quirks)
    }
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

fn written(function: Function, outcome: &Result<Reply, Refusal>, quirks: &Quirks) -> Response {
    const JSON: &str = "application/json;charset=UTF-8";
    match outcome {
        Ok(reply) => match reply.body(quirks) {
            Some(_) if quirks.has(&Misbehaviour::EmptyBody) => Response::status(200),
            Some(body) => Response::with_body(JSON, body),
            None if quirks.has(&Misbehaviour::AcknowledgeWith200) => Response::status(200),
            None => Response::status(204),
        },
        Err(refusal) => {
            let mut response = Response::with_body(JSON, es9::refusal_body(refusal, quirks));
            // A 2xx would make the client forget its notification.
            if function == Function::HandleNotification {
                response.status = if refusal.code == Refusal::INTERNAL.code { 500 } else { 400 };
            }
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
