//! What an eUICC is: EID, versions, free memory, addresses, issuers, rules.

use lpakit_messages::{self as messages, CardFunction, Language};
use lpakit_rsp::chip::{ConfiguredAddresses, EuiccInfo2, RulesAuthorisationTable};
use lpakit_rsp::identifiers::{Eid, Imei};
use lpakit_rsp::switching::SetDefaultDpAddressResult;
use lpakit_rsp::switching::{LoadCrlRequest, LoadCrlResponse};
use lpakit_rsp::tlv::{Tag, Tlv};

use super::Lpa;
use crate::activation_code::Address;
use crate::card::CardError;
use crate::error::Error;

/// What an eUICC says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipInfo {
    /// Its EID.
    pub eid: Eid,
    /// Versions, memory, capabilities and issuers.
    pub info: EuiccInfo2,
    /// Default SM-DP+ and root SM-DS.
    pub addresses: ConfiguredAddresses,
    /// The Rules Authorisation Table; empty on cards that have none.
    pub rules: RulesAuthorisationTable,
}

impl Lpa {
    /// The EID.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn eid(&self) -> Result<Eid, Error> {
        self.inner.es10(|card| card.get_eid()).await
    }

    /// EUICCInfo2: versions, memory, capabilities and issuers (SGP.22, 5.7.8).
    ///
    /// # Errors
    /// [`Error`] of kind `card`; `card.malformed` when the object cannot be read.
    pub async fn euicc_info2(&self) -> Result<EuiccInfo2, Error> {
        self.inner.es10(|card| Ok(card.get_euicc_info2()?.into_value())).await
    }

    /// The default SM-DP+ and the root SM-DS (SGP.22, 5.7.3).
    ///
    /// # Errors
    /// [`Error`] of kind `card`; `card.malformed` when the object cannot be read.
    pub async fn configured_addresses(&self) -> Result<ConfiguredAddresses, Error> {
        self.inner.es10(|card| card.get_configured_addresses()).await
    }

    /// The Rules Authorisation Table (SGP.22, 5.7.22); empty on cards that do not know the function.
    ///
    /// # Errors
    /// [`Error`] of kind `card`; `card.malformed` when the object cannot be read.
    pub async fn rules_authorisation_table(&self) -> Result<RulesAuthorisationTable, Error> {
        self.inner
            .es10(|card| match card.get_rat() {
                Err(CardError::Status(_) | CardError::EmptyAnswer) => {
                    Ok(RulesAuthorisationTable::default())
                }
                table => table,
            })
            .await
    }

    /// Everything that the eUICC says of itself, or nothing: one object that cannot be read is an error. To show what
    /// can be read, ask for each object by itself: [`Self::eid`], [`Self::euicc_info2`],
    /// [`Self::configured_addresses`], [`Self::rules_authorisation_table`].
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn chip(&self) -> Result<ChipInfo, Error> {
        self.inner
            .es10(|card| {
                Ok(ChipInfo {
                    eid: card.get_eid()?,
                    info: card.get_euicc_info2()?.into_value(),
                    addresses: card.get_configured_addresses()?,
                    // Old cards do not know the function.
                    rules: card.get_rat().unwrap_or_default(),
                })
            })
            .await
    }

    /// Sets the default SM-DP+ address, or clears it with an empty one (SGP.22, 5.7.4).
    ///
    /// # Errors
    /// `input.default_address` when it is no server address, the card untouched; or [`Error`] of kind `card`.
    pub async fn set_default_address(&self, address: &str) -> Result<(), Error> {
        let text = if address.is_empty() {
            String::new()
        } else {
            let parsed = Address::parse_with(address.trim(), &self.inner.parse_options());
            parsed.map_err(|_| Error::of("input.default_address"))?.authority()
        };
        match self.inner.es10(move |card| card.set_default_dp_address(&text)).await? {
            SetDefaultDpAddressResult::Ok => Ok(()),
            other => Err(Error::by_card(CardFunction::SetDefaultAddress, other.code())),
        }
    }

    /// Loads a certificate revocation list (DER), on cards of version 2 that take them (SGP.22 v2, 5.7.12). The numbers
    /// of the parts that the card still wants come back; none when it has all.
    ///
    /// # Errors
    /// `input.crl` when it is none; or [`Error`] of kind `card`.
    pub async fn load_crl(&self, crl: &[u8]) -> Result<Vec<u32>, Error> {
        // The card's request holds the list without its own header.
        let list = Tlv::parse_as(crl, Tag::SEQUENCE).map_err(|_| Error::of("input.crl"))?;
        let request = LoadCrlRequest { crl: list.value.to_vec() };
        match self.inner.es10(move |card| card.load_crl(&request)).await? {
            LoadCrlResponse::Ok { missing_parts } => Ok(missing_parts),
            LoadCrlResponse::Error(error) => {
                Err(Error::by_card(CardFunction::LoadCrl, error.code()))
            }
        }
    }
}

impl ChipInfo {
    /// See [`share_text`].
    pub fn share_text(&self, imei: Option<&Imei>, language: Language) -> String {
        share_text(&self.eid, imei, language)
    }
}

/// What a person sends to an operator who asks for the device: the EID in groups of four and, where the app may read
/// it, the IMEI; a line each.
pub fn share_text(eid: &Eid, imei: Option<&Imei>, language: Language) -> String {
    let label = |key| messages::render(key, &[] as &[(&str, &str)], language);
    let mut text = format!("{}: {}", label("label.eid"), eid.grouped());
    if let Some(imei) = imei {
        text.push_str(&format!("\n{}: {}", label("label.imei"), imei.digits()));
    }
    text
}
