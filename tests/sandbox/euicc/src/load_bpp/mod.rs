//! ES10b.LoadBoundProfilePackage: a package comes in segment by segment (SGP.22 2.5, 5.7.6).
//!
//! | module | what it decides |
//! |---|---|
//! | `open` | whether the package is this session's (BF23) |
//! | `outline` | whether a command is the segment that must come now |
//! | `metadata`, `policy` | whether this card may take this profile (BF25) |
//! | `package` | whether the profile's elements can be processed |
//!
//! Nothing here writes to memory: what comes out is either a whole profile or a reason.

mod metadata;
mod open;
mod outline;
mod package;
mod policy;

use lpakit_rsp::Object;
use lpakit_rsp::bpp::{ConfigureIsdp, ReplaceSessionKeys};
use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::installation::{BppCommandId, InstallErrorReason, SimaResponse};
use lpakit_rsp::tlv::{Tag, Tlv};
use lpakit_sandbox_crypto::certificate::RegisteredId;
use lpakit_sandbox_crypto::{BspError, BspReader, SessionKeys};

use crate::state::CardState;
use outline::{Outline, Part};

pub(crate) use open::{OpenRequest, open};

/// Profile element status "not enough memory" (facts 3.7).
const PE_NOT_ENOUGH_MEMORY: u32 = 4;
/// Commands and metadata are far smaller; a longer part is no package of any server.
const MAXIMUM_COMMAND_PART: usize = 16 * 1024;

/// A package on its way in.
pub(crate) struct Loader {
    outline: Outline,
    reader: BspReader,
    smdp_oid: RegisteredId,
    /// Plaintext of the part that is coming in.
    content: Vec<u8>,
    dp_proprietary_data: Option<Vec<u8>>,
    metadata: Option<(Iccid, Vec<u8>)>,
}

/// What a segment led to.
pub(crate) enum Progress {
    /// More is to come.
    More,
    /// The card knows now which profile this is.
    Known(Iccid),
    /// The profile is complete and can be installed.
    Complete(Box<Installation>),
}

/// A profile that has come in whole.
pub(crate) struct Installation {
    pub(crate) iccid: Iccid,
    /// BF25 as it came.
    pub(crate) metadata: Vec<u8>,
    /// B8 as it came.
    pub(crate) dp_proprietary_data: Option<Vec<u8>>,
    pub(crate) package: Vec<u8>,
}

/// Why a segment was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not the segment that must come now. There is no result; the session can only be cancelled.
    Misplaced,
    /// The installation has failed; this is its result.
    Failed(Failure),
}

/// The result of an installation that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) command: BppCommandId,
    pub(crate) reason: InstallErrorReason,
    pub(crate) sima_response: Option<Vec<u8>>,
}

impl Failure {
    fn of(command: BppCommandId, reason: InstallErrorReason) -> Self {
        Self { command, reason, sima_response: None }
    }

    /// A profile element with this status.
    fn of_element(status: u32) -> Self {
        let response = SimaResponse { pe_statuses: vec![status] };
        Self {
            command: BppCommandId::LoadProfileElements,
            reason: InstallErrorReason::PeProcessingError,
            sima_response: Some(response.octets()),
        }
    }
}

impl Loader {
    /// Takes the next segment.
    pub(crate) fn feed(&mut self, command: &[u8], card: &CardState) -> Result<Progress, Fault> {
        let segments = self.outline.accept(command).ok_or(Fault::Misplaced)?;
        let mut progress = Progress::More;
        for segment in segments {
            let part = segment.part;
            let plaintext = self
                .reader
                .read(segment.tag, segment.value)
                .map_err(|error| part.fails(reason(error)))?;
            self.content.extend(plaintext);
            self.check_size(part, card)?;
            if segment.ends_part {
                progress = self.end_part(part, card)?;
            }
        }
        Ok(progress)
    }

