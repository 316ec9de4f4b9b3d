//! Binds a profile package to one eUICC: ES8+ in a Bound Profile Package (`BF36`; SGP.22 2.5.4, 5.5; facts 3.6, 6.5).

use lpakit_rsp::bpp::{
    BOUND_PROFILE_PACKAGE, ConfigureIsdp, InitialiseSecureChannel, ReplaceSessionKeys,
};
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::tlv::{encode, write_header};
use lpakit_rsp::{Object, ObjectIdentifier, Tag};
use lpakit_sandbox_crypto::bsp::MAX_SEGMENT;
use lpakit_sandbox_crypto::session_keys::{KEY_LENGTH, KEY_TYPE_AES};
use lpakit_sandbox_crypto::{
    BspProtector, Credential, Eid, OneTimeKeyPair, Random, SegmentTag, SessionKeys,
};

/// Which keys protect the profile itself (the 86 parts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protection {
    /// The session keys, on through the whole package.
    SessionKeys,
    /// Random keys that part A2 brings (ReplaceSessionKeys). What servers do that protect packages in advance.
    #[default]
    ReplacedKeys,
}

/// How packages are bound; the same for all of a server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindOptions {
    /// Which keys protect the profile.
    pub protection: Protection,
    /// Largest 86, 87 or 88 in octets, header and MAC included: 26 to 1020.
    pub max_segment: usize,
    /// hostId of the key derivation, at most 255 octets.
    pub host_id: Vec<u8>,
    /// Whether ConfigureISDP carries the SM-DP+'s OID.
    pub configure_dp_oid: bool,
}

impl Default for BindOptions {
    fn default() -> Self {
        Self {
            protection: Protection::default(),
            max_segment: MAX_SEGMENT,
            host_id: b"lpakit-sandbox".to_vec(),
            configure_dp_oid: true,
        }
    }
}

/// What one package is bound from.
#[derive(Clone, Copy)]
pub struct BindInput<'a> {
    /// The RSP session.
    pub transaction_id: &'a TransactionId,
    /// The eUICC.
    pub eid: &'a Eid,
    /// Its one-time public key: 65 octets.
    pub euicc_otpk: &'a [u8],
    /// The metadata, `BF25` as offered.
    pub metadata: &'a [u8],
    /// The profile package in clear.
    pub profile: &'a [u8],
    /// CERT.DPpb and its key.
    pub signer: &'a Credential,
    /// The SM-DP+'s OID.
    pub dp_oid: &'a ObjectIdentifier,
}

/// A bound package in its parts, so that tests can put them together wrongly.
pub struct BoundPackage {
    /// BF23, whole.
    pub initialise_secure_channel: Vec<u8>,
    /// The 87 elements of A0.
    pub configure_isdp: Vec<Vec<u8>>,
    /// The 88 elements of A1.
    pub store_metadata: Vec<Vec<u8>>,
    /// The 87 elements of A2; empty when the session keys go on.
    pub replace_session_keys: Vec<Vec<u8>>,
    /// The 86 elements of A3.
    pub profile: Vec<Vec<u8>>,
    /// The SM-DP+'s one-time key pair: a secret.
    pub smdp_key: OneTimeKeyPair,
}

/// Why a package could not be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The eUICC's one-time key is no point on the curve.
    #[error("the eUICC's one-time key is not valid")]
    EuiccKey,
    /// The options are out of range: segment size or hostId.
    #[error("the segment size or the host ID is out of range")]
    Options,
}

impl BoundPackage {
    /// Binds a package. Every byte follows from the input and `random`; the SM-DP+'s one-time key is new each time.
    ///
    /// # Errors
    /// [`BindError`].
    pub fn bind(
        input: &BindInput<'_>,
        options: &BindOptions,
        random: &mut dyn Random,
    ) -> Result<Self, BindError> {
        let smdp_key = OneTimeKeyPair::generate(random);
        let secret = smdp_key.agree(input.euicc_otpk).map_err(|_| BindError::EuiccKey)?;
        let keys = SessionKeys::derive(&secret, &options.host_id, input.eid)
            .map_err(|_| BindError::Options)?;
        let mut protector = BspProtector::new(keys)
            .with_max_segment(options.max_segment)
            .map_err(|_| BindError::Options)?;

        let configure =
            ConfigureIsdp { dp_oid: options.configure_dp_oid.then(|| input.dp_oid.clone()) };
        let configure_isdp = protect(&mut protector, SegmentTag::Command, &configure.encode())?;
        let store_metadata = protect(&mut protector, SegmentTag::Metadata, input.metadata)?;
        let replace_session_keys = match options.protection {
            Protection::SessionKeys => Vec::new(),
            Protection::ReplacedKeys => replace_keys(&mut protector, random)?,
        };
        Ok(Self {
            initialise_secure_channel: secure_channel(input, options, &smdp_key),
            configure_isdp,
            store_metadata,
            replace_session_keys,
            profile: protect(&mut protector, SegmentTag::Profile, input.profile)?,
            smdp_key,
        })
    }

    /// The whole package, `BF36`.
    pub fn encode(&self) -> Vec<u8> {
        let mut parts = vec![
            self.initialise_secure_channel.clone(),
            part(0, &self.configure_isdp),
            part(1, &self.store_metadata),
        ];
        if !self.replace_session_keys.is_empty() {
            parts.push(part(2, &self.replace_session_keys));
        }
        parts.push(part(3, &self.profile));
        encode(BOUND_PROFILE_PACKAGE, &parts.concat())
    }

