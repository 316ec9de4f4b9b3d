//! What happened at the card's contacts and at the server, as both recorded it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// No event of these stories takes nearly as long; one that never comes fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lines of a transcript, in memory.
#[derive(Clone)]
pub struct Journal(Arc<watch::Sender<Vec<Value>>>);

impl Default for Journal {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Vec::new()).0))
    }
}

impl Journal {
    /// All lines so far.
    pub fn lines(&self) -> Vec<Value> {
        self.0.borrow().clone()
    }

    /// Forgets what happened so far.
    pub fn clear(&self) {
        self.0.send_modify(Vec::clear);
    }

    /// Waits until the server has answered this function.
    pub async fn until_server_heard(&self, function: &str) {
        self.until(|journal| journal.functions().iter().any(|heard| heard == function)).await;
    }

    /// Waits until the card has answered an ES10 command with this tag.
    pub async fn until_card_got(&self, tag: [u8; 2]) {
        self.until(|journal| journal.count(tag) > 0).await;
    }

    /// Waits until the server has answered this function so many times.
    pub async fn until_server_heard_so_often(&self, function: &str, times: usize) {
        let heard = |journal: &Self| {
            let functions = journal.functions();
            functions.iter().filter(|heard| *heard == function).count() >= times
        };
        self.until(heard).await;
    }

    /// Waits until the card has answered so many ES10 commands with this tag.
    pub async fn until_card_got_so_many(&self, tag: [u8; 2], count: usize) {
        self.until(|journal| journal.count(tag) >= count).await;
    }

    async fn until(&self, happened: impl Fn(&Self) -> bool) {
        let mut news = self.0.subscribe();
        let wait = async {
            while !happened(self) {
                news.changed().await.expect("the journal is still written");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("it happens");
    }

    /// The ES9+ functions that were called, in order, by name.
    pub fn functions(&self) -> Vec<String> {
        let urls =
            self.lines().into_iter().filter_map(|line| Some(line["url"].as_str()?.to_owned()));
        urls.filter_map(|url| Some(url.rsplit_once('/')?.1.to_owned())).collect()
    }

    /// The command APDUs that the card got, in order.
    pub fn commands(&self) -> Vec<Vec<u8>> {
        let lines = self.lines();
        lines.iter().filter_map(|line| hex::decode(line["c"].as_str()?).ok()).collect()
    }

    /// The reasons with which the card was asked to cancel sessions (ES10b.CancelSession).
    pub fn cancel_reasons(&self) -> Vec<u8> {
        let commands = self.commands();
        let cancels = commands.iter().filter(|command| command.get(5..7) == Some(&[0xBF, 0x41]));
        cancels.filter_map(|command| command.last().copied()).collect()
    }

    /// How many octets of data the card answered to ES10 commands with this tag, GET RESPONSE included.
    pub fn answer_octets_of(&self, tag: [u8; 2]) -> usize {
        let (mut octets, mut counting) = (0, false);
        for line in self.lines() {
            let apdu = |field: &str| hex::decode(line[field].as_str()?).ok();
            let (Some(command), Some(answer)) = (apdu("c"), apdu("r")) else { continue };
            counting = match command.get(1) {
                Some(0xE2) => command.get(5..7) == Some(&tag),
                Some(0xC0) => counting,
                _ => false,
            };
            if counting {
                octets += answer.len().saturating_sub(2);
            }
        }
        octets
    }

    /// How many ES10 commands with this tag began.
    pub fn count(&self, tag: [u8; 2]) -> usize {
        let first_blocks =
            self.commands().into_iter().filter(|apdu| apdu.get(1) == Some(&0xE2) && apdu[3] == 0);
        first_blocks.filter(|apdu| apdu.get(5..7) == Some(&tag)).count()
    }
}

impl lpakit_sandbox_euicc::Recorder for Journal {
    fn record(&self, line: &Value) {
        self.0.send_modify(|lines| lines.push(line.clone()));
    }
}

impl lpakit_sandbox_smdp::transcript::Recorder for Journal {
    fn record(&self, line: &Value) {
        self.0.send_modify(|lines| lines.push(line.clone()));
    }
}