    fn check_size(&self, part: Part, card: &CardState) -> Result<(), Fault> {
        if part != Part::Profile {
            let fits = self.content.len() <= MAXIMUM_COMMAND_PART;
            return fits
                .then_some(())
                .ok_or_else(|| part.fails(InstallErrorReason::IncorrectInputValues));
        }
        let length = u32::try_from(self.content.len()).unwrap_or(u32::MAX);
        if length.saturating_add(card.config.profile_overhead) <= card.free_memory() {
            return Ok(());
        }
        Err(if card.config.quirks.memory_is_a_profile_element_error {
            Fault::Failed(Failure::of_element(PE_NOT_ENOUGH_MEMORY))
        } else {
            part.fails(InstallErrorReason::InsufficientMemory)
        })
    }

    fn end_part(&mut self, part: Part, card: &CardState) -> Result<Progress, Fault> {
        let content = std::mem::take(&mut self.content);
        let bad_input = || part.fails(InstallErrorReason::IncorrectInputValues);
        match part {
            Part::Configure => {
                self.dp_proprietary_data = self.configure(&content).ok_or_else(bad_input)?;
                Ok(Progress::More)
            }
            Part::Metadata => {
                let iccid = metadata::check(&content, card).map_err(|reason| part.fails(reason))?;
                self.metadata = Some((iccid, content));
                Ok(Progress::Known(iccid))
            }
            Part::ReplaceKeys => {
                let keys = ReplaceSessionKeys::decode(&content).map_err(|_| bad_input())?;
                let ReplaceSessionKeys { initial_mac_chaining_value, ppk_enc, ppk_cmac } = keys;
                self.reader.replace_keys(SessionKeys::from_parts(
                    initial_mac_chaining_value,
                    ppk_enc,
                    ppk_cmac,
                ));
                Ok(Progress::More)
            }
            Part::Profile => {
                self.complete(content, card).map(|whole| Progress::Complete(Box::new(whole)))
            }
        }
    }

    /// ConfigureISDP: an OID in it must be this SM-DP+'s. Gives dpProprietaryData as it came.
    fn configure(&self, content: &[u8]) -> Option<Option<Vec<u8>>> {
        let configure = ConfigureIsdp::decode(content).ok()?;
        if configure.dp_oid.is_some_and(|oid| oid.as_bytes() != self.smdp_oid.der_value()) {
            return None;
        }
        let fields = Tlv::parse(content).and_then(|tlv| tlv.fields()).ok()?;
        Some(fields.get(Tag::context_constructed(24)).map(|data| data.raw.to_vec()))
    }

    fn complete(&mut self, package: Vec<u8>, card: &CardState) -> Result<Installation, Fault> {
        let part = Part::Profile;
        let (iccid, metadata) = self
            .metadata
            .take()
            .ok_or_else(|| part.fails(InstallErrorReason::IncorrectInputValues))?;
        package::check(&package, &iccid).map_err(|fault| match fault {
            package::PackageFault::OtherIccid => part.fails(InstallErrorReason::DataMismatch),
            package::PackageFault::Element(status) => Fault::Failed(Failure::of_element(status)),
        })?;
        if let Some(status) = card.config.quirks.profile_element_status {
            return Err(Fault::Failed(Failure::of_element(status)));
        }
        Ok(Installation {
            iccid,
            metadata,
            dp_proprietary_data: self.dp_proprietary_data.take(),
            package,
        })
    }
}

impl Part {
    /// The command that a part carries, as a result names it.
    fn command(self) -> BppCommandId {
        match self {
            Self::Configure => BppCommandId::ConfigureIsdp,
            Self::Metadata => BppCommandId::StoreMetadata,
            Self::ReplaceKeys => BppCommandId::ReplaceSessionKeys,
            Self::Profile => BppCommandId::LoadProfileElements,
        }
    }

    fn fails(self, reason: InstallErrorReason) -> Fault {
        Fault::Failed(Failure::of(self.command(), reason))
    }
}

/// How a fault of the protection is reported (facts 6.7).
fn reason(error: BspError) -> InstallErrorReason {
    match error {
        BspError::Security(_) => InstallErrorReason::Scp03tSecurityError,
        _ => InstallErrorReason::Scp03tStructureError,
    }
}
