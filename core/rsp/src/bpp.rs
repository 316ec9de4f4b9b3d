//! The Bound Profile Package (`BF36`): its outline, the commands an LPA cuts it into, and the objects inside.

use std::ops::Range;

use crate::coding;
use crate::error::{Fault, RspError};
use crate::identifiers::TransactionId;
use crate::installation::read_dp_oid;
use crate::object::Object;
use crate::oid::ObjectIdentifier;
use crate::profiles::ProfileMetadata;
use crate::tlv::{self, Reader, Tag, Tlv, Writer};

/// Tag of the whole package.
pub const BOUND_PROFILE_PACKAGE: Tag = Tag::new(0xBF36);
/// Tag of an encrypted and MACed ConfigureISDP or ReplaceSessionKeys part.
pub const SEGMENT_87: Tag = Tag::new(0x87);
/// Tag of a MACed StoreMetadata part.
pub const SEGMENT_88: Tag = Tag::new(0x88);
/// Tag of an encrypted and MACed profile part.
pub const SEGMENT_86: Tag = Tag::new(0x86);
/// Octets of MAC at the end of every 86, 87 and 88.
pub const MAC_LENGTH: usize = 8;
/// A single part larger than this is no package of any server: a safeguard, far above the 1020 of SGP.22.
const MAX_PART: usize = 64 * 1024;

/// ES8+.InitialiseSecureChannel (`BF23`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialiseSecureChannel {
    /// remoteOpId: 1 is installBoundProfilePackage.
    pub remote_op_id: u32,
    /// The session.
    pub transaction_id: TransactionId,
    /// keyType of the control reference template: 0x88 is AES.
    pub key_type: u8,
    /// keyLen: 0x10 is 16 octets.
    pub key_length: u8,
    /// hostId.
    pub host_id: Vec<u8>,
    /// The SM-DP+'s one-time public key: 65 octets, uncompressed point.
    pub smdp_otpk: Vec<u8>,
    /// smdpSign: 64 octets.
    pub signature: Vec<u8>,
}

impl InitialiseSecureChannel {
    /// What the SM-DP+ signs of it: everything but the signature, without the `BF23` header. The eUICC's one-time
    /// key, as a `5F49` element, is signed after it.
    pub fn signed_part(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write_signed(&mut out);
        out.into_bytes()
    }

    fn write_signed(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(2), self.remote_op_id);
        out.put(Tag::context(0), self.transaction_id.octets());
        out.put_with(Tag::context_constructed(6), |out| {
            out.put(Tag::context(0), &[self.key_type]);
            out.put(Tag::context(1), &[self.key_length]);
            out.put(Tag::context(4), &self.host_id);
        });
        out.put(Tag::ONE_TIME_KEY, &self.smdp_otpk);
    }
}

impl Object for InitialiseSecureChannel {
    const TAG: Tag = Tag::new(0xBF23);
    const NAME: &'static str = "InitialiseSecureChannelRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let control = fields.require(Tag::context_constructed(6))?.fields()?;
        let octet = |number, field| {
            let [octet] = coding::read_octets(control.require(Tag::context(number))?, field)?;
            Ok::<u8, Fault>(octet)
        };
        Ok(Self {
            remote_op_id: coding::read_unsigned(fields.require(Tag::context(2))?, "remoteOpId")?,
            transaction_id: TransactionId::read(fields.require(Tag::context(0))?)?,
            key_type: octet(0, "keyType")?,
            key_length: octet(1, "keyLen")?,
            host_id: control.require(Tag::context(4))?.value.to_vec(),
            smdp_otpk: fields.require(Tag::ONE_TIME_KEY)?.value.to_vec(),
            signature: fields.require(Tag::SIGNATURE)?.value.to_vec(),
        })
    }

    fn write(&self, out: &mut Writer) {
        self.write_signed(out);
        out.put(Tag::SIGNATURE, &self.signature);
    }
}

/// ES8+.ConfigureISDP (`BF24`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigureIsdp {
    /// dpProprietaryData: the SM-DP+'s OID.
    pub dp_oid: Option<ObjectIdentifier>,
}

impl Object for ConfigureIsdp {
    const TAG: Tag = Tag::new(0xBF24);
    const NAME: &'static str = "ConfigureISDPRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        Ok(Self { dp_oid: read_dp_oid(&element.fields()?)? })
    }

    fn write(&self, out: &mut Writer) {
        if let Some(oid) = &self.dp_oid {
            out.put_with(Tag::context_constructed(24), |out| {
                out.put(Tag::context(0), oid.as_bytes());
            });
        }
    }
}

/// ES8+.ReplaceSessionKeys (`BF26`): the keys that protect the profile itself. It has no `Debug`: it is all secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplaceSessionKeys {
    /// Initial MAC chaining value.
    pub initial_mac_chaining_value: [u8; 16],
    /// PPK-ENC.
    pub ppk_enc: [u8; 16],
    /// PPK-CMAC.
    pub ppk_cmac: [u8; 16],
}

