//! ES10b.LoadCRL (SGP.22 v2, facts 3.12): certificate revocation lists of the CIs, which may come in parts.

use lpakit_rsp::Object;
use lpakit_rsp::coding;
use lpakit_rsp::switching::{LoadCrlError, LoadCrlRequest, LoadCrlResponse};
use lpakit_rsp::tlv::{Fields, Reader, Tag, Tlv};
use lpakit_sandbox_crypto::Certificate;

use super::{Answer, Isdr, request};
use crate::octets::Octets;
use crate::state::{CardState, StoredCrl};

const GENERALIZED_TIME: Tag = Tag::new(0x18);
const UTC_TIME: Tag = Tag::new(0x17);
const BIT_STRING: Tag = Tag::new(0x03);
const LIST: Tag = Tag::context_constructed(0);

// Extensions, content octets of their object identifiers.
/// 2.5.29.20 cRLNumber
const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 0x14];
/// 2.5.29.27 deltaCRLIndicator
const DELTA: &[u8] = &[0x55, 0x1D, 0x1B];
/// 2.5.29.35 authorityKeyIdentifier
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1D, 0x23];
/// 2.23.146.1.2.0.2 totalPartialCrlNumber
const TOTAL_PARTS: &[u8] = &[0x67, 0x81, 0x12, 0x01, 0x02, 0x00, 0x02];
/// 2.23.146.1.2.0.3 partialCrlNumber
const PART: &[u8] = &[0x67, 0x81, 0x12, 0x01, 0x02, 0x00, 0x03];

/// No CI cuts its list into more.
const MAXIMUM_PARTS: u32 = 255;

/// A list as it came.
struct Crl<'a> {
    signed: &'a [u8],
    signature: [u8; 64],
    authority_key: &'a [u8],
    number: u32,
    /// The list that this one only adds to.
    base: Option<u32>,
    total: u32,
    part: u32,
    revoked: Vec<&'a [u8]>,
}

impl Isdr {
    /// ES10b.LoadCRL. A card that does not take lists refuses what may be one as a whole.
    pub(super) fn load_crl(&mut self, command: &[u8]) -> Answer {
        let request: LoadCrlRequest = request(command)?;
        let crl = Crl::read(&request.crl);
        let taken = match crl {
            _ if !self.config().loads_crls && is_list(&request.crl) => {
                Err(LoadCrlError::UndefinedError)
            }
            Some(crl) => self.check_crl(&crl, request.crl.len()).map(|()| crl),
            None => Err(LoadCrlError::InvalidCrlFormat),
        };
        match taken {
            Ok(crl) => {
                let missing_parts = self.store.update(|state| add(state, &crl))?;
                Ok(LoadCrlResponse::Ok { missing_parts }.encode())
            }
            Err(code) => Ok(LoadCrlResponse::Error(code).encode()),
        }
    }

    fn check_crl(&self, crl: &Crl<'_>, length: usize) -> Result<(), LoadCrlError> {
        let ci = self.credentials.roots().find(crl.authority_key);
        let key = ci.and_then(Certificate::public_key);
        let key = key.map_err(|_| LoadCrlError::VerificationKeyNotFound)?;
        key.verify(crl.signed, &crl.signature).map_err(|_| LoadCrlError::InvalidSignature)?;
        let state = self.store.state();
        let stored = state.crls.iter().find(|stored| &*stored.ci_key_id == crl.authority_key);
        if stored.is_some_and(|stored| stored.number > crl.number) {
            return Err(LoadCrlError::FresherCrlAlreadyLoaded);
        }
        let has_base = |base| stored.is_some_and(|stored| stored.number >= base);
        if crl.base.is_some_and(|base| !has_base(base)) {
            return Err(LoadCrlError::BaseCrlMissing);
        }
        if u32::try_from(length).unwrap_or(u32::MAX) > state.free_memory() {
            return Err(LoadCrlError::NotEnoughMemorySpace);
        }
        Ok(())
    }

    /// Whether a CI has revoked a certificate, as far as the card has heard.
    pub(super) fn is_revoked(&self, certificate: &Certificate, ci_key_id: &[u8]) -> bool {
        let crls = &self.store.state().crls;
        let crl = crls.iter().find(|stored| &*stored.ci_key_id == ci_key_id);
        crl.zip(serial_number(certificate.der()))
            .is_some_and(|(crl, serial)| crl.revoked.contains(&Octets::from(serial)))
    }
}

/// Adds a part; gives the numbers of those that are still missing.
fn add(state: &mut CardState, crl: &Crl<'_>) -> Vec<u32> {
    let position = state.crls.iter().position(|stored| &*stored.ci_key_id == crl.authority_key);
    let mut stored = match position.map(|position| state.crls.swap_remove(position)) {
        Some(stored) if stored.number == crl.number || crl.base.is_some() => stored,
        _ => StoredCrl {
            ci_key_id: crl.authority_key.into(),
            number: crl.number,
            total: crl.total,
            parts: Default::default(),
            revoked: Default::default(),
        },
    };
    if stored.number != crl.number {
        stored.number = crl.number;
        stored.total = crl.total;
        stored.parts.clear();
    }
    stored.parts.insert(crl.part);
    stored.revoked.extend(crl.revoked.iter().map(|serial| Octets::from(*serial)));
    let missing = (1..=stored.total).filter(|part| !stored.parts.contains(part)).collect();
    state.crls.push(stored);
    missing
}