    /// The whole package with the metadata before ConfigureISDP: an outline that no card takes.
    pub fn encode_in_wrong_order(&self) -> Vec<u8> {
        let parts = [
            self.initialise_secure_channel.clone(),
            part(1, &self.store_metadata),
            part(0, &self.configure_isdp),
            part(3, &self.profile),
        ];
        encode(BOUND_PROFILE_PACKAGE, &parts.concat())
    }
}

/// A constructed part of the package.
fn part(number: u8, segments: &[Vec<u8>]) -> Vec<u8> {
    encode(Tag::context_constructed(number), &segments.concat())
}

fn protect(
    protector: &mut BspProtector,
    tag: SegmentTag,
    data: &[u8],
) -> Result<Vec<Vec<u8>>, BindError> {
    protector.protect_all(tag, data).map_err(|_| BindError::Options)
}

/// BF26 with fresh keys, under the session keys; the protector goes on with the fresh ones.
fn replace_keys(
    protector: &mut BspProtector,
    random: &mut dyn Random,
) -> Result<Vec<Vec<u8>>, BindError> {
    let mut fresh = [[0; 16]; 3];
    fresh.iter_mut().for_each(|key| random.fill(key));
    let [initial_mac_chaining_value, ppk_enc, ppk_cmac] = fresh;
    let replace = ReplaceSessionKeys { initial_mac_chaining_value, ppk_enc, ppk_cmac };
    let segments = protect(protector, SegmentTag::Command, &replace.encode())?;
    protector.replace_keys(SessionKeys::from_parts(initial_mac_chaining_value, ppk_enc, ppk_cmac));
    Ok(segments)
}

/// BF23: smdpSign covers it and the eUICC's one-time key, so it is new for every session (facts 6.2).
fn secure_channel(
    input: &BindInput<'_>,
    options: &BindOptions,
    smdp_key: &OneTimeKeyPair,
) -> Vec<u8> {
    let mut channel = InitialiseSecureChannel {
        remote_op_id: 1,
        transaction_id: input.transaction_id.clone(),
        key_type: KEY_TYPE_AES,
        key_length: KEY_LENGTH,
        host_id: options.host_id.clone(),
        smdp_otpk: smdp_key.public_point().to_vec(),
        signature: Vec::new(),
    };
    let mut signed = channel.signed_part();
    signed.extend(encode(Tag::ONE_TIME_KEY, input.euicc_otpk));
    channel.signature = input.signer.sign(&signed).to_vec();
    channel.encode()
}

/// How long packages come out, without binding one.
#[derive(Debug, Clone, Copy)]
pub struct BoundLength {
    /// Octets of transaction ID.
    pub transaction_id: usize,
    /// Octets of metadata (`BF25`).
    pub metadata: usize,
    /// Octets of OID content in ConfigureISDP, when it carries one.
    pub dp_oid: usize,
}

impl BoundLength {
    /// Octets of the whole package for a profile of `profile` octets.
    pub fn of(&self, profile: usize, options: &BindOptions) -> usize {
        let configure = if options.configure_dp_oid {
            let oid = element(1, self.dp_oid);
            element(2, element(1, oid))
        } else {
            3
        };
        let control = element(1, 3 + 3 + element(1, options.host_id.len()));
        let channel = 3 + element(1, self.transaction_id) + control + element(2, 65) + 67;
        let mut length = element(2, channel)
            + element(1, segments(configure, true, options))
            + element(1, segments(self.metadata, false, options));
        if options.protection == Protection::ReplacedKeys {
            length += element(1, segments(element(2, 3 * 18), true, options));
        }
        length += element(1, segments(profile, true, options));
        element(2, length)
    }

    /// A profile size and a number of octets to append to the hostId with which the package has exactly `total`
    /// octets. The hostId is what makes it exact: encryption rounds the profile up to whole blocks.
    pub fn fit(&self, total: usize, options: &BindOptions) -> Option<(usize, usize)> {
        (0..=32).find_map(|padding| {
            let mut options = options.clone();
            options.host_id.resize(options.host_id.len() + padding, 0);
            let too_long = |profile: usize| self.of(profile, &options) > total;
            // The length never falls as the profile grows: search the largest profile that still fits.
            let (mut fits, mut above) = (0, total);
            if too_long(fits) || options.host_id.len() > 255 {
                return None;
            }
            while above - fits > 1 {
                let middle = fits + (above - fits) / 2;
                if too_long(middle) {
                    above = middle;
                } else {
                    fits = middle;
                }
            }
            (self.of(fits, &options) == total).then_some((fits, padding))
        })
    }
}

/// Octets of an element with a tag of `tag` octets and this much value.
fn element(tag: usize, value: usize) -> usize {
    let mut header = Vec::new();
    write_header(Tag::new(0x80), value, &mut header);
    tag - 1 + header.len() + value
}

/// Octets of all segments that `data` octets of plaintext take.
fn segments(data: usize, encrypted: bool, options: &BindOptions) -> usize {
    let tag = if encrypted { SegmentTag::Profile } else { SegmentTag::Metadata };
    let keys = SessionKeys::from_parts([0; 16], [0; 16], [0; 16]);
    let Ok(protector) = BspProtector::new(keys).with_max_segment(options.max_segment) else {
        return 0;
    };
    let piece = protector.max_plaintext(tag);
    let one = |length: usize| {
        let body = if encrypted { (length / 16 + 1) * 16 } else { length };
        element(1, body + 8)
    };
    let last = data % piece;
    data / piece * one(piece) + if last == 0 { 0 } else { one(last) }
}
