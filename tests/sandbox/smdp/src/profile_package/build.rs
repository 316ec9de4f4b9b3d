//! Puts a small profile package together.

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::tlv::Writer;
use lpakit_sandbox_crypto::Random;

use super::elements::{self, Elements};
use super::{Imsi, PackageError, ProfilePackage};

/// No filler element is larger than this.
const MAX_FILLER: usize = 16 * 1024;
/// Elements are numbered below this.
const MAX_NUMBER: u16 = 0x7FF0;

/// What a small profile is to be: a USIM with Milenage, its PINs, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSpec {
    /// The profile's ICCID.
    pub iccid: Iccid,
    /// The subscriber.
    pub imsi: Imsi,
    /// Name of the profile's type, 1 to 100 octets.
    pub profile_type: String,
    /// Name in EF_SPN, at most 16 characters count.
    pub service_provider_name: String,
    /// How many digits of the IMSI are the network code: 2 or 3.
    pub mnc_digits: u8,
    /// Whether DF_TELECOM is there.
    pub telecom: bool,
    /// The whole package's size in octets, reached with elements that carry filler.
    pub size: Option<usize>,
}

impl PackageSpec {
    /// A profile for this ICCID and subscriber.
    pub fn new(iccid: Iccid, imsi: Imsi) -> Self {
        Self {
            iccid,
            imsi,
            profile_type: "lpakit sandbox profile".to_owned(),
            service_provider_name: "lpakit".to_owned(),
            mnc_digits: 2,
            telecom: true,
            size: None,
        }
    }

    /// Builds the package; PINs and subscriber keys are drawn from `random`.
    ///
    /// # Errors
    /// [`PackageError::Size`] when the wanted size cannot be had.
    pub fn build(&self, random: &mut dyn Random) -> Result<ProfilePackage, PackageError> {
        let mut elements = Elements::new();
        elements.header(self);
        elements.mf(self);
        elements.codes(random);
        if self.telecom {
            elements.telecom();
        }
        elements.usim(self);
        elements.local_pin(random);
        elements.aka(random);
        let (mut der, mut next) = elements.finish();

        let end = elements::end();
        if let Some(size) = self.size {
            let smallest = der.len() + end.len();
            let missing = size.checked_sub(smallest).ok_or(PackageError::Size { smallest })?;
            let filler =
                filler(missing, &mut next, random).ok_or(PackageError::Size { smallest })?;
            der.extend(filler);
        }
        der.extend(end);
        ProfilePackage::from_der(der)
    }
}

/// Filler elements of `total` octets in all.
fn filler(total: usize, next: &mut u16, random: &mut dyn Random) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(total);
    let mut missing = total;
    while missing > MAX_FILLER {
        let element = largest_filler(*next, MAX_FILLER / 2, random)?;
        missing = missing.checked_sub(element.len())?;
        out.extend(element);
        *next = next.checked_add(1).filter(|next| *next < MAX_NUMBER)?;
    }
    if missing == 0 {
        return Some(out);
    }
    // One element cannot have every size: where a length needs an octet more, a size is skipped. Then a small
    // element before it shifts the rest.
    let last = *next + 1;
    let exact = |size| filler_of(last, size).map(|content| (last, content));
    if let Some((_, content)) = exact(missing) {
        out.extend(elements::non_standard(last, &random_octets(content, random)));
        return Some(out);
    }
    for small in 0..8 {
        let first = elements::non_standard(*next, &random_octets(small, random));
        let rest = missing.checked_sub(first.len())?;
        if let Some((number, content)) = exact(rest) {
            out.extend(first);
            out.extend(elements::non_standard(number, &random_octets(content, random)));
            return Some(out);
        }
    }
    None
}

fn largest_filler(number: u16, size: usize, random: &mut dyn Random) -> Option<Vec<u8>> {
    let content = filler_of(number, size).or_else(|| filler_of(number, size - 1))?;
    Some(elements::non_standard(number, &random_octets(content, random)))
}

/// How much content makes a filler element of exactly `size` octets.
fn filler_of(number: u16, size: usize) -> Option<usize> {
    (0..40)
        .filter_map(|overhead| size.checked_sub(overhead))
        .find(|content| elements::non_standard_length(number, *content) == size)
}

fn random_octets(count: usize, random: &mut dyn Random) -> Vec<u8> {
    let mut octets = vec![0; count];
    random.fill(&mut octets);
    octets
}

/// Writes one element into bytes of its own.
pub(super) fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    write(&mut out);
    out.into_bytes()
}
