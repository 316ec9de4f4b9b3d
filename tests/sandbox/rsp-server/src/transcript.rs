//! Transcripts: what went over the wire, as JSON lines for an independent verifier (tests/interop/TRANSCRIPT.md).

use serde_json::{Map, Value, json};

use crate::http::{Request, Response};

/// Takes the lines of a transcript, in the order things happen.
pub trait Recorder: Send + Sync {
    /// Takes one line.
    fn record(&self, line: &Value);
}

/// The line of one HTTP exchange.
pub fn http_line(request: &Request, response: &Response) -> Value {
    json!({
        "t": "http",
        "url": format!("https://{}{}", request.host, request.path),
        "request": {
            "headers": headers(&request.headers),
            "body": String::from_utf8_lossy(&request.body),
        },
        "response": {
            "status": response.status,
            "headers": headers(&response.headers),
            "body": String::from_utf8_lossy(&response.body),
        },
    })
}

/// The line of one secret.
pub fn secret_line(name: &str, transaction_id: &[u8], value: &str) -> Value {
    json!({
        "t": "secret",
        "name": name,
        "transaction_id": hex::encode(transaction_id),
        "value": value,
    })
}

fn headers(list: &[(String, String)]) -> Map<String, Value> {
    list.iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), Value::from(value.as_str())))
        .collect()
}
