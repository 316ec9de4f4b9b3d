//! A card that answers whatever a test has for it, and every ES10 function to ask it with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lpakit::card::{
    CardChannel, CardError, CardHints, CardPort, ISDR_AID, IsdrChannel, OpenChannel, PortAbilities,
    PortError, RawCard,
};
use lpakit::es10::{Es10, LoadEnd};
use lpakit::rsp::authentication::{
    AuthenticateServerRequest, CtxParams1, DeviceCapabilities, DeviceInfo, ServerSigned1,
};
use lpakit::rsp::bpp::BppOutline;
use lpakit::rsp::bpp::InitialiseSecureChannel;
use lpakit::rsp::identifiers::{Aid, Iccid, KeyId, Tac, TransactionId};
use lpakit::rsp::notifications::RetrieveNotificationsRequest;
use lpakit::rsp::preparation::{PrepareDownloadRequest, SmdpSigned2};
use lpakit::rsp::profiles::{ProfileId, ProfileInfoListRequest};
use lpakit::rsp::session::CancelReason;
use lpakit::rsp::switching::{LoadCrlRequest, MemoryResetRequest};
use lpakit::rsp::tlv::encode;
use lpakit::rsp::{Object, Raw, Tag};

/// What the card does with one command.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These octets, whatever they are.
    Octets(Vec<u8>),
    /// Data and a status word.
    Data(Vec<u8>, u16),
    /// An answer that is announced and fetched as the standard has it.
    Announced(Vec<u8>),
    /// Nothing.
    Fails(PortError),
}

/// A card.
#[derive(Clone)]
pub struct Card {
    /// What it does with the commands of ES10, over and over again.
    pub replies: Vec<Reply>,
    /// Whether channels are opened as they should be.
    pub opens: bool,
    /// What its port does by itself.
    pub abilities: PortAbilities,
    /// More commands than this are a failure.
    pub patience: usize,
    waiting: Vec<u8>,
    next: usize,
    sent: Arc<AtomicUsize>,
}

impl Card {
    pub fn new(replies: Vec<Reply>, abilities: PortAbilities, patience: usize) -> Self {
        let (waiting, sent) = (Vec::new(), Arc::default());
        Self { replies, opens: true, abilities, patience, waiting, next: 0, sent }
    }

    /// Commands that it got so far, on any of its clones.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// A channel to it through the port that its abilities are of.
    pub fn channel(&self, hints: Option<CardHints>) -> IsdrChannel {
        let port = if self.abilities.handles_proactive {
            CardPort::Channels(Box::new(self.clone()))
        } else {
            CardPort::Raw(Box::new(self.clone()))
        };
        IsdrChannel::new(port, vec![Aid::from_octets(ISDR_AID).unwrap()], hints)
    }

    fn answer(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        assert!(sent < self.patience, "it goes on and on");
        match (self.opens, command.get(1)) {
            (true, Some(0x70)) => return Ok(vec![0x01, 0x90, 0x00]),
            (true, Some(0xA4)) => return Ok(vec![0x90, 0x00]),
            (_, Some(0xC0)) if !self.waiting.is_empty() => return Ok(self.fetch()),
            _ => {}
        }
        let reply = self.replies.get(self.next % self.replies.len()).cloned();
        self.next += 1;
        match reply.unwrap_or(Reply::Fails(PortError::CardGone)) {
            Reply::Octets(octets) => Ok(octets),
            Reply::Data(data, status) => Ok([data, status.to_be_bytes().to_vec()].concat()),
            Reply::Announced(data) => {
                self.waiting = data;
                Ok(self.announce(Vec::new()))
            }
            Reply::Fails(error) => Err(error),
        }
    }

    fn fetch(&mut self) -> Vec<u8> {
        let length = self.waiting.len().min(256);
        let part = self.waiting.drain(..length).collect();
        self.announce(part)
    }

    fn announce(&self, mut answer: Vec<u8>) -> Vec<u8> {
        match self.waiting.len() {
            0 => answer.extend([0x90, 0x00]),
            left => answer.extend([0x61, u8::try_from(left).unwrap_or(0)]),
        }
        answer
    }
}

impl RawCard for Card {
    fn abilities(&self) -> PortAbilities {
        self.abilities
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.answer(command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        if self.opens { Ok(()) } else { Err(PortError::Failed) }
    }
}

impl CardChannel for Card {
    fn abilities(&self) -> PortAbilities {
        self.abilities
    }

    fn open(&mut self, _: &[u8]) -> Result<OpenChannel, PortError> {
        match self.answer(&[0x00, 0x70, 0x00, 0x00, 0x01])?.first() {
            // A port may give any number.
            Some(number) => Ok(OpenChannel { number: *number }),
            None => Err(PortError::NoFreeChannel),
        }
    }

    fn transmit(&mut self, _: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.answer(command)
    }

