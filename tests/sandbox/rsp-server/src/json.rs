//! The JSON of the functions: arguments read strictly, answers written, with the oddities that tests ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit_rsp::Object;
use lpakit_rsp::identifiers::{Eid, TransactionId};
use serde_json::{Map, Value, json};

use crate::misbehaviour::{HexCase, Misbehaviour, Quirks};
use crate::status::{Refusal, StatusCode};

/// The fields of a request.
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// A JSON object; anything else is refused.
    ///
    /// # Errors
    /// [`Refusal::FORMAT`].
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Refusal::FORMAT),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Refusal::MISSING_ELEMENT`], [`Refusal::FORMAT`].
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(Refusal::MISSING_ELEMENT),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Refusal::FORMAT),
        }
    }

    /// A text that may be missing.
    ///
    /// # Errors
    /// [`Refusal::FORMAT`].
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.text(name) {
            Ok(text) => Ok(Some(text)),
            Err(refusal) if refusal == Refusal::MISSING_ELEMENT => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// A truth value that must be there.
    ///
    /// # Errors
    /// [`Refusal::MISSING_ELEMENT`], [`Refusal::FORMAT`].
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(Refusal::MISSING_ELEMENT),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Refusal::FORMAT),
        }
    }

    /// An object or list that must be there.
    ///
    /// # Errors
    /// [`Refusal::MISSING_ELEMENT`].
    pub fn value(&self, name: &str) -> Result<&Value, Refusal> {
        self.0.get(name).filter(|value| !value.is_null()).ok_or(Refusal::MISSING_ELEMENT)
    }

    /// An EID of 32 digits that may be missing.
    ///
    /// # Errors
    /// [`Refusal::FORMAT`].
    pub fn optional_eid(&self) -> Result<Option<Eid>, Refusal> {
        let text = self.optional_text("eid")?;
        text.map(Eid::from_digits).transpose().map_err(|_| Refusal::FORMAT)
    }

    /// The header that functions between servers carry: who calls, and which call it is (facts 4.1).
    ///
    /// # Errors
    /// [`Refusal::MISSING_ELEMENT`], [`Refusal::FORMAT`].
    pub fn check_header(&self) -> Result<(), Refusal> {
        let header = self.value("header")?;
        for name in ["functionRequesterIdentifier", "functionCallIdentifier"] {
            match header.get(name) {
                None | Some(Value::Null) => return Err(Refusal::MISSING_ELEMENT),
                Some(Value::String(text)) if !text.is_empty() => {}
                Some(_) => return Err(Refusal::FORMAT),
            }
        }
        Ok(())
    }

    /// Bytes in Base64, standard alphabet with padding (RFC 4648).
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        STANDARD.decode(self.text(name)?).map_err(|_| Refusal::FORMAT)
    }

    /// A data object in Base64.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn object<T: Object>(&self, name: &str) -> Result<T, Refusal> {
        T::decode(&self.bytes(name)?).map_err(|_| Refusal::FORMAT)
    }

    /// The session's name.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn transaction_id(&self) -> Result<TransactionId, Refusal> {
        TransactionId::from_hex(self.text("transactionId")?).map_err(|_| Refusal::FORMAT)
    }
}

/// A field of an answer.
pub enum Field {
    /// Written as hexadecimal.
    TransactionId(TransactionId),
    /// Written as Base64.
    Bytes(Vec<u8>),
    /// Written as it is.
    Json(Value),
}

/// What a function answers when it was executed.
pub enum Reply {
    /// JSON with these fields beside the header.
    Fields(Vec<(&'static str, Field)>),
    /// Nothing at all: 204.
    Acknowledged,
}

impl Reply {
    /// The body of a success.
    pub fn body(&self, quirks: &Quirks) -> Option<Vec<u8>> {
        let Self::Fields(fields) = self else {
            return None;
        };
        let mut body = Map::new();
        if !quirks.has(&Misbehaviour::NoHeader) {
            body.insert("header".to_owned(), success_header(quirks));
        }
        for (name, field) in fields {
            body.insert((*name).to_owned(), written(field, quirks));
        }
        Some(rendered(&Value::Object(body), quirks))
    }
}

fn success_header(quirks: &Quirks) -> Value {
    let mut status = Map::new();
    if !quirks.has(&Misbehaviour::NoStatus) {
        status.insert("status".to_owned(), Value::from("Executed-Success"));
    }
    if quirks.has(&Misbehaviour::StatusCodeDataOnSuccess) {
        let none = StatusCode::new("8.2", "3.8");
        status.insert("statusCodeData".to_owned(), code_data(&none, "no trouble"));
    }
    json!({ "functionExecutionStatus": status })
}

/// The body of a refusal.
pub fn refusal_body(refusal: &Refusal, quirks: &Quirks) -> Vec<u8> {
    let body = json!({
        "header": {
            "functionExecutionStatus": {
                "status": "Failed",
                "statusCodeData": code_data(&refusal.code, &refusal.message),
            },
        },
    });
    rendered(&body, quirks)
}

fn code_data(code: &StatusCode, message: &str) -> Value {
    json!({
        "subjectCode": code.subject,
        "reasonCode": code.reason,
        "message": message,
    })
}

fn written(field: &Field, quirks: &Quirks) -> Value {
    match field {
        Field::Json(value) => value.clone(),
        Field::TransactionId(id) => {
            let case = quirks.find(|quirk| match quirk {
                Misbehaviour::TransactionIdCase(case) => Some(*case),
                _ => None,
            });
            let text = id.to_string();
            Value::from(match case {
                None => text,
                Some(HexCase::Lower) => text.to_ascii_lowercase(),
                Some(HexCase::Mixed) => mixed(&text),
            })
        }
        Field::Bytes(bytes) => {
            let mut text = STANDARD.encode(bytes);
            if quirks.has(&Misbehaviour::Base64WithoutPadding) {
                text.truncate(text.trim_end_matches('=').len());
            }
            if quirks.has(&Misbehaviour::Base64LineBreaks) {
                text = in_lines(&text);
            }
            Value::from(text)
        }
    }
}

fn mixed(text: &str) -> String {
    text.chars()
        .enumerate()
        .map(|(index, c)| if index % 2 == 0 { c.to_ascii_lowercase() } else { c })
        .collect()
}

/// Base64 as MIME writes it: lines of 76.
fn in_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 38);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            out.push_str("\r\n");
        }
        out.push(c);
    }
    out
}

fn rendered(body: &Value, quirks: &Quirks) -> Vec<u8> {
    let text = body.to_string();
    // A slash can only stand inside a JSON text.
    if quirks.has(&Misbehaviour::EscapedSlashes) {
        text.replace('/', "\\/").into_bytes()
    } else {
        text.into_bytes()
    }
}
