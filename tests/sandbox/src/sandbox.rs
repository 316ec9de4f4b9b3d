//! A sandbox in a folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit_sandbox_crypto::pki::{Layout, Operator, Validity};
use lpakit_sandbox_crypto::{Certificate, Eid, OsRandom, Pki, PkiOptions, Random, SeededRandom};
use lpakit_sandbox_euicc::nvm::FolderNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, CredentialsError};
use lpakit_sandbox_smdp::SmdpConfig;
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::notification::ReceivedNotification;
use lpakit_sandbox_smdp::order::{OrderBook, OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::store::{FolderStore, Store};
use lpakit_sandbox_smds::event::Event;
use lpakit_sandbox_smds::store::{EventStore, FolderEvents};

use crate::config::{Config, DS_NAME, EID_PREFIX, SHOP_NAME, SandboxOptions, hosts};
use crate::error::SandboxError;
use crate::order::{SAMPLE_OPERATOR, sample_catalogue};
use crate::transcript::Transcript;

const CONFIG: &str = "config.json";
const PKI: &str = "pki";
const CARD: &str = "card";
const SMDP: &str = "smdp";
const SMDS: &str = "smds";
const SHOP: &str = "shop";
const OPERATOR: &str = "operator";
const OPERATOR_CA_FILE: &str = "CERT_OPERATOR_CA.pem";
const CI_FILE: &str = "CERT_CI_ECDSA_NIST.pem";
/// How long the certificates of a new sandbox are valid, in days.
const DAYS: u32 = 3650;
/// They begin a day early, so that clocks that differ a little do no harm.
const EARLY: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder with a card, an SM-DP+, an SM-DS, a shop and their certificates. Several processes may work on it at the same time: one
/// serves, one orders, one has the card.
///
/// ```text
/// config.json   what the SM-DP+ is called
/// pki/          certificates and keys, named as in SGP.26
/// card/         the card's non-volatile memory
/// smdp/         orders, profiles, notifications that arrived, where the servers listen
/// smds/         events that wait for eUICCs
/// operator/     certificates and keys of the operator whose shop it is
/// shop/         what was sold
/// ```
#[derive(Debug, Clone)]
pub struct Sandbox {
    folder: PathBuf,
    config: Config,
    pki: Pki,
}

impl Sandbox {
    /// Makes a sandbox in a folder that is not there yet, or is empty.
    ///
    /// # Errors
    /// [`SandboxError::Exists`], or what is wrong with the options or the folder.
    pub fn create(folder: &Path, options: &SandboxOptions) -> Result<Self, SandboxError> {
        let config = Config::new(&options.name, options.address.as_deref())?;
        let pki = match &options.pki {
            Some(from) => Pki::import(from, None)?,
            None => generate(&config, options)?,
        };
        make_empty_folder(folder)?;
        write_pki(&pki, &folder.join(PKI))?;
        let credentials = CardCredentials::from_pki(&pki)?;
        Card::create(FolderNvm::open(folder.join(CARD))?, options.card.clone(), credentials)?;
        FolderStore::open(&folder.join(SMDP))?;
        FolderEvents::open(&folder.join(SMDS))?;
        let sandbox = Self { folder: folder.to_owned(), config, pki };
        // Last: a folder with this file is a whole sandbox.
        sandbox.write_config()?;
        Ok(sandbox)
    }

    /// Opens the sandbox in a folder.
    ///
    /// # Errors
    /// [`SandboxError::NotASandbox`], or what cannot be read.
    pub fn open(folder: &Path) -> Result<Self, SandboxError> {
        let path = folder.join(CONFIG);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(SandboxError::NotASandbox(folder.to_owned()));
            }
            Err(error) => return Err(SandboxError::io(&path)(error)),
        };
        let config: Config = serde_json::from_slice(&text).map_err(SandboxError::Config)?;
        if config.version != Config::VERSION {
            return Err(SandboxError::NotASandbox(folder.to_owned()));
        }
        let pki = Pki::import(&folder.join(PKI), None)?;
        Ok(Self { folder: folder.to_owned(), config, pki })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The SM-DP+'s host name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// What activation codes and notifications call the SM-DP+: what the running server wants to be called, else what
    /// the sandbox was made with.
    pub fn address(&self) -> String {
        let running = self.listening_note().and_then(|note| note.address);
        running.unwrap_or_else(|| self.config.canonical_address().to_owned())
    }

    /// Certificates and keys.
    pub const fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The certificate of the sandbox's CI, which an LPA must be told to trust.
    pub fn ci_certificate(&self) -> &Certificate {
        self.pki.ci.certificate()
    }

    /// Where the CI certificate is, in PEM.
    pub fn ci_certificate_file(&self) -> PathBuf {
        self.folder.join(PKI).join(CI_FILE)
    }

    /// The EID of the card, from its certificate: another process may be using the card.
    ///
    /// # Errors
    /// [`SandboxError::Credentials`], or [`SandboxError::Certificate`], when the certificates make no card.
    pub fn eid(&self) -> Result<Eid, SandboxError> {
        let card = self.pki.card.as_ref().ok_or(CredentialsError::NoCardPart)?;
        Ok(card.euicc.certificate().eid()?)
    }

    /// Takes the card; it is without power. Until it is dropped, no other process can have it.
    ///
    /// # Errors
    /// [`SandboxError::is_card_in_use`], or when its memory cannot be read.
    pub fn card(&self) -> Result<Card, SandboxError> {
        Ok(Card::open(FolderNvm::open(self.folder.join(CARD))?)?)
    }

    /// Begins a transcript of a run on this sandbox.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn transcript(&self, path: &Path) -> Result<Arc<Transcript>, SandboxError> {
        Transcript::create(path, std::slice::from_ref(self.ci_certificate()))
            .map_err(SandboxError::io(path))
    }

    /// Places an order. The servers need not run, and may. An event at the sandbox's own SM-DS is there at once; one at
    /// another SM-DS is registered when the SM-DP+ starts.
    ///
    /// # Errors
    /// [`SandboxError::NoServer`], or [`SandboxError::Order`].
    pub fn order(&self, request: &OrderRequest) -> Result<PlacedOrder, SandboxError> {
        let orders = self.orders()?;
        let placed = orders.place(request)?;
        let own_event = request.smds.as_deref() == Some(DS_NAME) && self.pki.ds.is_some();
        if let Some(eid) = request.eid.filter(|_| own_event && request.state.is_open()) {
            let mut event = Event::new(&eid, placed.matching_id.as_str(), placed.address.as_str());
            // As if the SM-DP+ had done it: it has to take it back one day.
            let dp = self.pki.dp.as_ref().map(|dp| dp.tls.certificate());
            let key_id = dp.and_then(Certificate::subject_key_identifier);
            event.registered_by = key_id.map(hex::encode);
            self.events()?.register(&event)?;
            orders.event_registered(&placed.id)?;
        }
        Ok(placed)
    }

    /// The events that wait for eUICCs at the sandbox's SM-DS, in the order they came.
    ///
    /// # Errors
    /// When the SM-DS's files cannot be read.
    pub fn waiting_events(&self) -> Result<Vec<Event>, SandboxError> {
        Ok(self.events()?.events()?)
    }

    /// Where the certificate of the operator's CA is, in PEM: what an app trusts when it calls the shop. It is there
    /// as soon as the sandbox was served once.
    pub fn shop_ca_certificate_file(&self) -> PathBuf {
        self.folder.join(OPERATOR).join(OPERATOR_CA_FILE)
    }

    /// The orders, to look at them or to confirm and release them.
    ///
    /// # Errors
    /// [`SandboxError::NoServer`], or when the server's files cannot be read.
    pub fn orders(&self) -> Result<OrderBook, SandboxError> {
        let options = self.smdp_config(vec![self.address()])?.book_options()?;
        Ok(OrderBook::new(options, self.store()?, Arc::new(SystemClock), Box::new(OsRandom)))
    }

    /// The notifications that the server has received, in the order of arrival.
    ///
    /// # Errors
    /// When the server's files cannot be read.
    pub fn received(&self) -> Result<Vec<ReceivedNotification>, SandboxError> {
        Ok(self.store()?.notifications()?)
    }

    /// Writes certificates and keys into a folder, named as in SGP.26.
    ///
    /// # Errors
    /// [`SandboxError::Pki`].
    pub fn pki_export(&self, folder: &Path, layout: Layout) -> Result<(), SandboxError> {
        Ok(self.pki.export(folder, layout)?)
    }

    /// Takes certificates and keys from a folder in place of the sandbox's own, so that a foreign SM-DP+ can serve
    /// its card. The card becomes another one, for its EID stands in its certificate; it must be empty.
    ///
    /// # Errors
    /// [`SandboxError::CardHasProfiles`], or what is wrong with the files.
    pub fn pki_import(&mut self, folder: &Path) -> Result<(), SandboxError> {
        let pki = Pki::import(folder, None)?;
        let credentials = CardCredentials::from_pki(&pki)?;
        let config = self.empty_card()?;
        let card = self.folder.join(CARD);
        fs::remove_dir_all(&card).map_err(SandboxError::io(&card))?;
        Card::create(FolderNvm::open(&card)?, config, credentials)?;
        write_pki(&pki, &self.folder.join(PKI))?;
        self.pki = pki;
        Ok(())
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn smdp_config(&self, addresses: Vec<String>) -> Result<SmdpConfig, SandboxError> {
        if self.pki.dp.is_none() {
            return Err(SandboxError::NoServer);
        }
        let mut config = SmdpConfig::new(&self.pki, addresses)?;
        config.catalogue = sample_catalogue();
        Ok(config)
    }

    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, SandboxError> {
        Ok(Arc::new(FolderStore::open(&self.smdp_folder())?))
    }

    pub(crate) fn events(&self) -> Result<Arc<dyn EventStore>, SandboxError> {
        Ok(Arc::new(FolderEvents::open(&self.folder.join(SMDS))?))
    }

    /// The operator's certificates; they are made when they are first needed.
    pub(crate) fn operator(&self) -> Result<Operator, SandboxError> {
        let folder = self.folder.join(OPERATOR);
        if folder.join(OPERATOR_CA_FILE).exists() {
            return Ok(Operator::import(&folder)?);
        }
        make_private_folder(&folder).map_err(SandboxError::io(&folder))?;
        let hosts = hosts(SHOP_NAME);
        let operator = Operator::generate(SAMPLE_OPERATOR, &hosts, validity(), &mut OsRandom)?;
        operator.export(&folder)?;
        Ok(operator)
    }

    pub(crate) fn shop_folder(&self) -> PathBuf {
        self.folder.join(SHOP)
    }

    pub(crate) fn smdp_folder(&self) -> PathBuf {
        self.folder.join(SMDP)
    }

    /// The configuration of the card, if it has no profiles.
    fn empty_card(&self) -> Result<CardConfig, SandboxError> {
        let card = self.card()?;
        let config = card.config().clone();
        if !card.iccids().is_empty() {
            return Err(SandboxError::CardHasProfiles);
        }
        Ok(config)
    }

    fn write_config(&self) -> Result<(), SandboxError> {
        let path = self.folder.join(CONFIG);
        let mut text = serde_json::to_vec_pretty(&self.config).map_err(SandboxError::Config)?;
        text.push(b'\n');
        replace(&path, &text).map_err(SandboxError::io(&path))
    }
}

