//! Orders, in words.

use std::time::Duration;

use lpakit::rsp::identifiers::Eid;
use lpakit_sandbox_smdp::metadata::{CarrierApp, MetadataSpec, Owner};
use lpakit_sandbox_smdp::order::{MatchingId, OrderRequest, ProfileSize, ProfileSource};

use super::StageError;
use crate::order::{SAMPLE_OPERATOR, SAMPLE_PLAN};

/// By what a card finds the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Code,
    DefaultServer,
    Smds,
}

/// What a line orders.
pub(super) struct Wanted {
    pub(super) request: OrderRequest,
    pub(super) found: Found,
    /// The card that it is for, if it is for one only.
    pub(super) card: Option<usize>,
    /// The earlier order whose ICCID it shares.
    pub(super) same_as: Option<usize>,
}

impl Wanted {
    /// Reads the words after `order`. `name=` comes last and takes the rest of the line.
    pub(super) fn parse(line: &str) -> Result<Self, StageError> {
        let (options, name) = match line.split_once("name=") {
            Some((options, name)) => (options, name.trim()),
            None => (line, SAMPLE_PLAN),
        };
        let mut wanted = Self {
            request: OrderRequest::new(MetadataSpec::named(SAMPLE_OPERATOR, name)),
            found: Found::Code,
            card: None,
            same_as: None,
        };
        for word in options.split_whitespace() {
            wanted.take(word)?;
        }
        if wanted.found != Found::Code {
            wanted.card.get_or_insert(1);
        }
        Ok(wanted)
    }

    fn take(&mut self, word: &str) -> Result<(), StageError> {
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        let request = &mut self.request;
        match option {
            "default" => self.found = Found::DefaultServer,
            "smds" => self.found = Found::Smds,
            "expired" => request.valid_for = Some(Duration::ZERO),
            "code" => request.confirmation_code = Some(value.to_owned()),
            "tries" => request.max_confirmation_tries = number(value)?,
            "for" => self.card = Some(number(value)?),
            "app" => {
                let app = CarrierApp::parse(value);
                request.metadata.apps.push(app.map_err(|_| StageError::Unknown(word.to_owned()))?);
            }
            "iccid" => self.same_as = Some(number(value)?),
            "size" => {
                let size = ProfileSize::Package(number(value)?);
                request.profile = ProfileSource::Build { iccid: None, imsi: None, size };
            }
            "ppr" => {
                request.metadata.ppr1 = value.split(',').any(|rule| rule == "1");
                request.metadata.ppr2 = value.split(',').any(|rule| rule == "2");
                // Rules are looked up by owner.
                let (mcc, mnc) = ("001".to_owned(), "01".to_owned());
                request.metadata.owner = Some(Owner { mcc, mnc, gid1: None, gid2: None });
            }
            _ => return Err(StageError::Unknown(word.to_owned())),
        }
        Ok(())
    }

    /// Completes the request: by which name it is asked for, and by whom.
    pub(super) fn request(mut self, matching_id: &str, eid: Option<Eid>) -> OrderRequest {
        self.request.matching_id = match self.found {
            Found::DefaultServer => MatchingId::DefaultServer,
            Found::Code | Found::Smds => MatchingId::Given(matching_id.to_owned()),
        };
        self.request.eid = eid;
        self.request
    }
}

/// A number in a line.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, StageError> {
    text.parse().map_err(|_| StageError::Unknown(text.to_owned()))
}
