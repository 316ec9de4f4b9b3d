//! What people and apps give: codes, pictures, names, answers; and what ends because they want it to.
//!
//! Where no activation code was seen, there is no plan to speak of; a code that is seen and damaged belongs to one.

super::rows! {
    "activation_code.empty" Input NotConcerned ChangeInput "nothing but blanks";
    "activation_code.too_long" Input NotConcerned ChangeInput "longer than any activation code";
    "activation_code.control_character" Input StillValid ChangeInput "a control character inside the text";
    "activation_code.not_an_activation_code" Input NotConcerned ChangeInput "some other text";
    "activation_code.web_page" Input NotConcerned ChangeInput "a link that carries no activation code";
    "activation_code.several_codes" Input StillValid ChangeInput "a setup link with several codes that differ";
    "activation_code.unsupported_version" Input StillValid AskOperator "the format is not 1";
    "activation_code.missing_address" Input StillValid ChangeInput "cut short, or no SM-DP+ address";
    "activation_code.missing_token" Input StillValid ChangeInput "cut short after the address";
    "activation_code.invalid_address" Input StillValid ChangeInput "the SM-DP+ address is no host name";
    "activation_code.port_not_allowed" Input StillValid ChangeInput "host:port without a test CI";
    "activation_code.ip_address_not_allowed" Input StillValid ChangeInput "an IP address without a test CI";
    "activation_code.invalid_token" Input StillValid ChangeInput "a character in the token that cannot be in one";
    "activation_code.token_too_long" Input StillValid ChangeInput "the token is longer than any in use";
    "activation_code.invalid_oid" Input StillValid ChangeInput "the SM-DP+ OID is no object identifier";
    "activation_code.invalid_confirmation_flag" Input StillValid ChangeInput "the flag is neither empty nor 1 nor 0";
    "activation_code.invalid_ci_pkid" Input StillValid ChangeInput "the CI key identifier is no key identifier";
    "confirmation_code.empty" Input StillValid ChangeInput "nothing but blanks";
    "confirmation_code.too_long" Input StillValid ChangeInput "longer than any confirmation code";
    "confirmation_code.invalid_character" Input StillValid ChangeInput "a control character";
    "qr.no_qr_code" Input NotConcerned ChangeInput "no QR code was found in the picture";
    "qr.unreadable" Input NotConcerned ChangeInput "a QR code that cannot be decoded";
    "qr.not_text" Input NotConcerned ChangeInput "a QR code whose content is no text";
    "qr.took_too_long" Input NotConcerned ChangeInput "the time limit for one picture has passed";
    "qr.busy" Busy NotConcerned TryAgain "too many pictures are being read at once";
    "qr.too_large" Input NotConcerned ChangeInput "the picture has more pixels than are looked at";
    "qr.invalid_dimensions" Input NotConcerned ChangeInput "width, height or strides make no picture";
    "qr.buffer_too_short" Input NotConcerned ChangeInput "fewer octets than the dimensions need";
    "qr.too_long" Input NotConcerned ChangeInput "a text that is too long to be shown as a QR code";
    "input.address" Input StillValid ChangeInput "a server address that is no host name";
    "input.default_address" Input NotConcerned ChangeInput "a default SM-DP+ address that cannot be set";
    "input.confirmation_code_missing" Input StillValid ChangeInput "the server asks for a confirmation code, and none was given";
    "input.confirmation_code_refused" Input StillValid ChangeInput "the confirmation code was wrong";
    "input.consent_missing" Input StillValid ChangeInput "policy rules need consent, and none was given";
    "input.nickname_too_long" Input NotConcerned ChangeInput "more than 64 octets of UTF-8";
    "input.no_such_profile" Input NotConcerned CheckProfiles "no profile has this ICCID or AID";
    "input.no_default_server" Input NotConcerned AskOperator "the card has no default SM-DP+ address";
    "input.memory" Input StillValid FreeSpace "the estimated size of the offered profile exceeds the free memory; a hint";
    "input.event_gone" Input Unknown CheckProfiles "the SM-DS does not list this event any more";
    "input.reset_options" Input NotConcerned ChangeInput "nothing was chosen to be reset, or what the card cannot reset";
    "input.eid" Input NotConcerned ChangeInput "not 32 digits with right check digits";
    "input.iccid" Input NotConcerned ChangeInput "not 18 to 20 digits";
    "input.search_tags" Input NotConcerned ChangeInput "a tag that no profile has";
    "input.crl" Input NotConcerned ChangeInput "not a certificate revocation list";
    "input.certificate" Input NotConcerned ChangeInput "not a certificate, or not one of a CI";
    "input.setting" Input NotConcerned Nothing "an option of the LPA that cannot be read; `name` names it";
    "input.library_missing" Input NotConcerned Nothing "the native library cannot be loaded; shells say it, in words of their own";
    "input.library_version" Input NotConcerned Nothing "the shell (Kotlin, Swift) and the native library are of different versions";
    "input.offer_used" Input Unknown CheckProfiles "an offer that was accepted or rejected before";
    "input.file" Input NotConcerned ChangeInput "a file cannot be read or written";
    "input.picture" Input NotConcerned ChangeInput "a file that is no picture";
    "input.no_such_reader" Input NotConcerned ChangeInput "no card reader has this name";
    "input.which_reader" Input NotConcerned ChangeInput "more than one card reader has this name";
    "input.without_pcsc" Input NotConcerned Nothing "a program that was built without PC/SC";
    "cancelled.by_user" Cancelled StillValid TryAgain "cancelled before anything was written to the card";
    "cancelled.offer_expired" Cancelled StillValid TryAgain "the offer had no answer for five minutes (timeout)";
    "cancelled.nobody_to_ask" Cancelled StillValid TryAgain "a question, and nobody there to answer it";
    "cancelled.rejected" Cancelled Unknown Nothing "the offer was declined (endUserRejection); the operator may end the order";
    "cancelled.postponed" Cancelled StillValid Nothing "the offer was put off (postponed)";
    "closed" Closed NotConcerned Nothing "the library was shut down";
    "closed.fault" Closed Unknown CheckProfiles "a fault of the library itself; it lives on";
}