/// Puts a file in its place at once: another process reads the old one or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, content)?;
    fs::rename(new, path)
}

fn generate(config: &Config, options: &SandboxOptions) -> Result<Pki, SandboxError> {
    let mut random: Box<dyn Random> = match options.seed {
        Some(seed) => Box::new(SeededRandom::new(seed)),
        None => Box::new(OsRandom),
    };
    let eid = match &options.eid {
        Some(eid) => eid.clone(),
        None => Eid::generate(EID_PREFIX, random.as_mut())?,
    };
    let options = PkiOptions::new(eid, validity(), config.hosts(), hosts(DS_NAME));
    Ok(Pki::generate(&options, random.as_mut())?)
}

fn validity() -> Validity {
    Validity::days(SystemTime::now() - EARLY, DAYS)
}

/// Replaces the whole folder: a set with fewer parts must not find the old ones beside it.
fn write_pki(pki: &Pki, folder: &Path) -> Result<(), SandboxError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(SandboxError::io(folder)(error));
        }
        _ => {}
    }
    make_private_folder(folder).map_err(SandboxError::io(folder))?;
    Ok(pki.export(folder, Layout::Flat)?)
}

fn make_empty_folder(folder: &Path) -> Result<(), SandboxError> {
    make_private_folder(folder).map_err(SandboxError::io(folder))?;
    let mut entries = fs::read_dir(folder).map_err(SandboxError::io(folder))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(SandboxError::Exists(folder.to_owned())),
    }
}

/// Keys are in it, so it is its owner's only.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
