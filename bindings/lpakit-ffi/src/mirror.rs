//! Enums of core, once more for UniFFI, which can only derive on types of this crate.

/// Declares an enum with the values of one of core's, and the way between them.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident of $core:path { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, uniffi::Enum)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl From<$core> for $name {
            fn from(value: $core) -> Self {
                match value {
                    $(<$core>::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$name> for $core {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    };
}

pub(crate) use mirror;