    fn close(&mut self, _: OpenChannel) {}
}

/// An ES10 function with its usual arguments.
pub type Function = fn(&mut Es10<'_>) -> Result<(), CardError>;

/// Every ES10 function.
pub const FUNCTIONS: [(&str, Function); 20] = [
    ("GetEUICCInfo1", |card| card.get_euicc_info1().map(drop)),
    ("GetEUICCInfo2", |card| card.get_euicc_info2().map(drop)),
    ("GetEUICCChallenge", |card| card.get_euicc_challenge().map(drop)),
    ("AuthenticateServer", |card| card.authenticate_server(&authenticate()).map(drop)),
    ("PrepareDownload", |card| card.prepare_download(&prepare()).map(drop)),
    ("CancelSession", |card| card.cancel_session(&session(), CancelReason::Postponed).map(drop)),
    ("GetRAT", |card| card.get_rat().map(drop)),
    ("GetEuiccConfiguredAddresses", |card| card.get_configured_addresses().map(drop)),
    ("SetDefaultDpAddress", |card| card.set_default_dp_address("smdp.example.com").map(drop)),
    ("GetEID", |card| card.get_eid().map(drop)),
    ("GetProfilesInfo", |card| {
        let tag_list = Some(ProfileInfoListRequest::LIST_TAGS.to_vec());
        card.get_profiles_info(&ProfileInfoListRequest { search: None, tag_list }).map(drop)
    }),
    ("EnableProfile", |card| card.enable_profile(profile(), true).map(drop)),
    ("DisableProfile", |card| card.disable_profile(profile(), true).map(drop)),
    ("DeleteProfile", |card| card.delete_profile(profile()).map(drop)),
    ("SetNickname", |card| card.set_nickname(iccid(), &"ä".repeat(32)).map(drop)),
    ("eUICCMemoryReset", |card| {
        let everything = MemoryResetRequest { operational_profiles: true, ..Default::default() };
        card.memory_reset(&everything).map(drop)
    }),
    ("LoadCRL", |card| card.load_crl(&LoadCrlRequest { crl: vec![0; 3000] }).map(drop)),
    ("ListNotification", |card| card.list_notifications().map(drop)),
    ("RetrieveNotificationsList", |card| {
        card.retrieve_notifications(&RetrieveNotificationsRequest::SeqNumber(100_000)).map(drop)
    }),
    ("RemoveNotificationFromList", |card| card.remove_notification(128).map(drop)),
];

/// ES10b.LoadBoundProfilePackage with a package of which no card would find the end.
pub fn load(card: &mut Es10<'_>) -> Result<(), CardError> {
    let package = package();
    let outline = BppOutline::parse(&package).unwrap();
    assert!(outline.commands.len() > 8);
    match card.load_bound_profile_package(&package, &outline, |_| true) {
        Some(LoadEnd::Failed(error)) => Err(error),
        Some(LoadEnd::Result(_) | LoadEnd::NoResult) => Ok(()),
        None => panic!("it was not cancelled"),
    }
}

fn session() -> TransactionId {
    TransactionId::from_octets(&[5; 16]).unwrap()
}

fn iccid() -> Iccid {
    Iccid::from_digits("8944501234567890123").unwrap()
}

fn profile() -> ProfileId {
    ProfileId::Iccid(iccid())
}

fn signature() -> Vec<u8> {
    encode(Tag::SIGNATURE, &[9; 64])
}

fn authenticate() -> AuthenticateServerRequest {
    let device_info = DeviceInfo {
        tac: Tac::from_digits("35693803").unwrap(),
        capabilities: DeviceCapabilities::default(),
        imei: None,
    };
    AuthenticateServerRequest {
        server_signed1: Raw::new(ServerSigned1 {
            transaction_id: session(),
            euicc_challenge: [1; 16],
            server_address: "smdp.example.com".to_owned(),
            server_challenge: [2; 16],
        }),
        server_signature1: signature(),
        ci_key_id: KeyId::from_octets(&[7; 20]),
        server_certificate: encode(Tag::SEQUENCE, &[0; 600]),
        ctx_params1: CtxParams1 { matching_id: Some("TOKEN".to_owned()), device_info },
    }
}

fn prepare() -> PrepareDownloadRequest {
    PrepareDownloadRequest {
        smdp_signed2: Raw::new(SmdpSigned2 {
            transaction_id: session(),
            confirmation_code_required: true,
            bpp_euicc_otpk: None,
        }),
        smdp_signature2: signature(),
        hash_cc: Some([3; 32]),
        smdp_certificate: encode(Tag::SEQUENCE, &[0; 600]),
    }
}

fn package() -> Vec<u8> {
    let initialise = InitialiseSecureChannel {
        remote_op_id: 1,
        transaction_id: session(),
        key_type: 0x88,
        key_length: 0x10,
        host_id: vec![1],
        smdp_otpk: vec![4; 65],
        signature: vec![9; 64],
    };
    let part = |number, segment: u32, count: usize| {
        let segments = encode(Tag::new(segment), &[0x55; 500]).repeat(count);
        encode(Tag::context_constructed(number), &segments)
    };
    let content =
        [initialise.encode(), part(0, 0x87, 1), part(1, 0x88, 1), part(3, 0x86, 6)].concat();
    encode(Tag::new(0xBF36), &content)
}
