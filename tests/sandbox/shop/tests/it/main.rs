//! The shop between an app and an SM-DP+ with its SM-DS, all over real TLS.

mod buying;
mod street;
