//! TLS: openssl and curl against the sandbox's server, and lpakit's transport against openssl's.

use std::io::{BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit::http::{
    HttpError, HttpOptions, HttpRequest, HttpResponse, HttpTransport, MAX_BODY, ReqwestTransport,
    TestCi, TlsFault, TrustAnchors,
};
use lpakit_interop::program::{self, CURL, OPENSSL};
use lpakit_interop::{Program, SMDP_NAME, Stage};
use lpakit_sandbox_crypto::pki::{self, ServerRequest, Validity};
use lpakit_sandbox_crypto::{Credential, Eid, Pki, PkiOptions, Role, SeededRandom};
use lpakit_sandbox_smdp::ES9_PATH;
use lpakit_sandbox_smdp::server::TlsVersions;
use serde_json::{Value, json};

use crate::support::found;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const PATH: &str = "/gsma/rsp2/es9plus/initiateAuthentication";
const BODY: &[u8] = br#"{"smdpAddress":"interop"}"#;

fn stage(story: &str, versions: TlsVersions) -> Stage {
    Stage::builder(Program::Lpakit, story).tls(versions).unpublished().start().unwrap()
}

/// openssl's client on a stage's server, with the CI of `trusted`.
fn s_client(stage: &Stage, trusted: &Stage, option: &str) -> Output {
    let mut command = found(program::command(OPENSSL));
    command.args(["s_client", "-connect", &stage.socket().to_string(), "-servername", "localhost"]);
    command.args(["-verify_hostname", "localhost", "-verify_return_error", "-brief", option]);
    command.arg("-CAfile").arg(trusted.ci_file().unwrap()).arg("-no-CApath").arg("-no-CAstore");
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn openssl_accepts_our_server_in_tls_1_2_and_1_3() {
    let stage = stage("tls-versions", TlsVersions::Both);
    for (option, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let output = s_client(&stage, &stage, option);
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        assert!(said.contains(&format!("Protocol version: {version}")), "{said}");
        assert!(said.contains("Verification: OK"), "{said}");
    }
    assert_eq!(stage.counters().handshakes(), 2);
}

#[test]
fn openssl_finds_one_version_only_where_there_is_one() {
    let old = stage("tls-1-2", TlsVersions::Only12);
    assert!(s_client(&old, &old, "-tls1_2").status.success());
    assert!(!s_client(&old, &old, "-tls1_3").status.success());
    let new = stage("tls-1-3", TlsVersions::Only13);
    assert!(!s_client(&new, &new, "-tls1_2").status.success());
    assert!(s_client(&new, &new, "-tls1_3").status.success());
}

#[test]
fn openssl_refuses_our_server_under_another_ci() {
    let ours = stage("tls-ours", TlsVersions::Both);
    let other = Stage::builder(Program::Lpakit, "tls-other").seed(2).unpublished().start().unwrap();
    assert_ne!(ours.ci().der(), other.ci().der());
    let output = s_client(&ours, &other, "-tls1_3");
    assert!(!output.status.success());
    assert!(said(&output).contains("verif"), "{}", said(&output));
}

/// curl's POST of an InitiateAuthentication.
fn curl(stage: &Stage, options: &[&str]) -> (Output, [u8; 16]) {
    let (info, challenge) = stage.introduction().unwrap();
    let body = json!({
        "smdpAddress": stage.address(),
        "euiccChallenge": STANDARD.encode(challenge),
        "euiccInfo1": STANDARD.encode(info),
    });
    let port = stage.socket().port();
    let url = format!("https://localhost:{port}{ES9_PATH}initiateAuthentication");
    let mut command = found(program::command(CURL));
    command.args(["--silent", "--show-error", "--fail", "--noproxy", "*"]).args(options);
    command.args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
    command.args(["--header", "Content-Type: application/json"]);
    command.args(["--header", "X-Admin-Protocol: gsma/rsp/v2.2.2"]);
    let output = command.args(["--data", &body.to_string(), &url]).output().unwrap();
    (output, challenge)
}

#[test]
fn curl_starts_an_authentication() {
    let stage = stage("curl", TlsVersions::Both);
    let ci = stage.ci_file().unwrap();
    let (output, challenge) = curl(&stage, &["--cacert", ci.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["header"]["functionExecutionStatus"]["status"], "Executed-Success");
    let signed = STANDARD.decode(answer["serverSigned1"].as_str().unwrap()).unwrap();
    assert!(signed.windows(16).any(|octets| octets == challenge), "the challenge is given back");
    assert_eq!(stage.smdp().open_sessions(), 1);
}

#[test]
fn curl_does_not_trust_our_ci_unasked() {
    let stage = stage("curl-untrusted", TlsVersions::Both);
    let (output, _) = curl(&stage, &[]);
    // "Peer certificate cannot be authenticated with known CA certificates."
    assert_eq!(output.status.code(), Some(60), "{}", said(&output));
    assert_eq!(stage.counters().requests(), 0);
}

/// A CI with what it can issue.
struct Issuer {
    options: PkiOptions,
    pki: Pki,
    random: SeededRandom,
}

impl Issuer {
    fn new(seed: u64) -> Self {
        let mut random = SeededRandom::new(seed);
        let eid = Eid::generate("89049032", &mut random).unwrap();
        let validity = Validity::days(SystemTime::now() - DAY, 30);
        let hosts = || vec![SMDP_NAME.into()];
        let options = PkiOptions::new(eid, validity, hosts(), hosts());
        let pki = Pki::generate(&options, &mut random).unwrap();
        Self { options, pki, random }
    }

    fn leaf(&self) -> Credential {
        self.pki.dp.as_ref().unwrap().tls.clone()
    }

    fn bad_leaf(&mut self, fault: pki::TlsFault) -> Credential {
        let request = ServerRequest::tls(Role::DpTls, &self.options, vec![SMDP_NAME.into()]);
        self.pki.bad_tls_leaf(fault, &request, SystemTime::now(), &mut self.random).unwrap()
    }

    /// lpakit's transport, trusting this CI and sending [`SMDP_NAME`] to a socket.
    fn transport(&self, socket: SocketAddr) -> ReqwestTransport {
        let ci = TestCi::parse(self.pki.ci.certificate().der()).unwrap();
        let connect_to = vec![(SMDP_NAME.to_owned(), socket)];
        let options = HttpOptions { connect_to, ..HttpOptions::default() };
        ReqwestTransport::new(TrustAnchors::with_test_cis(vec![ci]), options)
    }
}

/// openssl's server, for one connection: what it receives it prints, what it is given it sends.
struct OpensslServer {
    child: Child,
    input: ChildStdin,
    printed: Receiver<u8>,
    socket: SocketAddr,
}

impl OpensslServer {
    fn start(credential: &Credential, version: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let certificate = file("leaf.pem", credential.certificate().to_pem().unwrap());
        let key = file("key.pem", credential.key().to_pem().unwrap().to_string());
        let mut command = found(program::command(OPENSSL));
        command.args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", version]);
        command.arg("-cert").arg(certificate).arg("-key").arg(key);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = child.stdout.take().unwrap();
        let (print, printed) = channel();
        thread::spawn(move || {
            for octet in BufReader::new(output).bytes().map_while(Result::ok) {
                if print.send(octet).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, input, printed, socket: ([127, 0, 0, 1], 0).into() };
        server.read_until(b"ACCEPT ");
        let address = server.read_until(b"\n");
        server.socket = String::from_utf8(address).unwrap().trim().parse().unwrap();
        server
    }

    /// Waits until it has printed this; gives all up to and with it.
    fn read_until(&self, end: &[u8]) -> Vec<u8> {
        let mut read = Vec::new();
        while !read.ends_with(end) {
            let next = self.printed.recv_timeout(Duration::from_secs(60));
            read.push(next.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&read))));
        }
        read
    }

    /// Waits for the request and answers it; gives what was received.
    fn answer(&mut self) -> String {
        let received = self.read_until(BODY);
        self.input
            .write_all(
                b"HTTP/1.1 200 OK
Content-Length: 2

{}",
            )
            .unwrap();
        self.input.flush().unwrap();
        String::from_utf8(received).unwrap().to_lowercase()
    }
}

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(transport: &ReqwestTransport) -> Result<HttpResponse, HttpError> {
    let request = HttpRequest {
        host: SMDP_NAME.to_owned(),
        path: PATH,
        admin_protocol: "gsma/rsp/v2.2.2",
        body: BODY.to_vec(),
        time_limit: Duration::from_secs(60),
        max_body: MAX_BODY,
        decode_field: None,
        card_keys: Arc::from([]),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(transport.post(request))
}

#[test]
fn our_transport_speaks_with_openssls_server() {
    for version in ["-tls1_2", "-tls1_3"] {
        let issuer = Issuer::new(1);
        let mut server = OpensslServer::start(&issuer.leaf(), version);
        let transport = issuer.transport(server.socket);
        let posted = thread::spawn(move || post(&transport));
        let received = server.answer();
        let answer = posted.join().unwrap().unwrap();
        assert_eq!((answer.status, answer.body.json), (200, b"{}".to_vec()));
        assert!(received.contains(&format!("post {} http/1.1\r\n", PATH.to_lowercase())));
        for header in [
            format!("host: {SMDP_NAME}\r\n"),
            "user-agent: gsma-rsp-lpad\r\n".to_owned(),
            "x-admin-protocol: gsma/rsp/v2.2.2\r\n".to_owned(),
            "content-type: application/json\r\n".to_owned(),
        ] {
            assert!(received.contains(&header), "{header}: {received}");
        }
    }
}

#[test]
fn our_transport_refuses_what_is_wrong_with_a_certificate() {
    let mut issuer = Issuer::new(1);
    let cases = [
        (pki::TlsFault::Expired, TlsFault::Expired),
        (pki::TlsFault::OtherHost, TlsFault::WrongName),
        (pki::TlsFault::SelfSigned, TlsFault::UnknownIssuer),
        (pki::TlsFault::ForeignCi, TlsFault::UnknownIssuer),
    ];
    for (fault, judgement) in cases {
        let server = OpensslServer::start(&issuer.bad_leaf(fault), "-tls1_3");
        let refused = post(&issuer.transport(server.socket)).unwrap_err();
        assert_eq!(refused, HttpError::Tls(judgement), "{fault:?}");
    }
}

#[test]
fn our_transport_refuses_the_right_certificate_under_another_ci() {
    let server = OpensslServer::start(&Issuer::new(1).leaf(), "-tls1_3");
    let refused = post(&Issuer::new(2).transport(server.socket)).unwrap_err();
    assert_eq!(refused, HttpError::Tls(TlsFault::UnknownIssuer));
}
