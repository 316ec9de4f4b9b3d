//! From an HTTP request to a function and back.

use lpakit_sandbox_rsp_server::{ES9_PATH, frame};

use crate::es9::{self, Function};
use crate::http::{Request, Response, Service};
use crate::smdp::Smdp;
use crate::status::Refusal;

impl Service for Smdp {
    fn call(&self, request: &Request) -> Response {
        let path = request.bare_path();
        let Some(function) = path.strip_prefix(ES9_PATH).and_then(Function::from_name) else {
            return Response::status(404);
        };
        let response = frame::answer(
            request,
            || self.misbehaviours().take(function),
            |refusal| failed(function, refusal),
            |arguments, quirks| es9::execute(self, function, arguments, quirks),
        );
        frame::record(self.recorder(), request, &response);
        response
    }
}

fn failed(function: Function, refusal: &Refusal) -> u16 {
    match function {
        // A 2xx would make the client forget its notification.
        Function::HandleNotification if refusal.code == Refusal::INTERNAL.code => 500,
        Function::HandleNotification => 400,
        _ => 200,
    }
}
