//! RSP sessions: from initiateAuthentication to the package, the cancellation or the first refusal. In RAM only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use lpakit_rsp::identifiers::TransactionId;

/// More sessions than this at a time are an attack; the oldest has to go.
const MAX_SESSIONS: usize = 4096;

/// One RSP session that has come as far as `S` says.
pub struct Session<S> {
    /// Its name.
    pub transaction_id: TransactionId,
    /// When it began.
    pub begun: SystemTime,
    /// The address the client asked for, as this server writes it.
    pub address: String,
    /// What the eUICC has to give back, signed.
    pub server_challenge: [u8; 16],
    /// The CI key that the eUICC was told to use for its own certificates.
    pub ci_key_id: Vec<u8>,
    /// Which of the server's certificates are used.
    pub credential: usize,
    /// How far it has come.
    pub stage: S,
}

/// The sessions under way. A request takes its session out and puts it back if it goes on, so that two requests of
/// one session never work side by side.
pub struct Sessions<S> {
    life: Duration,
    open: Mutex<HashMap<Vec<u8>, Session<S>>>,
}

impl<S> Sessions<S> {
    /// No sessions; each may take so long from its first request to its last.
    pub fn new(life: Duration) -> Self {
        Self { life, open: Mutex::default() }
    }

    /// Puts a session (back).
    pub fn put(&self, session: Session<S>) {
        let mut open = self.open();
        if open.len() >= MAX_SESSIONS {
            let oldest =
                open.iter().min_by_key(|(_, session)| session.begun).map(|(id, _)| id.clone());
            oldest.map(|id| open.remove(&id));
        }
        open.insert(session.transaction_id.octets().to_vec(), session);
    }

    /// The session, if it is there and not over.
    pub fn take(&self, id: &TransactionId, now: SystemTime) -> Option<Session<S>> {
        let session = self.open().remove(id.octets())?;
        let age = now.duration_since(session.begun).unwrap_or_default();
        (age <= self.life).then_some(session)
    }

    /// Forgets a session that has come to its end.
    pub fn close(&self, transaction_id: &[u8]) {
        self.open().remove(transaction_id);
    }

    /// How many there are, forgotten ones included.
    pub fn count(&self) -> usize {
        self.open().len()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Session<S>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &[u8], begun: SystemTime) -> Session<()> {
        Session {
            transaction_id: TransactionId::from_octets(id).unwrap(),
            begun,
            address: String::new(),
            server_challenge: [0; 16],
            ci_key_id: Vec::new(),
            credential: 0,
            stage: (),
        }
    }

    #[test]
    fn a_session_ends_with_its_life() {
        let begun = SystemTime::UNIX_EPOCH;
        let sessions = Sessions::new(Duration::from_secs(60));
        let id = TransactionId::from_octets(&[1]).unwrap();
        sessions.put(session(&[1], begun));
        let in_time = sessions.take(&id, begun + Duration::from_secs(60));
        sessions.put(in_time.unwrap());
        let late = begun + Duration::from_secs(61);
        assert!(sessions.take(&id, late).is_none());
        assert!(sessions.take(&id, begun).is_none());
    }

    #[test]
    fn too_many_sessions_push_out_the_oldest() {
        let begun = SystemTime::UNIX_EPOCH;
        let sessions = Sessions::new(Duration::MAX);
        for number in 0..=MAX_SESSIONS as u32 {
            let at = begun + Duration::from_secs(u64::from(number));
            sessions.put(session(&number.to_be_bytes(), at));
        }
        assert_eq!(sessions.count(), MAX_SESSIONS);
        let first = TransactionId::from_octets(&[0; 4]).unwrap();
        assert!(sessions.take(&first, begun).is_none());
    }
}
