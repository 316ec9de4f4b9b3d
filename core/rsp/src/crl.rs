//! ES10b.LoadCRL (`BF35`), gone in SGP.22 v3.

use crate::codes::codes;
use crate::coding;
use crate::error::Fault;
use crate::object::Object;
use crate::tlv::{Tag, Tlv, Writer};

/// ES10b.LoadCRL request (`BF35`), gone in SGP.22 v3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadCrlRequest {
    /// The certificate revocation list, DER.
    pub crl: Vec<u8>,
}

impl Object for LoadCrlRequest {
    const TAG: Tag = Tag::new(0xBF35);
    const NAME: &'static str = "LoadCRLRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let crl = element.fields()?.require(Tag::context_constructed(0))?;
        Ok(Self { crl: crl.value.to_vec() })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context_constructed(0), &self.crl);
    }
}

codes! {
    /// Why a CRL was not taken (LoadCRLResponse `81`).
    pub enum LoadCrlError {
        InvalidSignature = 1,
        InvalidCrlFormat = 2,
        NotEnoughMemorySpace = 3,
        VerificationKeyNotFound = 4,
        FresherCrlAlreadyLoaded = 5,
        BaseCrlMissing = 6,
        UndefinedError = 127,
    }
}

/// The answer to ES10b.LoadCRL in its error form, for a card that takes none. An LPA reads [`LoadCrlResponse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadCrlErrorResponse(pub LoadCrlError);

impl Object for LoadCrlErrorResponse {
    const TAG: Tag = Tag::new(0xBF35);
    const NAME: &'static str = "LoadCRLResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let code = element.fields()?.require(Tag::context(1))?;
        Ok(Self(LoadCrlError::from_code(coding::read_unsigned(code, "loadCRLResponseError")?)))
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(1), self.0.code());
    }
}

/// The answer to ES10b.LoadCRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadCrlResponse {
    /// The list was taken.
    Ok {
        /// The numbers of the parts that the eUICC still wants; none when it has all.
        missing_parts: Vec<u32>,
    },
    /// The list was not taken.
    Error(LoadCrlError),
}

impl Object for LoadCrlResponse {
    const TAG: Tag = Tag::new(0xBF35);
    const NAME: &'static str = "LoadCRLResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        if let Some(code) = fields.get(Tag::context(1)) {
            let code = coding::read_unsigned(code, "loadCRLResponseError")?;
            return Ok(Self::Error(LoadCrlError::from_code(code)));
        }
        let ok = fields.require(Tag::context_constructed(0))?.fields()?;
        let missing_parts = match ok.get(Tag::context_constructed(0)) {
            Some(list) => list
                .fields()?
                .collect(Tag::INTEGER, |part| coding::read_unsigned(part, "missingParts"))?,
            None => Vec::new(),
        };
        Ok(Self::Ok { missing_parts })
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Ok { missing_parts } => out.put_with(Tag::context_constructed(0), |out| {
                if !missing_parts.is_empty() {
                    out.put_with(Tag::context_constructed(0), |list| {
                        for part in missing_parts {
                            coding::put_unsigned(list, Tag::INTEGER, *part);
                        }
                    });
                }
            }),
            Self::Error(error) => coding::put_unsigned(out, Tag::context(1), error.code()),
        }
    }
}
