//! Waiting for a card: one whose toolkit is busy, and one that is away after a REFRESH, a reset or a bad contact.

use std::time::Duration;

use super::Inner;
use crate::card::{CardError, IsdrChannel};
use crate::error::Error;

/// A toolkit that is busy is asked so often, with [`BUSY_PAUSE`] between.
pub(super) const BUSY_TRIES: u32 = 3;
/// Between two tries at a busy toolkit.
pub(super) const BUSY_PAUSE: Duration = Duration::from_secs(2);
/// Between two looks for a card that is away.
const AWAY_PAUSE: Duration = Duration::from_secs(1);

impl Inner {
    /// Asks a card that may be away until it answers, at most `tries` times, after what it has answered already.
    /// `None` when it stays away.
    ///
    /// # Errors
    /// `closed` when the card's thread has ended.
    pub(super) async fn ask_until_back<T: Send + 'static>(
        &self,
        answered: Option<T>,
        tries: u32,
        ask: impl Fn(&mut IsdrChannel) -> Result<T, CardError> + Clone + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let mut answered = answered;
        for _ in 0..tries {
            if answered.is_some() {
                break;
            }
            self.options.clock.sleep(AWAY_PAUSE).await;
            let asked = self.card.run(ask.clone()).await;
            answered = asked?.ok();
        }
        Ok(answered)
    }
}
