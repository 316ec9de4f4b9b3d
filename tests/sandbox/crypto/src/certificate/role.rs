//! Roles: who a certificate speaks for, said by a policy identifier.

use std::fmt;

use const_oid::ObjectIdentifier;

/// The roles of SGP.22 v2 (certificatePolicies, arc 2.23.146.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Certificate Issuer, the root.
    Ci,
    /// An eUICC.
    Euicc,
    /// eUICC manufacturer, issues eUICC certificates.
    Eum,
    /// TLS server of an SM-DP+.
    DpTls,
    /// Authentication of an SM-DP+.
    DpAuth,
    /// Profile package binding of an SM-DP+.
    DpPb,
    /// TLS server of an SM-DS.
    DsTls,
    /// Authentication of an SM-DS.
    DsAuth,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Ci,
        Self::Euicc,
        Self::Eum,
        Self::DpTls,
        Self::DpAuth,
        Self::DpPb,
        Self::DsTls,
        Self::DsAuth,
    ];

    /// The policy identifier of the role.
    pub const fn policy_oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Ci => "2.23.146.1.2.1.0",
            Self::Euicc => "2.23.146.1.2.1.1",
            Self::Eum => "2.23.146.1.2.1.2",
            Self::DpTls => "2.23.146.1.2.1.3",
            Self::DpAuth => "2.23.146.1.2.1.4",
            Self::DpPb => "2.23.146.1.2.1.5",
            Self::DsTls => "2.23.146.1.2.1.6",
            Self::DsAuth => "2.23.146.1.2.1.7",
        })
    }

    /// Whether the role issues certificates.
    pub fn is_issuer(self) -> bool {
        matches!(self, Self::Ci | Self::Eum)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ci => "CI",
            Self::Euicc => "eUICC",
            Self::Eum => "EUM",
            Self::DpTls => "SM-DP+ TLS",
            Self::DpAuth => "SM-DP+ authentication",
            Self::DpPb => "SM-DP+ profile binding",
            Self::DsTls => "SM-DS TLS",
            Self::DsAuth => "SM-DS authentication",
        })
    }
}
