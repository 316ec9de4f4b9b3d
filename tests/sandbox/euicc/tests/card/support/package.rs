//! Bound profile packages, right and wrong.

use lpakit_rsp::Object;
use lpakit_rsp::bpp::{InitialiseSecureChannel, ReplaceSessionKeys};
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::installation::ProfileInstallationResult;
use lpakit_rsp::tlv::{Tag, encode};
use lpakit_sandbox_crypto::session_keys::SessionKeys;
use lpakit_sandbox_crypto::{BspProtector, Eid, SegmentTag};

use super::{EID, Profile, Server, Terminal};

/// What goes into a package. Tests change what is to be wrong.
#[derive(Clone)]
pub struct Recipe {
    pub remote_op_id: u32,
    pub transaction_id: Option<Vec<u8>>,
    pub key_type: u8,
    pub key_length: u8,
    pub configure: Vec<u8>,
    pub metadata: Vec<u8>,
    /// ReplaceSessionKeys, or session keys to the end.
    pub replace_keys: bool,
    pub profile: Vec<u8>,
    pub segment: usize,
    /// Changes the objects of BF23 after they were signed.
    pub after_signing: fn(&mut InitialiseSecureChannel),
}

/// A package, in parts.
pub struct Bound {
    pub initialise: Vec<u8>,
    pub configure: Vec<Vec<u8>>,
    pub metadata: Vec<Vec<u8>>,
    pub replace: Vec<Vec<u8>>,
    pub profile: Vec<Vec<u8>>,
}

impl Recipe {
    pub fn new(profile: &Profile) -> Self {
        Self {
            remote_op_id: 1,
            transaction_id: None,
            key_type: 0x88,
            key_length: 0x10,
            configure: hex::decode("BF2400").unwrap(),
            metadata: profile.bf25(),
            replace_keys: false,
            profile: profile.package.clone(),
            segment: 1020,
            after_signing: |_| {},
        }
    }

    pub fn with_replaced_keys(mut self) -> Self {
        self.replace_keys = true;
        self
    }

    pub fn bind(&self, server: &Server) -> Bound {
        let transaction_id = self.transaction_id.as_ref().unwrap_or(&server.transaction_id);
        let mut request = InitialiseSecureChannel {
            remote_op_id: self.remote_op_id,
            transaction_id: TransactionId::from_octets(transaction_id).unwrap(),
            key_type: self.key_type,
            key_length: self.key_length,
            host_id: b"sandbox".to_vec(),
            smdp_otpk: server.one_time_key.public_point().to_vec(),
            signature: Vec::new(),
        };
        let mut signed = request.signed_part();
        signed.extend(encode(Tag::ONE_TIME_KEY, &server.euicc_otpk));
        request.signature = server.pb.sign(&signed).to_vec();
        (self.after_signing)(&mut request);

        let secret = server.one_time_key.agree(&server.euicc_otpk).unwrap();
        let eid = Eid::from_digits(EID).unwrap();
        let keys = SessionKeys::derive(&secret, b"sandbox", &eid).unwrap();
        let mut protector = BspProtector::new(keys).with_max_segment(self.segment).unwrap();
        let mut all = |tag, data: &[u8]| protector.protect_all(tag, data).unwrap();
        let configure = all(SegmentTag::Command, &self.configure);
        let metadata = all(SegmentTag::Metadata, &self.metadata);
        let mut replace = Vec::new();
        if self.replace_keys {
            let keys = ReplaceSessionKeys {
                initial_mac_chaining_value: [1; 16],
                ppk_enc: [2; 16],
                ppk_cmac: [3; 16],
            };
            replace = all(SegmentTag::Command, &keys.encode());
            protector.replace_keys(SessionKeys::from_parts([1; 16], [2; 16], [3; 16]));
        }
        let profile = protector.protect_all(SegmentTag::Profile, &self.profile).unwrap();
        Bound { initialise: request.encode(), configure, metadata, replace, profile }
    }
}

/// Tag and length for this content.
fn header(tag: u32, content: usize) -> Vec<u8> {
    let mut out = Vec::new();
    lpakit_rsp::tlv::write_header(Tag::new(tag), content, &mut out);
    out
}

impl Bound {
    fn part(tag: u32, segments: &[Vec<u8>]) -> Vec<u8> {
        if segments.is_empty() { Vec::new() } else { encode(Tag::new(tag), &segments.concat()) }
    }

    pub fn part_header(tag: u32, segments: &[Vec<u8>]) -> Vec<u8> {
        header(tag, segments.iter().map(Vec::len).sum())
    }

    /// Header of BF36 and BF23.
    pub fn first(&self) -> Vec<u8> {
        let rest: usize = [
            Self::part(0xA0, &self.configure),
            Self::part(0xA1, &self.metadata),
            Self::part(0xA2, &self.replace),
            Self::part(0xA3, &self.profile),
        ]
        .map(|part| part.len())
        .iter()
        .sum();
        [header(0xBF36, self.initialise.len() + rest), self.initialise.clone()].concat()
    }

    /// The standard's segments.
    pub fn segments(&self) -> Vec<Vec<u8>> {
        let mut commands = vec![self.first()];
        with_first(&mut commands, 0xA0, &self.configure);
        header_alone(&mut commands, 0xA1, &self.metadata);
        with_first(&mut commands, 0xA2, &self.replace);
        header_alone(&mut commands, 0xA3, &self.profile);
        commands
    }

    /// As lpac sends them: A0 and A2 whole.
    pub fn whole_segments(&self) -> Vec<Vec<u8>> {
        let mut commands = vec![self.first(), Self::part(0xA0, &self.configure)];
        header_alone(&mut commands, 0xA1, &self.metadata);
        if !self.replace.is_empty() {
            commands.push(Self::part(0xA2, &self.replace));
        }
        header_alone(&mut commands, 0xA3, &self.profile);
        commands
    }

    /// Sends segments until the card answers with data.
    pub fn send(terminal: &mut Terminal, segments: &[Vec<u8>]) -> ProfileInstallationResult {
        for (number, segment) in segments.iter().enumerate() {
            let data = terminal.answer(segment);
            if !data.is_empty() {
                let result = ProfileInstallationResult::decode(&data).unwrap();
                super::server::verify(result.data.raw(), &result.signature);
                return result;
            }
            assert!(number + 1 < segments.len(), "the last segment brought no result");
        }
        unreachable!("a package has segments");
    }

    /// Loads the package with the standard's segments.
    pub fn load(&self, terminal: &mut Terminal) -> ProfileInstallationResult {
        Self::send(terminal, &self.segments())
    }
}

fn with_first(commands: &mut Vec<Vec<u8>>, tag: u32, segments: &[Vec<u8>]) {
    if let Some((first, others)) = segments.split_first() {
        commands.push([Bound::part_header(tag, segments), first.clone()].concat());
        commands.extend(others.iter().cloned());
    }
}

fn header_alone(commands: &mut Vec<Vec<u8>>, tag: u32, segments: &[Vec<u8>]) {
    commands.push(Bound::part_header(tag, segments));
    commands.extend(segments.iter().cloned());
}
