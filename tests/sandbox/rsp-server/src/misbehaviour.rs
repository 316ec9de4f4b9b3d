//! What servers in the field do wrong, and what attackers would do: knobs for tests of clients.

use std::sync::{Mutex, PoisonError};

use crate::status::StatusCode;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Content-Length.
    Length,
    /// Transfer-Encoding: chunked.
    Chunked,
}

/// How the hexadecimal digits of a transaction ID are written; capitals are the habit here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexCase {
    /// Small letters.
    Lower,
    /// Both in turn.
    Mixed,
}

/// One thing done wrong, or done in an odd way that clients must bear.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// A web page instead of JSON, with status 200; the function is not executed.
    Html,
    /// Status 200 without a body; the function is executed.
    EmptyBody,
    /// Only this HTTP status; the function is not executed.
    HttpStatus(u16),
    /// Status 200 and this many blanks; the function is not executed.
    LargeBody {
        /// Octets of body.
        octets: u64,
        /// How its end is told.
        framing: Framing,
    },
    /// Status 200 and blanks without end; the function is not executed.
    EndlessBody,
    /// No answer at all until the client goes away; the function is not executed.
    Hang,
    /// The connection is closed instead of an answer; the function is not executed.
    CloseBefore,
    /// The function is executed, then the connection is closed instead of an answer.
    CloseAfter,
    /// A good answer, and the connection is closed after it.
    ConnectionClose,
    /// A good answer without Content-Length.
    ChunkedBody,
    /// `/` written as `\/` in JSON.
    EscapedSlashes,
    /// Base64 cut into lines.
    Base64LineBreaks,
    /// Base64 without `=`.
    Base64WithoutPadding,
    /// The transaction ID in other letters.
    TransactionIdCase(HexCase),
    /// functionExecutionStatus without `status`.
    NoStatus,
    /// No `header` at all.
    NoHeader,
    /// statusCodeData beside a success.
    StatusCodeDataOnSuccess,
    /// handleNotification is acknowledged with 200 and no body instead of 204.
    AcknowledgeWith200,
    /// Refused with this pair; the function is not executed.
    Refuse(StatusCode),
    /// Another transaction ID in the JSON than in the signed part.
    OtherTransactionId,
    /// Another transaction ID in the signed part (and in the package) than in the JSON.
    OtherTransactionIdSigned,
    /// Another server's address, signed.
    OtherServerAddress,
    /// The certificates of another SM-DP+ under the same CI, given in the server's configuration.
    OtherOid,
    /// A signature that does not fit: serverSignature1, smdpSignature2 or smdpSign.
    WrongSignature,
    /// Metadata in the package that differ from those offered.
    OtherMetadata,
    /// A package whose parts stand in another order.
    WrongOutline,
    /// Random bytes as package.
    GarbagePackage,
    /// A package that ends in the middle of an element.
    TruncatedPackage,
    /// A package that is well formed but holds only the first half of the profile: the card answers every piece and
    /// never comes to a result.
    IncompletePackage,
    /// A package with a wrong MAC on its last piece.
    WrongMac,
    /// SM-DS: an entry that sends the LPA back to this SM-DS, to the event it has just asked for.
    EntryNamesItself,
    /// SM-DS: an entry that names this address, where nobody may be listening.
    EntryNames(String),
    /// SM-DS: so many entries.
    ManyEntries(usize),
    /// SM-DS: no `eventEntries` at all instead of an empty list.
    NoEntries,
}

/// For how long something is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// At the next request of the function. Several of these are used up one a request, in the order they were set.
    Once,
    /// At every request, until [`Misbehaviours::clear`].
    Always,
}

/// What is to be done wrong, by function.
#[derive(Debug)]
pub struct Misbehaviours<F>(Mutex<Vec<(F, Misbehaviour, Times)>>);

impl<F> Default for Misbehaviours<F> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<F: Copy + PartialEq> Misbehaviours<F> {
    /// Does something wrong from now on.
    pub fn add(&self, function: F, misbehaviour: Misbehaviour, times: Times) {
        self.list().push((function, misbehaviour, times));
    }

    /// Does everything right again.
    pub fn clear(&self) {
        self.list().clear();
    }

    /// What is to be done wrong at this request: everything that always is, and the first of the rest.
    pub fn take(&self, function: F) -> Quirks {
        let mut list = self.list();
        let mut taken = Vec::new();
        let mut one_taken = false;
        list.retain(|(of, misbehaviour, times)| {
            if *of != function || (*times == Times::Once && one_taken) {
                return true;
            }
            taken.push(misbehaviour.clone());
            one_taken |= *times == Times::Once;
            *times == Times::Always
        });
        Quirks(taken)
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<(F, Misbehaviour, Times)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done wrong at one request.
#[derive(Debug, Default)]
pub struct Quirks(Vec<Misbehaviour>);

impl Quirks {
    /// Whether this is to be done wrong.
    pub fn has(&self, misbehaviour: &Misbehaviour) -> bool {
        self.0.contains(misbehaviour)
    }

    /// The first that `select` wants.
    pub fn find<T>(&self, select: impl Fn(&Misbehaviour) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(select)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INITIATE: u8 = 1;
    const CANCEL: u8 = 2;

    #[test]
    fn once_is_once_and_in_order() {
        let all = Misbehaviours::default();
        all.add(INITIATE, Misbehaviour::Html, Times::Once);
        all.add(INITIATE, Misbehaviour::EmptyBody, Times::Once);
        assert!(!all.take(CANCEL).has(&Misbehaviour::Html));
        let first = all.take(INITIATE);
        assert!(first.has(&Misbehaviour::Html) && !first.has(&Misbehaviour::EmptyBody));
        assert!(all.take(INITIATE).has(&Misbehaviour::EmptyBody));
        assert!(!all.take(INITIATE).has(&Misbehaviour::EmptyBody));
    }

    #[test]
    fn always_lasts_until_cleared_and_joins_once() {
        let all = Misbehaviours::default();
        all.add(INITIATE, Misbehaviour::NoHeader, Times::Always);
        all.add(INITIATE, Misbehaviour::EmptyBody, Times::Once);
        let first = all.take(INITIATE);
        assert!(first.has(&Misbehaviour::NoHeader) && first.has(&Misbehaviour::EmptyBody));
        assert!(all.take(INITIATE).has(&Misbehaviour::NoHeader));
        all.clear();
        assert!(!all.take(INITIATE).has(&Misbehaviour::NoHeader));
    }
}
