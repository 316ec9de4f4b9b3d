//! What a card remembers without power.

use std::collections::BTreeSet;

use lpakit_rsp::Object;
use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::notifications::Event;
use lpakit_rsp::profiles::{ProfileClass, ProfileId, ProfileMetadata};
use serde::{Deserialize, Serialize};

use crate::config::CardConfig;
use crate::credentials::StoredCredentials;
use crate::nvm::BlobId;
use crate::octets::Octets;

/// The form of the state that this version reads and writes.
const FORMAT: u32 = 1;
/// AIDs of ISD-Ps end in 1000, 1100, … FF00.
const ISDP_PREFIX: [u8; 14] =
    [0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00];

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardState {
    pub(crate) format: u32,
    pub(crate) config: CardConfig,
    pub(crate) credentials: StoredCredentials,
    pub(crate) default_dp_address: Option<String>,
    /// The only CI that the default SM-DP+ may stand under (SGP.22 v3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_ci: Option<Octets>,
    pub(crate) next_seq_number: u32,
    pub(crate) profiles: Vec<StoredProfile>,
    pub(crate) notifications: Vec<StoredNotification>,
    /// One-time keys that were used in no installation yet.
    pub(crate) one_time_keys: Vec<KeptKey>,
    /// An installation that has begun and has no result yet.
    pub(crate) loading: Option<LoadingRecord>,
    /// A switch that was answered ok and counts from the next start on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending_switch: Option<Switch>,
    /// Certificate revocation lists, one for each CI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) crls: Vec<StoredCrl>,
}

/// The revocation list of a CI, as far as it has come.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredCrl {
    pub(crate) ci_key_id: Octets,
    /// cRLNumber.
    pub(crate) number: u32,
    /// In how many parts it comes.
    pub(crate) total: u32,
    /// The parts that are there, from 1.
    pub(crate) parts: BTreeSet<u32>,
    /// Serial numbers of revoked certificates, content octets.
    pub(crate) revoked: BTreeSet<Octets>,
}

/// A profile to be switched on or off.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Switch {
    #[serde(with = "hex::serde")]
    pub(crate) iccid: [u8; 10],
    pub(crate) on: bool,
}

/// An installed profile.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredProfile {
    #[serde(with = "hex::serde")]
    pub(crate) iccid: [u8; 10],
    #[serde(with = "hex::serde")]
    pub(crate) isdp_aid: [u8; 16],
    pub(crate) enabled: bool,
    /// An operational profile that gave way to a test profile and comes back after it.
    #[serde(default)]
    pub(crate) suspended: bool,
    pub(crate) nickname: Option<String>,
    /// StoreMetadata (BF25) as it came.
    pub(crate) metadata: Octets,
    /// dpProprietaryData (B8) of ConfigureISDP as it came.
    pub(crate) dp_proprietary_data: Option<Octets>,
    /// The card's maker has put it there.
    #[serde(default)]
    pub(crate) preloaded: bool,
    /// The name of the profile package in memory.
    pub(crate) package: String,
    pub(crate) package_length: u32,
    /// The CI under which it was installed, and under which its notifications are signed.
    pub(crate) ci_key_id: Octets,
}

/// A notification that waits for its delivery.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredNotification {
    pub(crate) seq_number: u32,
    /// Bit number of the event.
    pub(crate) event: u8,
    pub(crate) address: String,
    pub(crate) iccid: Option<Octets>,
    pub(crate) body: NotificationBody,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum NotificationBody {
    /// ProfileInstallationResult (BF37), signed when it was made.
    Result(Octets),
    /// Signed when it is retrieved, under this CI.
    Other { ci_key_id: Octets },
}

/// A one-time key pair, kept for a server that still has a package bound to it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptKey {
    /// The SM-DP+, content octets of its OID.
    pub(crate) smdp_oid: Octets,
    pub(crate) scalar: Octets,
}

/// What must be known of an installation to report its interruption.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LoadingRecord {
    pub(crate) transaction_id: Octets,
    pub(crate) address: String,
    pub(crate) smdp_oid: Octets,
    pub(crate) ci_key_id: Octets,
    /// bppCommandId of the command that is under way.
    pub(crate) command: u32,
    pub(crate) iccid: Option<Octets>,
}

