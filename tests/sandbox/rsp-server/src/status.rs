//! Subject and reason codes: how ES9+ says no (SGP.22 5.2.6; facts 7).

use std::borrow::Cow;

/// A pair of subject code (who or what it is about) and reason code (what kind of trouble).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusCode {
    /// The subject, for example `8.2.6` (Matching ID).
    pub subject: Cow<'static, str>,
    /// The reason, for example `3.8` (refused).
    pub reason: Cow<'static, str>,
}

impl StatusCode {
    /// A pair that is known when the program is written.
    pub const fn new(subject: &'static str, reason: &'static str) -> Self {
        Self { subject: Cow::Borrowed(subject), reason: Cow::Borrowed(reason) }
    }

    /// Any pair, for tests of clients.
    pub fn any(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { subject: Cow::Owned(subject.into()), reason: Cow::Owned(reason.into()) }
    }
}

impl std::fmt::Display for StatusCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.subject, self.reason)
    }
}

macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident = $subject:literal / $reason:literal, $message:literal;)*) => {
        impl Refusal {
            $($(#[$meta])* pub const $name: Self = Self {
                code: StatusCode::new($subject, $reason),
                message: Cow::Borrowed($message),
            };)*

            /// Every refusal that the servers know.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

/// A function that was not executed: goes out as status `Failed` with these codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {message}")]
pub struct Refusal {
    /// Subject and reason.
    pub code: StatusCode,
    /// What a developer reads; never an identifier or a secret.
    pub message: Cow<'static, str>,
}

refusals! {
    /// The body is not what the function takes.
    FORMAT = "1.3.1" / "2.1", "The request is not well formed";
    /// A field is missing.
    MISSING_ELEMENT = "1.3.1" / "2.2", "A mandatory element is missing";
    /// X-Admin-Protocol asks for a version that is not spoken here.
    PROTOCOL_VERSION = "1.3.2" / "3.1", "This protocol version is not supported";
    /// Trouble of this server's own, such as a full disk.
    INTERNAL = "1.6" / "4.2", "The function could not be executed";
    /// The eUICC answered with an error instead of a signature.
    EUICC_ERROR = "8.1" / "4.2", "The eUICC refused";
    /// Too little free memory for the profile.
    MEMORY = "8.1" / "4.8", "The eUICC has not enough memory for the profile";
    /// A signature of the eUICC, or a challenge or address it gave back.
    EUICC_SIGNATURE = "8.1" / "6.1", "The eUICC's signature or what it signed is wrong";
    /// The order is for another eUICC.
    EID = "8.1.1" / "3.8", "The order is for another EID";
    /// An EID is needed and was not given.
    EID_MISSING = "8.1.1" / "2.2", "The EID is missing";
    /// The profile is ordered for another EID.
    EID_OTHER = "8.1.1" / "3.10", "The profile belongs to another EID";
    /// The EUM certificate.
    EUM_CERTIFICATE = "8.1.2" / "6.1", "The EUM certificate is not accepted";
    /// The EUM certificate's dates.
    EUM_EXPIRED = "8.1.2" / "6.3", "The EUM certificate has expired";
    /// The eUICC certificate, name constraints included.
    EUICC_CERTIFICATE = "8.1.3" / "6.1", "The eUICC certificate is not accepted";
    /// The eUICC certificate's dates.
    EUICC_EXPIRED = "8.1.3" / "6.3", "The eUICC certificate has expired";
    /// The order is there but not released.
    NOT_RELEASED = "8.2" / "1.2", "The profile is not released yet";
    /// The package stays bound to the key of the first attempt.
    REBINDING = "8.2" / "3.7", "The package cannot be bound again";
    /// The profile is another operator's.
    ICCID_NOT_ALLOWED = "8.2.1" / "1.2", "The profile is not the caller's";
    /// Neither ICCID nor profile type was given.
    ICCID_MISSING = "8.2.1" / "2.3", "An ICCID or a profile type is needed";
    /// The profile is ordered already, or an eUICC may have it.
    ICCID_IN_USE = "8.2.1" / "3.3", "The profile is in use";
    /// The profile is in a state that does not allow this.
    ICCID_STATE = "8.2.1" / "3.5", "The profile's state does not allow this";
    /// No such profile.
    ICCID_UNKNOWN = "8.2.1" / "3.9", "The profile is unknown";
    /// All profiles of this kind are taken.
    PROFILE_TYPE_UNAVAILABLE = "8.2.5" / "3.7", "No profile of this type is available";
    /// The profile is of another kind.
    PROFILE_TYPE = "8.2.5" / "3.8", "The profile is of another type";
    /// No such kind of profile.
    PROFILE_TYPE_UNKNOWN = "8.2.5" / "3.9", "The profile type is unknown";
    /// The device or eUICC does not meet what the order asks for.
    NOT_ELIGIBLE = "8.2.5" / "4.3", "No eligible profile for this device and eUICC";
    /// Not the characters of a matching ID.
    MATCHING_ID_INVALID = "8.2.6" / "2.1", "The matching ID is invalid";
    /// The order has a matching ID and it was not given.
    MATCHING_ID_MISSING = "8.2.6" / "2.2", "The matching ID is missing";
    /// Another order has this matching ID.
    MATCHING_ID_IN_USE = "8.2.6" / "3.3", "The matching ID is in use";
    /// The order has another matching ID.
    MATCHING_ID_OTHER = "8.2.6" / "3.10", "The order has another matching ID";
    /// No such order, or one that is used up.
    MATCHING_ID = "8.2.6" / "3.8", "The matching ID is refused";
    /// hashCc is missing.
    CODE_MISSING = "8.2.7" / "2.2", "The confirmation code is missing";
    /// hashCc is wrong.
    CODE_WRONG = "8.2.7" / "3.8", "The confirmation code is refused";
    /// hashCc was wrong too often.
    CODE_TRIES = "8.2.7" / "6.4", "The confirmation code was refused too often";
    /// The cancelled session was with another SM-DP+.
    SMDP_OID = "8.8" / "3.10", "The SM-DP+ OID is another one";
    /// The address is not this server's.
    ADDRESS = "8.8.1" / "3.8", "The SM-DP+ address is not one of this server";
    /// No CI in common.
    NO_COMMON_CI = "8.8.2" / "3.1", "None of the CI keys of the eUICC is supported";
    /// The SGP.22 version of the eUICC.
    SVN = "8.8.3" / "3.1", "The SVN of the eUICC is not supported";
    /// The CI is known, but this server has no certificate of it.
    NO_CERTIFICATE = "8.8.4" / "3.7", "No certificate under a CI key that the eUICC verifies";
    /// The order's time is over.
    ORDER_EXPIRED = "8.8.5" / "4.10", "The download order has expired";
    /// The package was fetched too often.
    ORDER_ATTEMPTS = "8.8.5" / "6.4", "The download was attempted too often";
    /// The address is not this SM-DS's.
    DS_ADDRESS = "8.9.1" / "3.8", "The SM-DS address is not one of this server";
    /// No CI in common with the SM-DS.
    DS_NO_COMMON_CI = "8.9.2" / "3.1", "None of the CI keys of the eUICC is supported by the SM-DS";
    /// The SGP.22 version of the eUICC, at the SM-DS.
    DS_SVN = "8.9.3" / "3.1", "The SVN of the eUICC is not supported by the SM-DS";
    /// The CI is known, but the SM-DS has no certificate of it.
    DS_NO_CERTIFICATE = "8.9.4" / "3.7", "The SM-DS has no certificate under a CI key that the eUICC verifies";
    /// The SM-DS could not do what it was asked.
    DS_FAILED = "8.9" / "4.2", "The SM-DS failed";
    /// The SM-DS cannot be reached.
    DS_UNREACHABLE = "8.9" / "5.1", "The SM-DS cannot be reached";
    /// Another event has this EID and EventID.
    EVENT_IN_USE = "8.9.5" / "3.3", "The event is registered already";
    /// No such event, or it is not the caller's.
    EVENT_UNKNOWN = "8.9.5" / "3.9", "The event is unknown";
    /// No such session, or one that is over.
    SESSION = "8.10.1" / "3.9", "The transaction ID is unknown";
    /// The eUICC's certificates lead to a CI that is not known here.
    CI_UNKNOWN = "8.11.1" / "3.9", "The CI public key is unknown";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_pair_of_its_own() {
        let mut codes: Vec<String> =
            Refusal::ALL.iter().map(|refusal| refusal.code.to_string()).collect();
        codes.sort();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn a_pair_reads_as_in_the_facts() {
        assert_eq!(Refusal::MATCHING_ID.code.to_string(), "8.2.6/3.8");
        assert_eq!(StatusCode::any("8.1", "4.8"), Refusal::MEMORY.code);
    }
}
