//! What is to go wrong, as a value and as one line of text.
//!
//! ```text
//! card=t0 op=download apdu=57 fault=power_after seed=1
//! card=le op=enable apdu=9 fault=cut then exchange=2 fault=500 alive seed=77
//! ```

use std::fmt;
use std::str::FromStr;

/// A line that is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a fault plan: {0}")]
pub struct PlanError(String);

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in a plan's line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = PlanError;

            fn from_str(text: &str) -> Result<Self, PlanError> {
                let found = Self::ALL.iter().copied().find(|one| one.name() == text);
                found.ok_or_else(|| PlanError(format!("{text:?} is no {}", stringify!($name))))
            }
        }
    };
}

named! {
    /// The kinds of card, each with the port that it comes with.
    CardKind {
        /// T=0 in a reader of its own: `61xx` and GET RESPONSE, a REFRESH to be fetched after a switch, after which
        /// channels are gone. Each start of the app gives it a cold reset.
        T0 = "t0",
        /// Answers at once when Le asks for it. Channels survive a REFRESH, the port cannot reset the card, and it
        /// keeps its power when the app starts again.
        Le = "le",
    }
}

named! {
    /// What a person does.
    Operation {
        /// Downloads with an activation code, a confirmation code and rules to consent to.
        Download = "download",
        /// Downloads what the default server has for this card.
        Default = "default",
        /// Downloads what an SM-DS knows of.
        Event = "event",
        /// Asks the SM-DS what waits for this card.
        Discover = "discover",
        /// Downloads, and cancels right after accepting.
        Cancel = "cancel",
        /// Looks at an offer and wants to decide later.
        Later = "later",
        /// Looks at an offer and does not want it.
        Refuse = "refuse",
        /// Looks at an offer for too long.
        Expire = "expire",
        /// Enables a profile; the other one goes off.
        Enable = "enable",
        /// Disables the enabled profile.
        Disable = "disable",
        /// Deletes a disabled profile.
        Delete = "delete",
        /// Gives a profile a name.
        Rename = "rename",
        /// Lists the profiles and looks at the chip.
        List = "list",
        /// Sets the default SM-DP+ address.
        SetDefaultAddress = "set_default_address",
        /// Resets the card's memory.
        MemoryReset = "memory_reset",
        /// Sends the pending notifications.
        Notify = "notify",
    }
}

named! {
    /// What goes wrong with a command.
    CardFault {
        /// The card is taken out before the command and stays out until the next start.
        Removed = "removed",
        /// The command is not carried out; a status word such as `6F00` or `6985` comes back.
        Status = "status",
        /// Somebody else closes all channels just before the command.
        ChannelLost = "channel_lost",
        /// The card did it, and half of the answer is lost.
        Cut = "cut",
        /// The card loses power before the command, and has it again for the next one.
        PowerBefore = "power_before",
        /// The card did it and loses power before it can answer.
        PowerAfter = "power_after",
    }
}

named! {
    /// What goes wrong with an HTTP exchange.
    NetFault {
        /// No connection can be made.
        Refused = "refused",
        /// The connection breaks before the server has acted.
        ResetBefore = "reset_before",
        /// The server acted, and the connection breaks before its answer.
        ResetAfter = "reset_after",
        /// The server acted, and half of its answer is lost.
        Cut = "cut",
        /// Something before the server answers with status 500.
        Status500 = "500",
        /// The server acted, and its answer comes too late.
        Delay = "delay",
    }
}

/// One thing that goes wrong, once. Commands and exchanges are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// At a command APDU.
    Card {
        /// Which one.
        apdu: u32,
        /// How.
        kind: CardFault,
    },
    /// At an HTTP exchange.
    Net {
        /// Which one.
        exchange: u32,
        /// How.
        kind: NetFault,
    },
}

/// One scenario: what is done, what goes wrong in it, and what goes wrong in the recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultPlan {
    /// The card.
    pub card: CardKind,
    /// What is done.
    pub operation: Operation,
    /// What goes wrong while it is done.
    pub first: Option<Fault>,
    /// What goes wrong in the recovery from it.
    pub then: Option<Fault>,
    /// Whether the person tries again in the app as it runs; else the app is killed and starts again.
    pub alive: bool,
    /// Seed of all randomness of card and server.
    pub seed: u64,
}

