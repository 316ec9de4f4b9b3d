//! ES10b.LoadBoundProfilePackage: a package, cut where its outline says, until the card gives a result.

use lpakit_rsp::Raw;
use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::installation::ProfileInstallationResult;

use super::Es10;
use crate::card::CardError;

/// How far loading is, in octets of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress {
    /// What the card has taken.
    pub done: usize,
    /// The whole package.
    pub total: usize,
}

/// How loading ended.
#[derive(Debug)]
pub enum LoadEnd {
    /// The card gave its result, good or bad.
    Result(Box<Raw<ProfileInstallationResult>>),
    /// The card took the last command and gave none: the package is not whole.
    NoResult,
    /// A command failed before there was a result.
    Failed(CardError),
}

impl Es10<'_> {
    /// Loads a whole package. The first command that brings data ends it: that is the result.
    ///
    /// `proceed` is told how far it is before each command; when it answers `false` before the first one, nothing
    /// is sent and `None` comes back. After that its answer is not looked at: a started installation runs to its
    /// end.
    pub fn load_bound_profile_package(
        &mut self,
        package: &[u8],
        outline: &BppOutline,
        mut proceed: impl FnMut(LoadProgress) -> bool,
    ) -> Option<LoadEnd> {
        let total = package.len();
        let mut done = 0;
        for command in &outline.commands {
            if !proceed(LoadProgress { done, total }) && done == 0 {
                return None;
            }
            let Some(octets) = package.get(command.clone()) else {
                return Some(LoadEnd::NoResult);
            };
            match self.channel.exchange(octets) {
                Ok(answer) if answer.is_empty() => done = command.end,
                Ok(answer) => {
                    proceed(LoadProgress { done: total, total });
                    return Some(decode_result(&answer));
                }
                Err(error) => return Some(LoadEnd::Failed(error)),
            }
        }
        Some(LoadEnd::NoResult)
    }
}

fn decode_result(answer: &[u8]) -> LoadEnd {
    match Raw::decode(answer) {
        Ok(result) => LoadEnd::Result(Box::new(result)),
        // The result is on the card all the same; the caller looks for it there.
        Err(error) => LoadEnd::Failed(error.into()),
    }
}
