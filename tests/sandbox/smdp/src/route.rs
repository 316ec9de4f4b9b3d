//! From an HTTP request to a function and back.

use lpakit_sandbox_rsp_server::{ES9_PATH, frame};

use crate::es2::{self, ES2_PATH, Es2Function};
use crate::es9::{self, Function};
use crate::http::{Request, Response, Service};
use crate::smdp::Smdp;
use crate::status::Refusal;

impl Service for Smdp {
    fn call(&self, request: &Request) -> Response {
        let path = request.bare_path();
        if let Some(function) = path.strip_prefix(ES9_PATH).and_then(Function::from_name) {
            let response = self.answer_lpa(function, request);
            frame::record(self.recorder(), request, &response);
            return response;
        }
        match path.strip_prefix(ES2_PATH).and_then(Es2Function::from_name) {
            Some(function) => self.answer_operator(function, request),
            None => Response::status(404),
        }
    }
}

impl Smdp {
    fn answer_lpa(&self, function: Function, request: &Request) -> Response {
        frame::answer(
            request,
            || self.misbehaviours().take(function),
            |refusal| failed(function, refusal),
            |arguments, quirks| es9::execute(self, function, arguments, quirks),
        )
    }

    fn answer_operator(&self, function: Es2Function, request: &Request) -> Response {
        let Some(operator) = request.client_key_id() else {
            // ES2+ is for operators that have shown who they are.
            return Response::status(403);
        };
        frame::answer(
            request,
            || self.es2_misbehaviours().take(function),
            |_| 200,
            |arguments, _| es2::execute(self, function, &operator, arguments),
        )
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
