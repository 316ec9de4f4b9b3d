//! A software eUICC: the sandbox's card.
//!
//! It behaves like a real one at its contacts: T=0 with `61xx` and GET RESPONSE, logical channels, SELECT, STORE
//! DATA, every ES10 function of SGP.22 v2, real certificates and signatures, BSP, a flash budget, policy rules and
//! notifications. What it keeps, it keeps in an [`nvm::Nvm`], and a power cut at any moment leaves it whole.
//!
//! ```no_run
//! use lpakit_sandbox_crypto::Pki;
//! use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, nvm::FolderNvm};
//!
//! # fn example(pki: &Pki) -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = CardCredentials::from_pki(pki)?;
//! let memory = FolderNvm::open("my-card")?;
//! let mut card = Card::create(memory, CardConfig::default(), credentials)?;
//! let atr = card.power_on()?;
//! let answer = card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01]);
//! # Ok(())
//! # }
//! ```
//!
//! | module | what for |
//! |---|---|
//! | [`Card`] | power, reset, transmit |
//! | [`MultiCard`] | a card with several eUICCs behind the same contacts |
//! | [`config`] | what kind of card it is, and its quirks |
//! | [`nvm`] | where it keeps what must survive |
//! | [`stdio`] | lpac's JSON lines, for programs of others |
//! | [`CardSnapshot`] | a card at one moment, to start from again and again |
//! | [`CardStatus`] | what is on the card and what it is in the middle of, for invariants |
//! | [`Recorder`] | writes down what passes the contacts |
//!
//! It shares with the LPA only the data objects of `lpakit-rsp`: checks, segmentation rules and error mapping are
//! written here a second time, so that one mistake is seen by the other side.

#![forbid(unsafe_code)]

mod apdu;
mod card;
pub mod config;
mod contacts;
mod credentials;
mod isdr;
mod load_bpp;
mod multi;
pub mod nvm;
mod octets;
mod recorder;
mod snapshot;
mod state;
mod status;
pub mod stdio;
mod store;

pub use card::{ATR, Card, CardError};
pub use config::{CardConfig, Quirks};
pub use credentials::{CardCredentials, CredentialsError, Identity};
pub use multi::MultiCard;
pub use recorder::Recorder;
pub use snapshot::CardSnapshot;
pub use status::{CardStatus, NotificationStatus, ProfileStatus, SessionStatus};
