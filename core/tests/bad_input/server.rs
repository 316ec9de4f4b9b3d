//! A server that answers with whatever octets a test has for it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use base64ct::{Base64, Encoding};
use lpakit::es9::{Es9Client, Es9Error, SessionName, TimeLimits};
use lpakit::http::{
    BoxFuture, Collector, HttpError, HttpRequest, HttpResponse, HttpTransport, MAX_BODY,
};
use lpakit::rsp::authentication::ServerSigned1;
use lpakit::rsp::identifiers::TransactionId;
use lpakit::rsp::preparation::SmdpSigned2;
use lpakit::rsp::tlv::encode;
use lpakit::rsp::{Object, Tag};
use serde_json::{Value, json};

const SESSION: &str = "0A1B2C";

/// The functions of ES9+ and ES11 whose answers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Initiate,
    Authenticate,
    Package,
    Notify,
    Cancel,
    Events,
}

impl Function {
    pub const ALL: [Self; 6] = [
        Self::Initiate,
        Self::Authenticate,
        Self::Package,
        Self::Notify,
        Self::Cancel,
        Self::Events,
    ];

    /// A good answer. A secret of a plan stands in its status code's message, as real servers put it there.
    pub fn good(self) -> Value {
        let mut answer = match self {
            Self::Initiate => json!({
                "serverSigned1": base64(&server_signed1().encode()),
                "serverSignature1": base64(&signature()),
                "euiccCiPKIdToBeUsed": base64(&encode(Tag::OCTET_STRING, &[7; 20])),
                "serverCertificate": base64(&[0x30, 0x02, 0x05, 0x00]),
            }),
            Self::Authenticate => json!({
                "profileMetadata": base64(&[0xBF, 0x25, 0x00]),
                "smdpSigned2": base64(&smdp_signed2().encode()),
                "smdpSignature2": base64(&signature()),
                "smdpCertificate": base64(&[0x30, 0x02, 0x05, 0x00]),
            }),
            Self::Package => json!({ "boundProfilePackage": base64(&[0xBF; 900]) }),
            Self::Notify | Self::Cancel => json!({}),
            Self::Events => json!({ "eventEntries": [
                { "eventId": "PLANTED-EVENT", "rspServerAddress": "smdp.example.com" },
                { "eventId": "B", "rspServerAddress": "smds.example.com" },
            ] }),
        };
        answer["transactionId"] = SESSION.into();
        answer["header"] = json!({ "functionExecutionStatus": {
            "status": "Executed-Success",
            "statusCodeData": {
                "subjectCode": "8.2.6", "reasonCode": "3.8", "message": "PLANTED-MATCHING-ID",
            },
        } });
        answer
    }
}

pub fn base64(octets: &[u8]) -> String {
    Base64::encode_string(octets)
}

fn signature() -> Vec<u8> {
    encode(Tag::SIGNATURE, &[9; 64])
}

fn server_signed1() -> ServerSigned1 {
    ServerSigned1 {
        transaction_id: TransactionId::from_hex(SESSION).unwrap(),
        euicc_challenge: [1; 16],
        server_address: "smdp.example.com".to_owned(),
        server_challenge: [2; 16],
    }
}

fn smdp_signed2() -> SmdpSigned2 {
    SmdpSigned2 {
        transaction_id: TransactionId::from_hex(SESSION).unwrap(),
        confirmation_code_required: false,
        bpp_euicc_otpk: None,
    }
}

/// One answer, and how it comes.
pub struct Canned {
    pub status: u16,
    pub body: Vec<u8>,
    /// Octets that come at once.
    pub piece: usize,
}

impl HttpTransport for Canned {
    fn post(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        assert_eq!(request.max_body, MAX_BODY);
        let mut collector = Collector::new(request.decode_field, Some(self.body.len()));
        self.body.chunks(self.piece).for_each(|piece| collector.push(piece));
        let (status, length) = (self.status, collector.taken());
        let response = HttpResponse { status, length, body: collector.finish() };
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// What `function` makes of `body`: all octets that it read out of it.
pub fn read(function: Function, body: Vec<u8>) -> Result<Vec<Vec<u8>>, Es9Error> {
    ask(function, Canned { status: 200, body, piece: 1000 })
}

/// What `function` makes of an answer.
pub fn ask(function: Function, answer: Canned) -> Result<Vec<Vec<u8>>, Es9Error> {
    let session = session();
    let client = client(answer);
    now(async {
        let read = match function {
            Function::Initiate => {
                let ok = client.initiate_authentication(&[1; 16], &[], "smdp.example.com").await?;
                vec![
                    ok.session.id().octets().to_vec(),
                    ok.server_signed1.raw().to_vec(),
                    ok.server_signature1,
                    ok.ci_key_id.octets().to_vec(),
                    ok.server_certificate,
                ]
            }
            Function::Authenticate => {
                let ok = client.authenticate_client(&session, &[]).await?;
                vec![
                    ok.session.id().octets().to_vec(),
                    ok.profile_metadata,
                    ok.smdp_signed2.raw().to_vec(),
                    ok.smdp_signature2,
                    ok.smdp_certificate,
                ]
            }
            Function::Package => {
                let ok = client.get_bound_profile_package(&session, &[]).await?;
                vec![ok.session.id().octets().to_vec(), ok.package]
            }
            Function::Notify => client.handle_notification(&[]).await.map(|()| Vec::new())?,
            Function::Cancel => client.cancel_session(&session, &[]).await.map(|()| Vec::new())?,
            Function::Events => {
                let events = client.authenticate_client_for_events(&session, &[]).await?;
                let event = |event: lpakit::es9::EventEntry| {
                    [event.event_id.into_bytes(), event.server_address.into_bytes()]
                };
                events.into_iter().flat_map(event).collect()
            }
        };
        Ok(read)
    })
}

fn client(answer: Canned) -> Es9Client {
    let host = "smdp.example.com".to_owned();
    Es9Client::new(Arc::new(answer), host, Arc::from([]), TimeLimits::default())
}

fn session() -> SessionName {
    let body = serde_json::to_vec(&Function::Initiate.good()).unwrap();
    let client = client(Canned { status: 200, body, piece: 1000 });
    let started = client.initiate_authentication(&[1; 16], &[], "smdp.example.com");
    now(started).unwrap().session
}

/// Nothing here has anything to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}
