//! The card and the way to it, and what else is going on there.

super::rows! {
    "busy.card" Busy StillValid CloseOtherApp "another program holds the card";
    "busy.toolkit" Busy NotConcerned TryLater "catBusy: the card has a proactive session with the device (Enable, Disable, MemoryReset 5)";
    "busy.offer_open" Busy StillValid TryLater "an offer holds the card's only RSP session";
    "busy.profile_change" Busy NotConcerned TryAgain "GetProfilesInfo 11: profileChangeOngoing";
    "card.gone" Card StillValid TryAgain "no card, or taken out";
    "card.none" Card NotConcerned TryAgain "no reader has a card";
    "card.no_pcsc_service" Card NotConcerned Nothing "no PC/SC service on this machine";
    "card.access_denied" Card StillValid Nothing "the platform's access rules keep this app from the card";
    "card.no_isdr" Card StillValid Nothing "no ISD-R: no eUICC, or it hides from this app";
    "card.no_channel" Card StillValid TryLater "no free logical channel";
    "card.failed" Card StillValid TryAgain "the reader, the modem or the program behind the port failed";
    "card.timeout" Card StillValid TryAgain "no answer within the limit";
    "card.stuck" Card StillValid TryLater "the port did not come back from a call within the limit; the card is given up";
    "card.status" Card StillValid TryAgain "an error status word";
    "card.refused" Card StillValid TryAgain "a result code of a function that has no keys of its own";
    "card.empty_answer" Card StillValid TryAgain "success without the data that belongs to it";
    "card.malformed" Card StillValid TryAgain "an answer that cannot be read";
    "card.command_too_long" Card StillValid Nothing "a command of more than 256 blocks";
    "card.session_lost" Card StillValid TryAgain "AuthenticateServer 4, PrepareDownload 4: noSessionContext";
    "card.lost_during_installation" Card Unknown CheckProfiles "the card was lost after the first octet of the package";
    "card.no_installation_result" Card StillValid TryAgain "loading ended without ProfileInstallationResult";
    "card.switch.policy" Policy NotConcerned AskOperator "Enable, Disable, Delete 3: disallowedByPolicy";
    "card.switch.not_found" Card NotConcerned CheckProfiles "Enable, Disable, Delete, SetNickname 1: iccidOrAidNotFound";
    "card.switch.already" Card NotConcerned CheckProfiles "Enable 2, Disable 2: the profile is in this state";
    "card.switch.failed" Card NotConcerned CheckProfiles "Enable, Disable: a code that is not known";
    "card.switch.no_effect" Card NotConcerned TryAgain "the card said ok, but the state read back is not the wanted one";
    "card.switch.unknown" Card NotConcerned CheckProfiles "the connection was lost during a switch, and the state could not be read";
    "policy.not_allowed" Policy StillValid AskOperator "PPRs that forbiddenProfilePolicyRules or the RAT do not allow";
    "policy.first_profile_only" Policy StillValid AskOperator "PPR1, and an operational profile is installed";
    "policy.cannot_disable" Policy NotConcerned AskOperator "PPR1 of the profile";
    "policy.cannot_delete" Policy NotConcerned AskOperator "PPR2 of the profile";
}
