//! A terminal and a server, written against the standard's facts and not against the card's code.

mod package;
mod profile;
mod server;
mod terminal;

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use lpakit_sandbox_crypto::pki::Validity;
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, Quirks};

pub use package::{Bound, Recipe};
pub use profile::{ICCID, OTHER_ICCID, Profile};
pub use server::{ADDRESS, Server, verify};
pub use terminal::{ISDR, Terminal, select};

pub const EID: &str = "89049032123451234512345678901235";

/// The moment at which the tests happen.
pub fn today() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn year() -> Validity {
    Validity::days(today() - Duration::from_secs(24 * 3600), 365)
}

/// Certificates for the same EID under the CI of this number.
pub fn new_pki(seed: u64) -> Pki {
    let eid = Eid::from_digits(EID).unwrap();
    let options = PkiOptions::new(eid, year(), vec!["smdp.test".into()], vec!["smds.test".into()]);
    Pki::generate(&options, &mut SeededRandom::new(seed)).unwrap()
}

/// The certificates that most tests share.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| new_pki(1))
}

/// A card in this memory, without power.
pub fn card_in(nvm: MemoryNvm, config: CardConfig) -> Card {
    let credentials = CardCredentials::from_pki(pki()).unwrap();
    repeatable(Card::create(nvm, config, credentials).unwrap())
}

/// Randomness from a seed, and the day of the tests.
pub fn repeatable(card: Card) -> Card {
    card.with_random(SeededRandom::new(42)).with_clock(today)
}

/// A terminal with a card of this configuration, its ISD-R selected on channel 1.
pub fn terminal_with(change: impl FnOnce(&mut CardConfig)) -> Terminal {
    let mut config = CardConfig::default();
    change(&mut config);
    Terminal::with(card_in(MemoryNvm::new(), config))
}

/// A terminal that has said nothing yet to a card with these quirks; two profiles are on it, the first one on.
pub fn silent_terminal_with(change: impl FnOnce(&mut Quirks)) -> Terminal {
    let mut config = CardConfig::default();
    change(&mut config.quirks);
    let mut card = card_in(MemoryNvm::new(), config);
    for (iccid, enabled) in [(ICCID, true), (OTHER_ICCID, false)] {
        let profile = Profile::new(iccid);
        card.preload(&profile.metadata, &profile.package, enabled).unwrap();
    }
    Terminal::at(card)
}

/// A terminal with a card as it comes.
pub fn terminal() -> Terminal {
    terminal_with(|_| {})
}
