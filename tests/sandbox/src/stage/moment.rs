//! When something is to happen: at a command or request that is named, or so many later.

use super::StageError;

/// The names of the ES10 functions by the tags of their commands (SGP.22, 5.7).
const ES10: [(u16, &str); 20] = [
    (0xBF20, "GetEuiccInfo1"),
    (0xBF21, "PrepareDownload"),
    (0xBF22, "GetEuiccInfo2"),
    (0xBF28, "ListNotification"),
    (0xBF29, "SetNickname"),
    (0xBF2B, "RetrieveNotificationsList"),
    (0xBF2D, "GetProfilesInfo"),
    (0xBF2E, "GetEuiccChallenge"),
    (0xBF30, "RemoveNotificationFromList"),
    (0xBF31, "EnableProfile"),
    (0xBF32, "DisableProfile"),
    (0xBF33, "DeleteProfile"),
    (0xBF34, "EuiccMemoryReset"),
    (0xBF36, "LoadBoundProfilePackage"),
    (0xBF38, "AuthenticateServer"),
    (0xBF3C, "GetEuiccConfiguredAddresses"),
    (0xBF3E, "GetEid"),
    (0xBF3F, "SetDefaultDpAddress"),
    (0xBF41, "CancelSession"),
    (0xBF43, "GetRat"),
];

/// The names of the functions of ES9+ and ES11.
const ES9: [&str; 5] = [
    "initiateAuthentication",
    "authenticateClient",
    "getBoundProfilePackage",
    "handleNotification",
    "cancelSession",
];

/// The function that a command APDU begins: the first block of STORE DATA names it.
pub(super) fn function_of(command: &[u8]) -> Option<&'static str> {
    match command {
        [_, 0xE2, _, 0x00, _, high, low, ..] => {
            let tag = u16::from_be_bytes([*high, *low]);
            ES10.iter().find(|(known, _)| *known == tag).map(|(_, name)| *name)
        }
        _ => None,
    }
}

/// `EnableProfile` is that function's first command, `EnableProfile+3` the third command after it, `7` the seventh
/// command from now, whatever it is. The same with requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// What must come first.
    name: Option<String>,
    /// How many more come after it.
    later: u32,
}

impl Moment {
    /// At a card's command.
    pub(super) fn at_card(text: &str) -> Result<Self, StageError> {
        Self::parse(text, |name| ES10.iter().any(|(_, known)| *known == name))
    }

    /// At a request to a server.
    pub(super) fn at_server(text: &str) -> Result<Self, StageError> {
        Self::parse(text, |name| ES9.contains(&name))
    }

    fn parse(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Self, StageError> {
        let unknown = || StageError::Unknown(text.to_owned());
        if let Ok(number) = text.parse::<u32>() {
            let later = number.checked_sub(1).ok_or_else(unknown)?;
            return Ok(Self { name: None, later });
        }
        let (name, later) = text.split_once('+').unwrap_or((text, "0"));
        if !is_known(name) {
            return Err(unknown());
        }
        Ok(Self { name: Some(name.to_owned()), later: later.parse().map_err(|_| unknown())? })
    }

    /// Whether it has come with this command or request.
    pub(super) fn has_come(&mut self, name: Option<&str>) -> bool {
        if self.name.is_some() && self.name.as_deref() != name {
            return false;
        }
        self.name = None;
        match self.later.checked_sub(1) {
            Some(fewer) => {
                self.later = fewer;
                false
            }
            None => true,
        }
    }
}

/// What is to happen at a moment, until it has come.
#[derive(Debug)]
pub(super) struct Planned<T>(Option<(Moment, T)>);

impl<T> Default for Planned<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Planned<T> {
    /// Plans it, in place of whatever was planned before.
    pub(super) fn plan(&mut self, moment: Moment, what: T) {
        self.0 = Some((moment, what));
    }

    /// What is to happen now.
    pub(super) fn due(&mut self, name: Option<&str>) -> Option<T> {
        let (moment, _) = self.0.as_mut()?;
        if !moment.has_come(name) {
            return None;
        }
        self.0.take().map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_once_it_was_named_and_counted() {
        let mut named = Moment::at_card("EnableProfile").unwrap();
        assert!(!named.has_come(Some("GetEid")) && named.has_come(Some("EnableProfile")));
        let mut later = Moment::at_card("GetEid+2").unwrap();
        assert!(!later.has_come(None) && !later.has_come(Some("GetEid")));
        assert!(!later.has_come(None) && later.has_come(Some("GetEid")));
        let mut counted = Moment::at_server("2").unwrap();
        assert!(!counted.has_come(Some("cancelSession")) && counted.has_come(None));
        for wrong in ["", "0", "-1", "GetEid+", "enable", "cancelSession"] {
            assert!(Moment::at_card(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_command_is_named_by_its_first_block() {
        assert_eq!(function_of(&[0x81, 0xE2, 0x91, 0x00, 0x03, 0xBF, 0x3E, 0x00]), Some("GetEid"));
        assert_eq!(function_of(&[0x81, 0xE2, 0x91, 0x01, 0x03, 0xBF, 0x3E, 0x00]), None);
        assert_eq!(function_of(&[0x00, 0x70, 0x00, 0x00, 0x01]), None);
        let mut planned = Planned::default();
        planned.plan(Moment::at_card("GetEid").unwrap(), 'x');
        assert_eq!((planned.due(None), planned.due(Some("GetEid"))), (None, Some('x')));
        assert_eq!(planned.due(Some("GetEid")), None, "once");
    }
}