impl CardState {
    pub(crate) fn new(config: CardConfig, credentials: StoredCredentials) -> Self {
        Self {
            format: FORMAT,
            default_dp_address: config.default_dp_address.clone(),
            allowed_ci: None,
            next_seq_number: config.first_seq_number,
            config,
            credentials,
            profiles: Vec::new(),
            notifications: Vec::new(),
            one_time_keys: Vec::new(),
            loading: None,
            pending_switch: None,
            crls: Vec::new(),
        }
    }

    pub(crate) fn is_of_this_version(&self) -> bool {
        self.format == FORMAT
    }

    /// Octets that profiles take up.
    fn used_memory(&self) -> u32 {
        self.profiles.iter().fold(0, |sum, profile| {
            sum.saturating_add(profile.package_length).saturating_add(self.config.profile_overhead)
        })
    }

    /// Octets that are free.
    pub(crate) fn free_memory(&self) -> u32 {
        self.config.non_volatile_memory.saturating_sub(self.used_memory())
    }

    pub(crate) fn position(&self, id: &ProfileId) -> Option<usize> {
        self.profiles.iter().position(|profile| profile.is(id))
    }

    pub(crate) fn holds_iccid(&self, iccid: &Iccid) -> bool {
        self.profiles.iter().any(|profile| &profile.iccid == iccid.octets())
    }

    /// The lowest ISD-P AID that is free, if any is.
    pub(crate) fn free_isdp_aid(&self) -> Option<[u8; 16]> {
        (0x10..=0xFF)
            .map(isdp_aid)
            .find(|aid| self.profiles.iter().all(|profile| &profile.isdp_aid != aid))
    }

    pub(crate) fn take_seq_number(&mut self) -> u32 {
        let number = self.next_seq_number;
        self.next_seq_number = number.saturating_add(1);
        number
    }

    /// Queues a notification of an event for every address that the profile wants told, except `told_already`.
    pub(crate) fn notify(
        &mut self,
        profile: &StoredProfile,
        event: Event,
        told_already: Option<&str>,
    ) {
        let Some(metadata) = profile.metadata() else { return };
        for configuration in metadata.notification_configurations {
            let known =
                told_already.is_some_and(|told| told.eq_ignore_ascii_case(&configuration.address));
            if known || !configuration.events.has(event) {
                continue;
            }
            let seq_number = self.take_seq_number();
            self.notifications.push(StoredNotification {
                seq_number,
                event: event.bit(),
                address: configuration.address,
                iccid: Some(profile.iccid.as_slice().into()),
                body: NotificationBody::Other { ci_key_id: profile.ci_key_id.clone() },
            });
        }
    }

    /// Keeps a one-time key as the only one for its SM-DP+.
    pub(crate) fn keep_key(&mut self, smdp_oid: &[u8], scalar: &[u8]) {
        self.forget_key(smdp_oid);
        self.one_time_keys.push(KeptKey { smdp_oid: smdp_oid.into(), scalar: scalar.into() });
    }

    pub(crate) fn forget_key(&mut self, smdp_oid: &[u8]) {
        self.one_time_keys.retain(|kept| &*kept.smdp_oid != smdp_oid);
    }

    /// The packages that the state refers to.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = BlobId> + '_ {
        self.profiles.iter().filter_map(|profile| BlobId::from_hex(&profile.package))
    }
}

impl StoredNotification {
    pub(crate) fn iccid(&self) -> Option<Iccid> {
        let octets = <[u8; 10]>::try_from(&**self.iccid.as_ref()?).ok()?;
        Some(Iccid::from_octets(octets))
    }
}

impl StoredProfile {
    pub(crate) fn is(&self, id: &ProfileId) -> bool {
        match id {
            ProfileId::Iccid(iccid) => iccid.octets() == &self.iccid,
            ProfileId::Aid(aid) => aid.octets() == self.isdp_aid,
        }
    }

    /// Its metadata; checked when it was installed.
    pub(crate) fn metadata(&self) -> Option<ProfileMetadata> {
        ProfileMetadata::decode(&self.metadata).ok()
    }

    pub(crate) fn class(&self) -> ProfileClass {
        self.metadata().map_or_else(ProfileClass::default, |metadata| metadata.class)
    }

    pub(crate) fn aid(&self) -> Option<Aid> {
        Aid::from_octets(&self.isdp_aid).ok()
    }
}

fn isdp_aid(number: u8) -> [u8; 16] {
    let mut aid = [0; 16];
    for (octet, value) in aid.iter_mut().zip(ISDP_PREFIX.iter().chain([&number, &0])) {
        *octet = *value;
    }
    aid
}
