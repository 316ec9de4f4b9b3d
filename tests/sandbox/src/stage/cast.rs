//! Certificates, cards and servers of a stage. Everything random is drawn from seeds and all dates stand still, so
//! that lengths, and with them counts, are the same in every run.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use lpakit_sandbox_crypto::pki::{CardPart, ServerRequest, TlsFault, Validity};
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, Role, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials};
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::server::TlsOptions;
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smdp::{Smdp, SmdpConfig};
use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{Smds, SmdsConfig};

use super::StageError;
use crate::config::{DEFAULT_NAME, DS_NAME, EID_PREFIX, hosts};
use crate::error::SandboxError;

/// The certificates' dates: 2024-01-01, and 25 years.
const SINCE: Duration = Duration::from_secs(1_704_067_200);
const DAYS: u32 = 25 * 365;

const PKI_SEED: u64 = 1;
const SMDP_SEED: u64 = 2;
const SMDS_SEED: u64 = 3;
const TLS_SEED: u64 = 4;
const CARD_SEED: u64 = 100;

/// The certificates of all stages: the same ones, made once.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pki: Pki,
    options: PkiOptions,
}

impl Cast {
    pub(super) fn get() -> Result<Self, SandboxError> {
        static CAST: OnceLock<Cast> = OnceLock::new();
        if let Some(cast) = CAST.get() {
            return Ok(cast.clone());
        }
        let mut random = SeededRandom::new(PKI_SEED);
        let validity = Validity::days(SystemTime::UNIX_EPOCH + SINCE, DAYS);
        let eid = Eid::generate(EID_PREFIX, &mut random)?;
        let options = PkiOptions::new(eid, validity, hosts(DEFAULT_NAME), hosts(DS_NAME));
        let pki = Pki::generate(&options, &mut random)?;
        Ok(CAST.get_or_init(|| Self { pki, options }).clone())
    }

    /// The certificate of the test CI, DER.
    pub(super) fn ci(&self) -> &[u8] {
        self.pki.ci.certificate().der()
    }

    /// The card with this number, from 1. Its default SM-DP+ and its SM-DS are the stage's.
    pub(super) fn card(&self, number: usize) -> Result<Card, SandboxError> {
        let mut random = SeededRandom::new(CARD_SEED + number as u64);
        let mut pki = self.pki.clone();
        if let Some(card) = pki.card.as_mut().filter(|_| number > 1) {
            let eid = Eid::generate(EID_PREFIX, &mut random)?;
            let euicc = self.pki.issue_euicc(&eid, self.options.validity, &mut random)?;
            *card = CardPart { eum: card.eum.clone(), euicc };
        }
        let config = CardConfig {
            root_ds_address: DS_NAME.to_owned(),
            default_dp_address: Some(DEFAULT_NAME.to_owned()),
            ..CardConfig::default()
        };
        let card = Card::create(MemoryNvm::new(), config, CardCredentials::from_pki(&pki)?)?;
        Ok(card.with_random(random))
    }

    /// An SM-DP+ over these orders. `life` tells servers of the same stage apart: none repeats what an earlier one drew.
    pub(super) fn smdp(
        &self,
        store: Arc<MemoryStore>,
        life: u64,
        checks_memory: bool,
    ) -> Result<Smdp, SandboxError> {
        let mut config = SmdpConfig::new(&self.pki, vec![DEFAULT_NAME.to_owned()])?;
        config.check_memory = checks_memory;
        let random = Box::new(SeededRandom::new(SMDP_SEED + (life << 32)));
        Ok(Smdp::new(config, store, Arc::new(SystemClock), random)?)
    }

    /// The SM-DS.
    pub(super) fn smds(&self) -> Result<Smds, SandboxError> {
        let config = SmdsConfig::new(&self.pki, vec![DS_NAME.to_owned()])?;
        let random = Box::new(SeededRandom::new(SMDS_SEED));
        Ok(Smds::new(&config, Arc::new(MemoryEvents::new()), Arc::new(SystemClock), random)?)
    }

    /// How the SM-DP+ presents itself, with its own certificate or with a faulty one.
    pub(super) fn smdp_tls(&self, fault: Option<TlsFault>) -> Result<TlsOptions, StageError> {
        let Some(fault) = fault else {
            return TlsOptions::of_dp(&self.pki).ok_or(SandboxError::NoServer.into());
        };
        let request = ServerRequest::tls(Role::DpTls, &self.options, hosts(DEFAULT_NAME));
        let mut random = SeededRandom::new(TLS_SEED);
        let leaf = self.pki.bad_tls_leaf(fault, &request, SystemTime::now(), &mut random);
        Ok(TlsOptions::new(leaf.map_err(StageError::sandbox)?))
    }

    /// How the SM-DS presents itself.
    pub(super) fn smds_tls(&self) -> Result<TlsOptions, StageError> {
        TlsOptions::of_ds(&self.pki).ok_or(SandboxError::NoServer.into())
    }
}
