//! What a key means: for code that decides, for the plan, and for what to do now.

/// Declares an enum whose values have stable names.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// A stable name for logs and JSON.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

named! {
    /// What an error is about, for code that decides. There will never be more than these nine.
    ErrorKind {
        /// What the person or the app gave cannot be used.
        Input = "input",
        /// The eUICC, or the way to it.
        Card = "card",
        /// The server answered, and refused or made no sense.
        Server = "server",
        /// The server could not be reached or did not answer.
        Network = "network",
        /// The server is not who it should be, or changed its word.
        Trust = "trust",
        /// The eUICC's or the operator's rules forbid it.
        Policy = "policy",
        /// The person wanted it to end, or did not answer in time.
        Cancelled = "cancelled",
        /// Something else is going on.
        Busy = "busy",
        /// The library was shut down.
        Closed = "closed",
    }
}

named! {
    /// What has become of the plan that was to be installed.
    PlanState {
        /// No plan is concerned.
        NotConcerned = "not_concerned",
        /// The code can be used again.
        StillValid = "still_valid",
        /// The code cannot be used again, or not by this device.
        NoLongerValid = "no_longer_valid",
        /// The profile is on the card.
        Installed = "installed",
        /// It is not known; the card's list of profiles, or the operator, tells.
        Unknown = "unknown",
    }
}

named! {
    /// What to do now.
    Advice {
        /// Nothing can be done.
        Nothing = "nothing",
        /// Try again at once.
        TryAgain = "try_again",
        /// Try again later.
        TryLater = "try_later",
        /// Change what was given, then try again.
        ChangeInput = "change_input",
        /// Free space on the eSIM, then try again.
        FreeSpace = "free_space",
        /// Look at the list of profiles.
        CheckProfiles = "check_profiles",
        /// Ask the operator, usually for a new code.
        AskOperator = "ask_operator",
        /// Set the device's clock right, then try again.
        CheckClock = "check_clock",
        /// Look after the internet connection, then try again.
        CheckNetwork = "check_network",
        /// Switch the profile off, then try again.
        SwitchOff = "switch_off",
        /// Close other programs that use the eSIM, then try again.
        CloseOtherApp = "close_other_app",
    }
}

/// What a key usually means. Who knows more of a situation may say another plan state or advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Meaning {
    /// What it is about.
    pub kind: ErrorKind,
    /// What has become of the plan.
    pub plan: PlanState,
    /// What to do now.
    pub advice: Advice,
}
