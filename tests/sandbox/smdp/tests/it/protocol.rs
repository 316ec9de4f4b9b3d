//! The layer below the functions: paths, methods, header fields.

use lpakit_sandbox_smdp::http::{Request, Service};
use lpakit_sandbox_smdp::{ADMIN_PROTOCOL, ES9_PATH};

use crate::card::Card;
use crate::world::{ADDRESS, World, ok, refusal};

fn request() -> Request {
    let body = Card::new().initiate(ADDRESS).to_string();
    let path = format!("{ES9_PATH}initiateAuthentication");
    Request::post(ADDRESS, &path, body)
}

fn with_header(name: &str, value: Option<&str>) -> Request {
    let mut request = request();
    request.headers.retain(|(field, _)| field != name);
    if let Some(value) = value {
        request.headers.push((name.to_owned(), value.to_owned()));
    }
    request
}

#[test]
fn answers_say_the_protocol_version_and_their_type() {
    let response = World::new().smdp.call(&request());
    ok(&response);
    let field = |name: &str| {
        let found = response.headers.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(field("x-admin-protocol"), Some(ADMIN_PROTOCOL));
    assert_eq!(field("content-type"), Some("application/json;charset=UTF-8"));
}

#[test]
fn unknown_paths_methods_and_types_are_refused_by_status() {
    let world = World::new();
    for path in ["/", "/gsma/rsp2/es9plus/", "/gsma/rsp2/es9plus/x", "/gsma/rsp2/asn1"] {
        let mut request = request();
        request.path = path.to_owned();
        assert_eq!(world.smdp.call(&request).status, 404);
    }
    let mut get = request();
    get.method = "GET".to_owned();
    assert_eq!(world.smdp.call(&get).status, 405);
    for value in [None, Some("text/plain"), Some("application/jsonp")] {
        let request = with_header("content-type", value);
        assert_eq!(world.smdp.call(&request).status, 415);
    }
    for value in ["application/json;charset=utf-8", "Application/JSON"] {
        ok(&world.smdp.call(&with_header("content-type", Some(value))));
    }
}

#[test]
fn protocol_versions_2_and_3_are_spoken() {
    let world = World::new();
    let call = |value| world.smdp.call(&with_header("x-admin-protocol", value));
    for value in [None, Some("gsma/rsp/v2.0.0"), Some("GSMA/RSP/v3.1.0")] {
        ok(&call(value));
    }
    for value in ["gsma/rsp/v1.0.0", "gsma/rsp/v22.0", "2.2.2", ""] {
        assert_eq!(refusal(&call(Some(value))), "1.3.2/3.1");
    }
}

#[test]
fn bodies_that_are_no_object_are_refused() {
    let world = World::new();
    for body in ["", "[]", "null", "{", "\"text\"", "{\"a\":1}trailing"] {
        let mut request = request();
        request.body = body.as_bytes().to_vec();
        assert_eq!(refusal(&world.smdp.call(&request)), "1.3.1/2.1");
    }
}