impl Object for ReplaceSessionKeys {
    const TAG: Tag = Tag::new(0xBF26);
    const NAME: &'static str = "ReplaceSessionKeysRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let key = |number, field| coding::read_octets(fields.require(Tag::context(number))?, field);
        Ok(Self {
            initial_mac_chaining_value: key(0, "initialMacChainingValue")?,
            ppk_enc: key(1, "ppkEnc")?,
            ppk_cmac: key(2, "ppkCmac")?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context(0), &self.initial_mac_chaining_value);
        out.put(Tag::context(1), &self.ppk_enc);
        out.put(Tag::context(2), &self.ppk_cmac);
    }
}

/// The outline of a package: what it opens with, the metadata it binds, and where to cut it.
///
/// It holds positions, not copies: a package may be large and is kept once.
#[derive(Clone, PartialEq, Eq)]
pub struct BppOutline {
    /// The package's first command.
    pub initialise_secure_channel: InitialiseSecureChannel,
    /// The bound metadata (`BF25`), joined from the 88 parts without their MACs. They are not encrypted.
    pub store_metadata: Vec<u8>,
    /// Whether the profile is protected by replaced session keys (part `A2`).
    pub replaces_session_keys: bool,
    /// The ES10b.LoadBoundProfilePackage commands, in order, as positions in the package (facts 3.6).
    pub commands: Vec<Range<usize>>,
}

impl std::fmt::Debug for BppOutline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The metadata holds the ICCID.
        f.debug_struct("BppOutline").field("commands", &self.commands.len()).finish_non_exhaustive()
    }
}

impl BppOutline {
    /// Follows a package from end to end: parts in the right order, lengths that close exactly.
    ///
    /// # Errors
    /// [`RspError`] for anything else; nothing of such a package may be sent to a card.
    pub fn parse(package: &[u8]) -> Result<Self, RspError> {
        Outliner::new(package).run().map_err(|fault| fault.of("BoundProfilePackage"))
    }

    /// The bound metadata, decoded.
    ///
    /// # Errors
    /// [`RspError`] when the joined 88 parts are no StoreMetadata.
    pub fn metadata(&self) -> Result<ProfileMetadata, RspError> {
        ProfileMetadata::decode(&self.store_metadata)
    }
}

/// Walks over a package and notes where to cut.
struct Outliner<'a> {
    package: &'a [u8],
    at: usize,
    commands: Vec<Range<usize>>,
    metadata: Vec<u8>,
}

impl<'a> Outliner<'a> {
    const fn new(package: &'a [u8]) -> Self {
        Self { package, at: 0, commands: Vec::new(), metadata: Vec::new() }
    }

    fn rest(&self) -> &'a [u8] {
        self.package.get(self.at..).unwrap_or_default()
    }

    fn run(mut self) -> Result<BppOutline, Fault> {
        let whole = Tlv::parse_as(self.package, BOUND_PROFILE_PACKAGE)?;
        self.at = whole.header_len();
        let initialise = Reader::new(self.rest()).take(InitialiseSecureChannel::TAG)?;
        let secure_channel = InitialiseSecureChannel::read(initialise)?;
        self.at += initialise.raw.len();
        tlv::push(&mut self.commands, 0..self.at);

        self.part(Tag::context_constructed(0), SEGMENT_87, true)?;
        self.part(Tag::context_constructed(1), SEGMENT_88, false)?;
        let replaces_session_keys =
            Reader::new(self.rest()).peek()? == Some(Tag::context_constructed(2));
        if replaces_session_keys {
            self.part(Tag::context_constructed(2), SEGMENT_87, true)?;
        }
        self.part(Tag::context_constructed(3), SEGMENT_86, false)?;
        Reader::new(self.rest()).finish()?;
        Ok(BppOutline {
            initialise_secure_channel: secure_channel,
            store_metadata: self.metadata,
            replaces_session_keys,
            commands: self.commands,
        })
    }

    /// One part: its header, then its segments. In the 87 parts the header travels with the first segment.
    fn part(&mut self, tag: Tag, segment_tag: Tag, header_with_first: bool) -> Result<(), Fault> {
        let part = Reader::new(self.rest()).take(tag)?;
        let start = self.at;
        self.at += part.header_len();
        if !header_with_first {
            tlv::push(&mut self.commands, start..self.at);
        }
        let mut reader = part.reader();
        if reader.is_empty() {
            return Err(Fault::Missing(segment_tag));
        }
        let mut first = header_with_first;
        while !reader.is_empty() {
            let segment = reader.take(segment_tag)?;
            if segment.value.len() < MAC_LENGTH || segment.raw.len() > MAX_PART {
                return Err(Fault::Invalid("segment length"));
            }
            let from = if std::mem::take(&mut first) { start } else { self.at };
            self.at += segment.raw.len();
            tlv::push(&mut self.commands, from..self.at);
            if segment_tag == SEGMENT_88 {
                let plain = segment.value.len() - MAC_LENGTH;
                self.metadata.extend_from_slice(segment.value.get(..plain).unwrap_or_default());
            }
        }
        Ok(())
    }
}