/// CertificateList without its header: what is signed, the algorithm, the signature.
fn is_list(crl: &[u8]) -> bool {
    let mut reader = Reader::new(crl);
    let parts = [Tag::SEQUENCE, Tag::SEQUENCE, BIT_STRING].map(|tag| reader.take(tag).is_ok());
    parts == [true; 3] && reader.is_empty()
}

impl<'a> Crl<'a> {
    fn read(list: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(list);
        let signed = reader.take(Tag::SEQUENCE).ok()?;
        reader.take(Tag::SEQUENCE).ok()?;
        let signature = reader.take(BIT_STRING).ok()?;
        reader.finish().ok()?;

        let mut reader = signed.reader();
        reader.take_optional(Tag::INTEGER).ok()?;
        // The algorithm and the issuer's name: the key identifier says better who it is.
        reader.take(Tag::SEQUENCE).ok()?;
        reader.take(Tag::SEQUENCE).ok()?;
        read_time(&mut reader)?;
        read_time(&mut reader);
        let revoked = reader.take_optional(Tag::SEQUENCE).ok()?;
        let extensions = Tlv::parse_as(reader.take(LIST).ok()?.value, Tag::SEQUENCE).ok()?;
        reader.finish().ok()?;
        let extensions = extensions.fields().ok()?;
        let number = |oid| {
            let value = extension(&extensions, oid).map(|value| Tlv::parse_as(value, Tag::INTEGER));
            value.map(|value| coding::read_unsigned(value.ok()?, "extension").ok())
        };
        let total = number(TOTAL_PARTS).unwrap_or(Some(1))?;
        let part = number(PART).unwrap_or(Some(1))?;
        let is_part = total <= MAXIMUM_PARTS && (1..=total).contains(&part);
        let authority =
            Tlv::parse_as(extension(&extensions, AUTHORITY_KEY)?, Tag::SEQUENCE).ok()?;
        Some(Self {
            signed: signed.raw,
            signature: raw_signature(signature.value)?,
            authority_key: authority.fields().ok()?.get(Tag::context(0))?.value,
            number: number(CRL_NUMBER)??,
            base: number(DELTA).map_or(Some(None), |base| base.map(Some))?,
            total: Some(total).filter(|_| is_part)?,
            part,
            revoked: revoked.map_or(Some(Vec::new()), read_revoked)?,
        })
    }
}

fn read_time(reader: &mut Reader<'_>) -> Option<()> {
    let tag = reader.peek().ok()?.filter(|tag| [UTC_TIME, GENERALIZED_TIME].contains(tag))?;
    reader.take(tag).ok().map(|_| ())
}

fn read_revoked(list: Tlv<'_>) -> Option<Vec<&[u8]>> {
    let entries = list.fields().ok()?;
    entries.iter().map(|entry| Some(entry.reader().take(Tag::INTEGER).ok()?.value)).collect()
}

/// The value of an extension.
fn extension<'a>(extensions: &Fields<'a>, oid: &[u8]) -> Option<&'a [u8]> {
    extensions.iter().find_map(|extension| {
        let fields = extension.fields().ok()?;
        let is_it = fields.get(Tag::OID).is_some_and(|id| id.value == oid);
        is_it.then(|| fields.get(Tag::OCTET_STRING)).flatten().map(|value| value.value)
    })
}

/// ECDSA-Sig-Value in a BIT STRING as r‖s.
fn raw_signature(bits: &[u8]) -> Option<[u8; 64]> {
    let pair = Tlv::parse_as(bits.strip_prefix(&[0])?, Tag::SEQUENCE).ok()?;
    let mut reader = pair.reader();
    let mut raw = [0; 64];
    for half in raw.chunks_exact_mut(32) {
        let number = reader.take(Tag::INTEGER).ok()?.value;
        let significant = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
        let number = number.get(significant..)?;
        let start = half.len().checked_sub(number.len())?;
        half.get_mut(start..)?.copy_from_slice(number);
    }
    reader.finish().ok()?;
    Some(raw)
}

/// The serial number of a certificate, content octets.
fn serial_number(der: &[u8]) -> Option<&[u8]> {
    let certificate = Tlv::parse_as(der, Tag::SEQUENCE).ok()?;
    let signed = certificate.reader().take(Tag::SEQUENCE).ok()?;
    let mut reader = signed.reader();
    // The version.
    reader.take_optional(Tag::context_constructed(0)).ok()?;
    reader.take(Tag::INTEGER).ok().map(|serial| serial.value)
}
