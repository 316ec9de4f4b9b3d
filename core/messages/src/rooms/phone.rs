//! The phone's own system: what it lets this app do (`route`, why a way to install is shut or uncertain), and what its
//! own LPA says (`os`).

super::rows! {
    "route.no_entitlement" Policy StillValid Nothing "iOS: the app has no entitlement `public-cellular-plan`; Apple grants it to operators";
    "route.no_reader_entitlement" Policy StillValid Nothing "iOS: the app has no entitlement for smart cards, or the device takes no reader";
    "route.not_on_this_system" Policy StillValid Nothing "this system lets no app go this way";
    "route.profile_must_list_app" Policy StillValid AskOperator "Android: the profile's access rules (BF76) must list the app's certificate";
    "route.card_must_list_app" Policy StillValid Nothing "the card's access rules (ARA-M) do not list the app's certificate for the ISD-R";
    "route.no_card_service" Card StillValid Nothing "Android: no OMAPI service for SIM cards, or it does not answer";
    "route.no_card" Card StillValid TryAgain "no removable eUICC";
    "route.no_reader" Card StillValid TryAgain "no card reader is connected, or the phone cannot have one";
    "route.link_may_not_open" Policy StillValid Nothing "nobody documents that this system opens such links";
    "route.esim_not_known" Card StillValid Nothing "the system does not say whether the phone has an eSIM";
    "os.no_esim" Card StillValid Nothing "no eUICC that the system uses, or switched off in its settings";
    "os.too_old" Policy StillValid Nothing "a version of the system before the one that brought this";
    "os.not_system_app" Policy StillValid Nothing "for system apps with privileged permissions only";
    "os.no_privilege" Policy StillValid AskOperator "neither the profile's access rules nor the active SIM's list this app";
    "os.deactivate_sim" Policy StillValid SwitchOff "another SIM must be switched off first, and the person did not want it";
    "os.carrier_locked" Policy StillValid AskOperator "the phone is locked to another operator";
    "os.incompatible_carrier" Policy StillValid AskOperator "the operator does not take this phone";
    "os.incompatible_card" Card StillValid Nothing "the eUICC and the system's LPA do not fit (ERROR_UNSUPPORTED_VERSION)";
    "os.permission" Policy StillValid ChangeInput "a permission was refused or taken back; `name` names it";
    "os.link_not_agreed" Input StillValid TryAgain "a code that came with a link, and the person was not asked yet";
    "os.no_screen" Input StillValid TryAgain "the system has to ask the person, and no screen of the app is there";
    "os.incomplete_answer" Input StillValid TryAgain "the system came back without what it was asked for";
    "os.no_such_slot" Input NotConcerned ChangeInput "no SIM slot or port of this number";
    "os.no_such_port" Input NotConcerned ChangeInput "no eSIM port of this number in the slot";
    "os.no_such_subscription" Input NotConcerned CheckProfiles "no plan of this number";
    "os.link_not_opened" Policy StillValid Nothing "nothing on the phone opens a link to its eSIM settings";
    "os.busy" Busy StillValid TryLater "the system's LPA is at something else";
    "os.failed" Card Unknown CheckProfiles "the system's LPA failed; `code` is its code";
    "os.no_answer" Card Unknown CheckProfiles "the system's LPA did not answer within the limit";
    "os.unknown" Card Unknown CheckProfiles "the app was ended meanwhile, and the system does not tell what became of it";
    "os.left_alone" Card Unknown CheckProfiles "the caller was cancelled, and the system goes on installing";
}
