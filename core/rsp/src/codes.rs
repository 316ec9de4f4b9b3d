//! Result codes: numbers with names, where an unknown number stays what it is.

/// Declares an enum of result codes with `from_code`, `code` and an `Other` for numbers it does not know.
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$about:meta])* $variant:ident = $number:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("Code ", stringify!($number), ".")] $(#[$about])* $variant,)*
            /// A code that this version does not know.
            Other(u32),
        }

        impl $name {
            /// The value for a code on the wire.
            pub const fn from_code(code: u32) -> Self {
                match code {
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            /// The code on the wire.
            pub const fn code(self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(other) => other,
                }
            }

            /// Every code that has a name.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
        }
    };
}

pub(crate) use codes;
