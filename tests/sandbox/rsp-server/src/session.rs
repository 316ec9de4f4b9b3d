//! RSP sessions: from initiateAuthentication to the package, the cancellation or the first refusal. In RAM only.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use lpakit_rsp::identifiers::TransactionId;

/// More sessions than this at a time are an attack; the oldest has to go.
const MAX_SESSIONS: usize = 4096;

/// A request waits so long for another one of its session.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// Whose turn it is; a new session is nobody's.
    pub turn: Option<Turn>,
}

/// The sessions under way. A request takes its session out and puts it back if it goes on, so that two requests of
/// one session never work side by side: the second waits, for a client may have given up the first.
pub struct Sessions<S> {
    life: Duration,
    open: Mutex<HashMap<Vec<u8>, Session<S>>>,
    turns: Arc<Turns>,
}

/// The sessions that a request is working on.
#[derive(Default)]
struct Turns {
    taken: Mutex<HashSet<Vec<u8>>>,
    ended: Condvar,
}

/// One request's turn at a session. It ends when this is dropped.
pub struct Turn {
    id: Vec<u8>,
    turns: Arc<Turns>,
}

impl Turns {
    /// Waits until no other request is at the session; `None` when that takes too long.
    fn wait(self: &Arc<Self>, id: &TransactionId) -> Option<Turn> {
        let id = id.octets().to_vec();
        let is_taken = |taken: &mut HashSet<Vec<u8>>| taken.contains(&id);
        let waited = self.ended.wait_timeout_while(self.taken(), PATIENCE, is_taken);
        let (mut taken, limit) = waited.unwrap_or_else(PoisonError::into_inner);
        if limit.timed_out() {
            return None;
        }
        taken.insert(id.clone());
        Some(Turn { id, turns: Arc::clone(self) })
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.id);
        self.turns.ended.notify_all();
    }
}

impl<S> Sessions<S> {
    /// No sessions; each may take so long from its first request to its last.
    pub fn new(life: Duration) -> Self {
        Self { life, open: Mutex::default(), turns: Arc::default() }
    }

    /// Puts a session (back); the next request of it may take it.
    pub fn put(&self, mut session: Session<S>) {
        // It ends when the session is there again.
        let _turn = session.turn.take();
        let mut open = self.open();
        if open.len() >= MAX_SESSIONS {
            let oldest =
                open.iter().min_by_key(|(_, session)| session.begun).map(|(id, _)| id.clone());
            oldest.map(|id| open.remove(&id));
        }
        open.insert(session.transaction_id.octets().to_vec(), session);
    }

    /// The session, if it is there and not over, when it is this request's turn.
    pub fn take(&self, id: &TransactionId, now: SystemTime) -> Option<Session<S>> {
        let turn = self.turns.wait(id)?;
        let session = self.open().remove(id.octets())?;
        let age = now.duration_since(session.begun).unwrap_or_default();
        (age <= self.life).then(|| Session { turn: Some(turn), ..session })
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
    use std::sync::Barrier;

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
            turn: None,
        }
    }

    #[test]
    fn the_second_request_of_a_session_waits_for_the_first() {
        let sessions = Sessions::new(Duration::MAX);
        let id = TransactionId::from_octets(&[1]).unwrap();
        let now = SystemTime::UNIX_EPOCH;
        // Often, for either may be faster.
        for goes_on in [true, false].repeat(100) {
            sessions.put(session(&[1], now));
            let first = sessions.take(&id, now).unwrap();
            let both = Barrier::new(2);
            std::thread::scope(|threads| {
                let second = threads.spawn(|| {
                    both.wait();
                    sessions.take(&id, now).is_some()
                });
                both.wait();
                if goes_on {
                    sessions.put(first);
                } else {
                    drop(first);
                }
                assert_eq!(second.join().unwrap(), goes_on);
            });
        }
        assert_eq!(sessions.count(), 0);
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