impl FaultPlan {
    /// Nothing goes wrong.
    pub const fn healthy(card: CardKind, operation: Operation, seed: u64) -> Self {
        Self { card, operation, first: None, then: None, alive: false, seed }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card { apdu, kind } => write!(f, "apdu={apdu} fault={kind}"),
            Self::Net { exchange, kind } => write!(f, "exchange={exchange} fault={kind}"),
        }
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card={} op={}", self.card, self.operation)?;
        if let Some(fault) = &self.first {
            write!(f, " {fault}")?;
        }
        if let Some(fault) = &self.then {
            write!(f, " then {fault}")?;
        }
        if self.alive {
            f.write_str(" alive")?;
        }
        write!(f, " seed={}", self.seed)
    }
}

impl FromStr for FaultPlan {
    type Err = PlanError;

    fn from_str(line: &str) -> Result<Self, PlanError> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let seed = take(&mut words, "seed")?.map_or(Ok(1), number)?;
        let missing = |what: &str| PlanError(format!("{what} is missing"));
        let card = take(&mut words, "card")?.ok_or_else(|| missing("card"))?.parse()?;
        let operation = take(&mut words, "op")?.ok_or_else(|| missing("op"))?.parse()?;
        let alive = words.iter().position(|word| *word == "alive");
        alive.map(|at| words.remove(at));
        let alive = alive.is_some();
        let split = words.iter().position(|word| *word == "then").unwrap_or(words.len());
        let then = words.split_off(split);
        let first = fault(words)?;
        let then = fault(then.into_iter().skip(1).collect())?;
        Ok(Self { card, operation, first, then, alive, seed })
    }
}

/// Takes the word `name=…` out of a line.
fn take<'a>(words: &mut Vec<&'a str>, name: &str) -> Result<Option<&'a str>, PlanError> {
    let value = |word: &&'a str| word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    let Some((at, found)) =
        words.iter().enumerate().find_map(|(at, word)| Some((at, value(word)?)))
    else {
        return Ok(None);
    };
    words.remove(at);
    Ok(Some(found))
}

fn number<T: FromStr>(text: &str) -> Result<T, PlanError> {
    text.parse().map_err(|_| PlanError(format!("{text:?} is no number")))
}

fn fault(mut words: Vec<&str>) -> Result<Option<Fault>, PlanError> {
    if words.is_empty() {
        return Ok(None);
    }
    let apdu = take(&mut words, "apdu")?;
    let exchange = take(&mut words, "exchange")?;
    let kind = take(&mut words, "fault")?.ok_or_else(|| PlanError("fault is missing".into()))?;
    if let Some(word) = words.first() {
        return Err(PlanError(format!("{word:?} is not understood")));
    }
    match (apdu, exchange) {
        (Some(at), None) => Ok(Some(Fault::Card { apdu: number(at)?, kind: kind.parse()? })),
        (None, Some(at)) => Ok(Some(Fault::Net { exchange: number(at)?, kind: kind.parse()? })),
        _ => Err(PlanError("a fault is at an apdu or at an exchange".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_it_says() {
        let line = "card=t0 op=download apdu=57 fault=power_after then exchange=2 fault=500 seed=9";
        let plan: FaultPlan = line.parse().unwrap();
        assert_eq!(plan.card, CardKind::T0);
        assert_eq!(plan.operation, Operation::Download);
        assert_eq!(plan.first, Some(Fault::Card { apdu: 57, kind: CardFault::PowerAfter }));
        assert_eq!(plan.then, Some(Fault::Net { exchange: 2, kind: NetFault::Status500 }));
        assert_eq!(plan.to_string(), line);
    }

    #[test]
    fn every_plan_reads_back() {
        for operation in Operation::ALL {
            for (at, kind) in (1..).zip(CardFault::ALL) {
                for then in NetFault::ALL {
                    let plan = FaultPlan {
                        card: CardKind::Le,
                        operation: *operation,
                        first: Some(Fault::Card { apdu: at, kind: *kind }),
                        then: Some(Fault::Net { exchange: at, kind: *then }),
                        alive: at % 2 == 0,
                        seed: u64::from(at),
                    };
                    assert_eq!(plan.to_string().parse(), Ok(plan));
                }
            }
            let plan = FaultPlan::healthy(CardKind::T0, *operation, 3);
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "",
            "card=t0",
            "op=download",
            "card=t1 op=download",
            "card=t0 op=download apdu=1",
            "card=t0 op=download fault=cut",
            "card=t0 op=download apdu=x fault=cut",
            "card=t0 op=download apdu=1 exchange=1 fault=cut",
            "card=t0 op=download apdu=1 fault=delay",
            "card=t0 op=download apdu=1 fault=cut more",
        ] {
            assert!(line.parse::<FaultPlan>().is_err(), "{line}");
        }
    }
}
